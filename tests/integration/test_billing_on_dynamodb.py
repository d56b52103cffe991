"""From metered sessions to numbered invoices through the real adapters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from botmeter.adapters.sqs import from_message
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import NotFound
from botmeter.domain.invoices import IssuedInvoice, LineKind
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.ports.invoices import BillingRequest
from botmeter.services.bill_accounts import BillingRun
from tests.fakes.demo import ACCOUNT, CUSTOMER
from tests.fakes.invoices import render, write_letter
from tests.fakes.world import OPERATOR
from tests.integration.conftest import INVOICES
from tests.integration.test_metering_on_dynamodb import NOW_MS, event, settle

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
OCTOBER = BillingPeriod(2026, 10)
REQUEST = BillingRequest(ACCOUNT.account_id, OCTOBER, NOW)


def issue(wired: Wiring, request: BillingRequest = REQUEST) -> IssuedInvoice:
    issued = wired.issue_invoice(request, NOW)
    assert issued is not None
    return issued


def work(wired: Wiring, request: BillingRequest = REQUEST) -> IssuedInvoice:
    """Issue the invoice, and make its documents."""
    done = wired.work_billing_queue(render, write_letter)(request, NOW)
    assert isinstance(done, IssuedInvoice)
    return done


def received(wired: Wiring) -> list[BillingRequest]:
    """What is on the queue."""
    answer = boto3.client("sqs").receive_message(
        QueueUrl=wired.settings.invoice_queue_url, MaxNumberOfMessages=10
    )
    return [from_message(message["Body"]) for message in answer.get("Messages", [])]


def test_billing_run_queues_accounts_once_each(provisioned: Wiring) -> None:
    """The run puts one message for each account and ended period on the queue."""
    assert provisioned.start_billing_run(NOW) == BillingRun(bills=1, documents=0, parked=0)
    assert received(provisioned) == [REQUEST]


def test_documents_that_are_missing_are_queued_by_their_number(provisioned: Wiring) -> None:
    """An hour after the issue; what the queue then asks for makes them, and bills nothing."""
    number = issue(provisioned).invoice.number
    credited = provisioned.correct_invoices.credit(OPERATOR, number, [1], "a mistake", NOW)
    received(provisioned)
    provisioned.start_billing_run(NOW + timedelta(hours=1))
    requests = received(provisioned)

    assert sorted(request.number for request in requests) == [credited.note.number, number]
    for request in requests:
        provisioned.work_billing_queue(render, write_letter)(request, NOW)
    assert list(provisioned.invoices.unfinished(NOW + timedelta(days=9))) == []
    assert len(provisioned.invoices.of_account(ACCOUNT.account_id)) == 1


def test_invoice_is_issued_once(provisioned: Wiring) -> None:
    """However often a request is handled, there is one invoice, one number, one document."""
    provisioned.record_events([event(0), event(10), event(20)], NOW_MS)
    settle(provisioned)
    first = work(provisioned)
    second = work(provisioned, replace(REQUEST, requested_at=datetime(2026, 12, 1, tzinfo=UTC)))

    assert first == second
    assert first.invoice.number == "INV-2026-000001"
    assert [(line.kind, line.quantity, line.amount_minor) for line in first.invoice.lines] == [
        (LineKind.FEE, 1, 4_900),
        (LineKind.FEE, 1, 4_900),
        (LineKind.USAGE, 2, 40),
    ]
    stored = boto3.client("s3").get_object(Bucket=INVOICES, Key=f"{first.document_key}.pdf")
    assert stored["Body"].read() == b"pdf of INV-2026-000001"
    assert stored["Metadata"]["sha256"] == first.document_sha256


def test_lines_are_explained_by_the_stored_records(provisioned: Wiring) -> None:
    """Those that were settled before are behind the first invoice, a late one behind the next."""
    provisioned.record_events([event(0), event(10), event(20)], NOW_MS)
    settle(provisioned)
    first = issue(provisioned)
    provisioned.record_events([event(50, "c-late")], NOW_MS)
    settle(provisioned, to_ms(NOW) + 60_000)
    second = issue(provisioned, BillingRequest(ACCOUNT.account_id, OCTOBER.next(), NOW + timedelta(days=30)))
    explained = [list(provisioned.explain_invoices(one)) for one in (first, second)]

    assert [[(e.sessions, e.unexplained) for e in of] for of in explained] == [[(2, 0)], [(1, 0)]]
    assert [[s.record.subject.name for e in of for s in e.records] for of in explained] == [
        ["c-1"],
        ["c-late"],
    ]


def test_billed_period_is_not_queued_again(provisioned: Wiring) -> None:
    """After the invoice is issued a second run has nothing to do."""
    work(provisioned)

    assert not provisioned.start_billing_run(NOW + timedelta(hours=1)).bills
    assert received(provisioned) == []


def test_foreign_number_is_not_found(provisioned: Wiring) -> None:
    """Guessing a number of another account finds nothing, as a number that does not exist."""
    issue(provisioned)
    invoices = provisioned.invoices
    first, second = "INV-2026-000001", "INV-2026-000002"

    assert invoices.by_number(ACCOUNT.account_id, first).invoice.period == OCTOBER
    for account_id, number in (("acct_other", first), (ACCOUNT.account_id, second)):
        with pytest.raises(NotFound, match=f"there is no invoice {number}"):
            invoices.by_number(account_id, number)


def test_snapshot_does_not_follow_later_changes(provisioned: Wiring) -> None:
    """An issued invoice shows the customer as it was."""
    before = issue(provisioned)
    account = provisioned.accounts.account(ACCOUNT.account_id)
    provisioned.accounts.put_account(replace(account, customer=replace(CUSTOMER, name="Other")))

    assert provisioned.invoices.of_account(ACCOUNT.account_id) == [before]
    assert before.invoice.customer.name == "Acme GmbH"
