"""The functions' entry points with real payloads, over moto."""

import json
import time
from typing import Any

import pytest

import api.app
import api.call
import ingest.handler
import invoice.handler
import invoice.run
import meter.handler
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import InvalidEvent, NotAllowed
from tests.fakes.context import FakeContext, payload
from tests.fakes.demo import ACCOUNT, conversation

HANDLERS = (ingest.handler, meter.handler, invoice.run, invoice.handler, api.call)
IN_DECEMBER = {"now": "2026-12-05T00:00:00Z"}


@pytest.fixture
def functions(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """All handlers over the same resources, at a time in which the payloads are neither old nor ahead."""
    for module in HANDLERS:
        monkeypatch.setattr(module, "wiring", lambda: provisioned)
    monkeypatch.setattr(time, "time_ns", lambda: 1_791_500_000 * 10**9)
    return provisioned


def call_api(path: str, resource: str, **overrides: Any) -> tuple[int, dict[str, Any]]:
    event = payload("api_get_bots.json")
    event["path"], event["resource"] = path, resource
    event["requestContext"]["resourcePath"] = resource
    if "{" in resource:
        name = resource.split("{")[1].split("}", maxsplit=1)[0]
        event["pathParameters"] = {name: path.split("/")[2]}
    event["requestContext"]["authorizer"]["claims"].update(overrides.pop("claims", {}))
    event.update(overrides)
    answer = api.app.app(event, FakeContext())
    return answer["statusCode"], json.loads(answer["body"])


def bill(functions: Wiring) -> None:
    """Record, settle and bill the payloads' events."""
    ingest.handler.handler(payload("sqs_batch.json"), FakeContext())
    meter.handler.handler({"now": "2026-11-01T00:00:00Z"}, FakeContext())
    message = {
        "account_id": ACCOUNT.account_id,
        "period": "2026-10",
        "requested_at": "2026-11-04T00:00:00+00:00",
    }
    record = {**payload("sqs_batch.json")["Records"][0], "body": json.dumps(message)}
    answer = invoice.handler.handler({"Records": [record]}, FakeContext())
    assert answer == {"batchItemFailures": []}


def test_queue_batch_is_recorded_and_acknowledged(functions: Wiring) -> None:
    """The good message is recorded, the bad one quarantined: none is delivered again."""
    answer = ingest.handler.handler(payload("sqs_batch.json"), FakeContext())

    assert answer == {"batchItemFailures": []}
    (timeline,) = functions.settle_conversations.timelines.load([conversation("c-81")])
    assert len(timeline.marks) == 1


def test_direct_invocation_is_answered_item_by_item(functions: Wiring) -> None:
    """A caller learns what became of each event."""
    answer = ingest.handler.handler(payload("direct_invocation.json"), FakeContext())

    assert answer == {
        "results": [
            {"status": "accepted"},
            {
                "status": "rejected",
                "field": "time",
                "rule": "must be an RFC 3339 date and time with an offset",
            },
        ]
    }


def test_store_that_does_not_answer_fails_its_messages_only(
    functions: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be written is named, so that the queue delivers it again."""
    monkeypatch.setattr(
        functions.record_events.timelines, "add_marks", lambda all_: {a.subject for a in all_}
    )
    batch = payload("sqs_batch.json")
    answer = ingest.handler.handler(batch, FakeContext())

    assert answer == {"batchItemFailures": [{"itemIdentifier": batch["Records"][0]["messageId"]}]}


@pytest.mark.parametrize("event", [{}, {"events": "abc"}, {"events": {}}, {"events": [{}] * 1001}])
@pytest.mark.filterwarnings("ignore:No application metrics")
def test_direct_invocation_without_a_list_is_refused(functions: Wiring, event: dict[str, Any]) -> None:
    """A caller that sends no list is told so, and nothing is recorded."""
    with pytest.raises(InvalidEvent, match="events: must be a list of at most 1000"):
        ingest.handler.handler(event, FakeContext())


def test_meter_answers_what_it_did(functions: Wiring) -> None:
    """An operator sees the counts of a run."""
    ingest.handler.handler(payload("sqs_batch.json"), FakeContext())
    answer = meter.handler.handler({"now": "2026-11-01T00:00:00Z"}, FakeContext())

    assert answer == {
        "settled": 1,
        "records": 1,
        "moved": 0,
        "conflicts": 0,
        "stuck": 0,
        "failed": 0,
        "due": 0,
    }


def test_billing_run_answers_what_it_queued(functions: Wiring) -> None:
    """The first month that is over is queued."""
    assert invoice.run.handler(IN_DECEMBER, FakeContext()) == {
        "accounts": 1,
        "enqueued": 1,
        "parked": 0,
    }


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("module", [meter.handler, invoice.run])
def test_another_time_is_refused_in_production(
    module: Any, functions: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody bills as of another time where real customers are billed."""
    production = Wiring(functions.settings.__class__.read({"ENVIRONMENT": "production"}))
    monkeypatch.setattr(module, "wiring", lambda: production)

    with pytest.raises(NotAllowed, match="now"):
        module.handler(IN_DECEMBER, FakeContext())


def number_of_invoice() -> str:
    """The number of the account's one invoice: it names the year of its issue."""
    (number,) = [e["number"] for e in call_api("/orders", "/orders")[1]["items"] if e["type"] == "invoice"]
    return str(number)


def test_bots_of_the_account(functions: Wiring) -> None:
    """Plan & Usage lists each bot with plan, balance and use."""
    status, body = call_api("/bots", "/bots")

    assert status == 200
    assert [item["bot_id"] for item in body["items"]] == [
        "bot_enterprise",
        "bot_essential",
        "bot_standard",
        "bot_trial",
    ]
    standard = body["items"][2]
    assert standard["balance"] == {
        "status": "exhausted",
        "remaining": {"amount": 0, "currency": "EUR"},
        "own": {"amount": 0, "currency": "EUR"},
        "shared": {"amount": 0, "currency": "EUR"},
        "paid": {"amount": 0, "currency": "EUR"},
        "free": {"amount": 0, "currency": "EUR"},
        "covered_sessions": 0,
    }
    assert body["items"][0]["balance"]["remaining"] is None


def test_one_bot(functions: Wiring) -> None:
    """A bot by its id; another id is not found."""
    assert call_api("/bots/bot_trial", "/bots/{bot_id}")[1]["plan"]["kind"] == "trial"
    status, problem = call_api("/bots/bot_of_others", "/bots/{bot_id}")
    assert (status, problem["detail"]) == (404, "there is no bot bot_of_others")


def test_lists_are_paged(functions: Wiring) -> None:
    """A cursor continues where the page before ended."""
    first = call_api("/bots", "/bots", multiValueQueryStringParameters={"limit": ["3"]})[1]
    cursor = first["next_cursor"]
    second = call_api("/bots", "/bots", multiValueQueryStringParameters={"cursor": [cursor]})[1]

    assert [len(first["items"]), len(second["items"])] == [3, 1]
    assert "next_cursor" not in second


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "x"),
        ("limit", "000000099999999"),
        ("cursor", "?"),
        ("cursor", "bm9uZQ=="),
        ("period", "13"),
        ("period", "9999-12"),
    ],
)
def test_bad_queries_name_the_parameter(functions: Wiring, parameter: str, value: str) -> None:
    """A problem document says which parameter breaks which rule."""
    status, problem = call_api("/bots", "/bots", multiValueQueryStringParameters={parameter: [value]})

    assert status == 400
    assert problem["errors"][0]["parameter"] == parameter


def test_use_of_an_earlier_period(functions: Wiring) -> None:
    """`period` shows the sessions of that month."""
    bill(functions)
    bots = call_api("/bots", "/bots", multiValueQueryStringParameters={"period": ["2026-10"]})[1]["items"]

    assert [bot["usage"]["usage_sessions"] for bot in bots] == [0, 0, 1, 0]
    assert bots[0]["usage"]["period"] == "2026-10"


def test_invoice_and_download(functions: Wiring) -> None:
    """The invoice, and a link to its PDF that names the file."""
    bill(functions)
    number = number_of_invoice()
    status, body = call_api(f"/invoices/{number}", "/invoices/{number}")
    link = call_api(f"/invoices/{number}/download", "/invoices/{number}/download")[1]["url"]

    assert status == 200
    assert (body["total"], body["due"]) == (
        {"amount": 11_686, "currency": "EUR"},
        {"amount": 11_666, "currency": "EUR"},
    )
    assert [line["kind"] for line in body["lines"]] == ["fee", "fee", "usage"]
    assert f"{number}.pdf" in link
    assert "X-Amz-Expires=300" in link


@pytest.mark.parametrize(
    ("claims", "path", "resource", "status"),
    [
        ({"custom:account_id": "acct_other"}, "/invoices/INV-2026-000001", "/invoices/{number}", 404),
        (
            {"custom:account_id": "acct_other"},
            "/invoices/INV-2026-000001/download",
            "/invoices/{number}/download",
            404,
        ),
        ({"custom:account_id": "acct_other"}, "/bots/bot_trial", "/bots/{bot_id}", 404),
        ({"cognito:groups": "viewer"}, "/orders", "/orders", 403),
        ({"cognito:groups": "viewer"}, "/invoices/INV-2026-000001", "/invoices/{number}", 403),
        ({"cognito:groups": "viewer"}, "/bots/bot_trial", "/bots/{bot_id}", 200),
        ({"cognito:groups": "bot_owner"}, "/bots/bot_trial", "/bots/{bot_id}", 403),
        (
            {"cognito:groups": "bot_owner", "cognito:username": "u-owner"},
            "/bots/bot_trial",
            "/bots/{bot_id}",
            200,
        ),
        ({"cognito:groups": "[bot_owner viewer]"}, "/bots/bot_trial", "/bots/{bot_id}", 200),
        ({"cognito:groups": "strangers"}, "/bots", "/bots", 403),
        ({"custom:account_id": ""}, "/bots", "/bots", 403),
        ({"token_use": "access"}, "/bots", "/bots", 403),
    ],
)
def test_who_may_see_what(
    functions: Wiring, claims: dict[str, str], path: str, resource: str, status: int
) -> None:
    """Roles open the own account only; what is another's looks as if it did not exist."""
    bill(functions)

    assert call_api(path, resource, claims=claims)[0] == status


def test_unexpected_error_tells_nothing(functions: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is logged; the caller sees a problem document without details."""
    monkeypatch.setattr(api.call, "wiring", lambda: None)
    status, problem = call_api("/bots", "/bots")

    assert (status, problem["detail"]) == (500, "the error has been logged")
