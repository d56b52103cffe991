"""The project's tables, buckets and queue on moto, made as the template declares them."""

import os
from collections.abc import Iterator
from threading import Lock
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from botmeter.adapters.payments.stripe import StripeCards
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM, AuditEntry
from botmeter.domain.orders import Order
from botmeter.services.provision_account import ProvisionAccount
from botmeter.settings import Settings
from botmeter_local.tables import create_tables
from tests.fakes.demo import ACCOUNT, ENTERPRISE, ESSENTIAL, PLANS, SELLER, SINCE, STANDARD, TRIAL, bot
from tests.fakes.stripe import LocalStripe, card_order, cards_at, local_stripe

# Powertools reads these when a handler is imported.
os.environ.update(POWERTOOLS_METRICS_NAMESPACE="Botmeter", POWERTOOLS_SERVICE_NAME="test")

REGION = "eu-central-1"
USAGE, BILLING = "usage", "billing"
OPERATIONS, ARCHIVE, INVOICES = "operations", "archive", "invoices"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS in memory, with credentials that open nothing."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    _answer_one_call_at_a_time(monkeypatch)
    # From one session: to read the descriptions of the services anew took most of the time of a test.
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        create_tables(boto3.client("dynamodb"), {"UsageTable": USAGE, "BillingTable": BILLING})
        s3 = boto3.client("s3")
        for bucket in (OPERATIONS, ARCHIVE, INVOICES):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield


def _answer_one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto copies what other threads are changing; AWS answers each call as if it were alone."""
    process, lock = BotocoreStubber.process_request, Lock()

    def alone(stubber: BotocoreStubber, request: Any) -> Any:
        with lock:
            return process(stubber, request)

    monkeypatch.setattr(BotocoreStubber, "process_request", alone)


@pytest.fixture
def wired(aws: None) -> Wiring:
    """The services over those resources."""
    sqs = boto3.client("sqs")
    queue, events = sqs.create_queue(QueueName="invoices"), sqs.create_queue(QueueName="events")
    environ = {
        "ENVIRONMENT": "dev",
        "USAGE_TABLE": USAGE,
        "BILLING_TABLE": BILLING,
        "OPERATIONS_BUCKET": OPERATIONS,
        "ARCHIVE_BUCKET": ARCHIVE,
        "INVOICE_BUCKET": INVOICES,
        "INVOICE_QUEUE_URL": queue["QueueUrl"],
        "EVENT_QUEUE_URL": events["QueueUrl"],
        "OUTGOING_BUS": "billing",
        "BANK_ACCOUNT": "Botmeter Ltd | DE02120300000000202051 | BYLADEM1001",
    }
    return Wiring(Settings.read(environ), region=REGION)


@pytest.fixture
def provisioned(wired: Wiring) -> Wiring:
    """The same, with an account that has a bot on each kind of plan, and who bills it."""
    provision: ProvisionAccount = wired.provision_account
    entry = AuditEntry("seller", SINCE, SYSTEM, "seller.added", f"seller/{SELLER.code}")
    wired.accounts.put_seller(SELLER, entry)
    for plan in PLANS.values():
        wired.accounts.put_plan(plan)
    provision(ACCOUNT, [bot(p) for p in (ENTERPRISE, ESSENTIAL, STANDARD, TRIAL)], {}, SYSTEM, SINCE)
    return wired


@pytest.fixture(scope="module")
def stripe() -> Iterator[LocalStripe]:
    """A Stripe on this machine."""
    with local_stripe() as running:
        yield running


@pytest.fixture
def cards(stripe: LocalStripe) -> StripeCards:
    """Payments by card there."""
    return cards_at(stripe.base)


@pytest.fixture
def order(request: pytest.FixtureRequest) -> Order:
    """An order of a test's own."""
    return card_order(request.node.nodeid)
