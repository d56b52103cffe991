"""The invoice function's messages: each account for itself."""

import json

import pytest

import invoice.handler
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import StoreUnavailable
from tests.fakes.context import FakeContext, payload
from tests.fakes.demo import ACCOUNT


@pytest.fixture
def functions(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """The function over the resources of the test."""
    monkeypatch.setattr(invoice.handler, "wiring", lambda: provisioned)
    return provisioned


def test_account_that_fails_does_not_hold_up_others(functions: Wiring) -> None:
    """It is parked with the reason, the other account has its invoice."""
    good = {
        "account_id": ACCOUNT.account_id,
        "period": "2026-10",
        "requested_at": "2026-11-04T00:00:00+00:00",
    }
    template = payload("sqs_batch.json")["Records"]
    bodies = [{**good, "account_id": "acct_nobody"}, good]
    records = [{**r, "body": json.dumps(b)} for r, b in zip(template, bodies, strict=True)]

    answer = invoice.handler.handler({"Records": records}, FakeContext())

    assert answer == {"batchItemFailures": []}
    assert [bill.reason for bill in functions.parked.parked()] == ["there is no account acct_nobody"]
    assert len(functions.invoices.of_account(ACCOUNT.account_id)) == 1


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_message_whose_work_fails_comes_again(functions: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not answer: the message is named, and nothing is parked."""
    message = payload("sqs_batch.json")["Records"][0]
    body = {"account_id": ACCOUNT.account_id, "period": "2026-10", "requested_at": "2026-11-04T00:00:00Z"}

    def unavailable(*_: object) -> None:
        raise StoreUnavailable("try later")

    monkeypatch.setattr(type(functions.invoices), "billing", unavailable)
    answer = invoice.handler.handler({"Records": [{**message, "body": json.dumps(body)}]}, FakeContext())

    assert answer == {"batchItemFailures": [{"itemIdentifier": message["messageId"]}]}
    assert list(functions.parked.parked()) == []
