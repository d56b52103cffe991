"""From metered sessions to numbered invoices through the real adapters."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest

from botmeter.adapters.sqs import from_message
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import NotFound
from botmeter.domain.invoices import IssuedInvoice, LineKind
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest
from tests.fakes.demo import ACCOUNT, CUSTOMER, ESSENTIAL, bot
from tests.integration.conftest import INVOICES
from tests.integration.test_metering_on_dynamodb import NOW_MS, event, settle

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
OCTOBER = BillingPeriod(2026, 10)
REQUEST = BillingRequest(ACCOUNT.account_id, OCTOBER, NOW)


def issue(wired: Wiring, request: BillingRequest = REQUEST) -> IssuedInvoice:
    issued = wired.issue_invoice(lambda invoice: f"%PDF of {invoice.number}".encode())(request)
    assert issued is not None
    return issued


def test_billing_run_queues_accounts_once_each(provisioned: Wiring) -> None:
    """The run puts one message for each account and ended period on the queue."""
    provisioned.start_billing_run(NOW)
    sqs = boto3.client("sqs")
    messages = sqs.receive_message(QueueUrl=provisioned.settings.invoice_queue_url, MaxNumberOfMessages=10)

    assert [from_message(message["Body"]) for message in messages["Messages"]] == [REQUEST]


def test_invoice_is_issued_once(provisioned: Wiring) -> None:
    """However often a request is handled, there is one invoice, one number, one document."""
    provisioned.record_events([event(0), event(10), event(20)], NOW_MS)
    settle(provisioned)
    first = issue(provisioned)
    second = issue(provisioned, replace(REQUEST, requested_at=datetime(2026, 12, 1, tzinfo=UTC)))

    assert first == second
    assert first.invoice.number == "INV-000001"
    assert [(line.kind, line.quantity, line.amount_minor) for line in first.invoice.lines] == [
        (LineKind.FEE, 1, 4_900),
        (LineKind.FEE, 1, 4_900),
        (LineKind.USAGE, 2, 40),
    ]
    stored = boto3.client("s3").get_object(Bucket=INVOICES, Key=first.pdf_key)
    assert stored["Body"].read() == b"%PDF of INV-000001"
    assert stored["Metadata"]["sha256"] == first.pdf_sha256


def test_finished_period_is_not_queued_again(provisioned: Wiring) -> None:
    """After the invoice is stored a second run has nothing to do."""
    issue(provisioned)

    assert provisioned.start_billing_run(NOW) == []


def test_numbers_are_gapless_under_concurrent_runs(provisioned: Wiring) -> None:
    """Accounts billed at the same time get numbers without a gap, each one."""
    names = [f"acct_{n}" for n in range(8)]
    for name in names:
        essential = bot(ESSENTIAL, account_id=name)
        provisioned.provision_account(replace(ACCOUNT, account_id=name), [essential], {}, SYSTEM, NOW)
    requests = [BillingRequest(name, OCTOBER, NOW) for name in [*names, *names]]
    with ThreadPoolExecutor(4) as runs:
        issued = list(runs.map(lambda request: issue(provisioned, request), requests))

    numbers = {one.invoice.account_id: one.invoice.number for one in issued}
    assert sorted(numbers.values()) == [f"INV-{n:06d}" for n in range(1, 9)]


def test_foreign_number_is_not_found(provisioned: Wiring) -> None:
    """Guessing a number of another account finds nothing, as a number that does not exist."""
    issue(provisioned)
    invoices = provisioned.start_billing_run.invoices

    assert invoices.by_number(ACCOUNT.account_id, "INV-000001").invoice.period == OCTOBER
    for account_id, number in (("acct_other", "INV-000001"), (ACCOUNT.account_id, "INV-000002")):
        with pytest.raises(NotFound, match=f"there is no invoice {number}"):
            invoices.by_number(account_id, number)


def test_snapshot_does_not_follow_later_changes(provisioned: Wiring) -> None:
    """An issued invoice shows the customer as it was."""
    before = issue(provisioned)
    account = provisioned.accounts.account(ACCOUNT.account_id)
    other = replace(account, customer=replace(CUSTOMER, name="Other"))
    provisioned.provision_account.writer.put_account(other)

    found = provisioned.start_billing_run.invoices.of_account(ACCOUNT.account_id)
    assert found == [before]
    assert json.dumps(found[0].invoice.customer.name) == '"Acme GmbH"'
