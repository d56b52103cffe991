"""Billing requests as messages of a queue."""

import json
from datetime import UTC, datetime

import pytest

from botmeter.adapters.sqs import from_message, to_message
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest

REQUEST = BillingRequest("acct_acme", BillingPeriod(2026, 10), datetime(2026, 11, 4, 12, tzinfo=UTC))
REPLACEMENT = BillingRequest(
    REQUEST.account_id, REQUEST.period, REQUEST.requested_at, replaces="INV-2026-000001", approved=True
)


DOCUMENTS = BillingRequest(REQUEST.account_id, REQUEST.period, REQUEST.requested_at, number="CN-2026-000001")


@pytest.mark.parametrize("request_", [REQUEST, REPLACEMENT, DOCUMENTS])
def test_message_holds_the_whole_request(request_: BillingRequest) -> None:
    """What is queued is what is read."""
    assert from_message(to_message(request_)) == request_


def test_message_of_an_earlier_release_is_read() -> None:
    """One that waited during a deployment asks for the usual: nothing replaced, approved or named."""
    content = json.loads(to_message(REQUEST))
    del content["replaces"], content["approved"], content["number"]

    assert from_message(json.dumps(content)) == REQUEST
