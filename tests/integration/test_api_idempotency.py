"""A repeated request is done once: the header Idempotency-Key, over moto."""

import boto3
import pytest

import api.call
from botmeter.bootstrap import Wiring
from botmeter.domain import errors
from tests.fakes.routes import BODY, FUNDS, KEY, Reply, Routes, send
from tests.integration.conftest import BILLING


@pytest.fixture
def routes(wired: Wiring, monkeypatch: pytest.MonkeyPatch) -> Routes:
    monkeypatch.setattr(api.call, "wiring", lambda: wired)
    return Routes()


def test_same_request_again_is_answered_the_same_and_not_done_again(routes: Routes) -> None:
    """Status, headers and bytes are those of the first time; the order of members does not matter."""
    first = send(routes, "POST", FUNDS, {**BODY, "note": "x"}, KEY)
    second = send(routes, "POST", FUNDS, {"note": "x", **BODY}, KEY)

    assert second.answer == first.answer
    assert len(routes.calls) == 1


def test_key_of_another_request_is_refused(routes: Routes) -> None:
    """The same key with another body is a mistake of the caller: 422 that names the header."""
    send(routes, "POST", FUNDS, BODY, KEY)
    reply = send(routes, "POST", FUNDS, {**BODY, "note": "more"}, KEY)

    assert (reply.status, reply.json["errors"][0]["header"]) == (422, "Idempotency-Key")
    assert len(routes.calls) == 1


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("/bots/bot_other/funds", {}),
        (FUNDS, {"custom:account_id": "acct_other"}),
        (FUNDS, {"cognito:username": "colleague"}),
    ],
)
def test_key_counts_for_one_user_and_path(routes: Routes, path: str, claims: dict[str, str]) -> None:
    """Others may use the same key without ever seeing an answer that is not theirs."""
    send(routes, "POST", FUNDS, BODY, KEY)
    send(routes, "POST", path, BODY, KEY, claims=claims)

    assert len(routes.calls) == 2


def test_same_request_while_the_first_is_running_conflicts(routes: Routes) -> None:
    """409, with the time after which it is worth asking again."""
    inner: list[Reply] = []
    routes.does = lambda: inner.append(send(routes, "POST", FUNDS, BODY, KEY))
    outer = send(routes, "POST", FUNDS, BODY, KEY)

    assert (outer.status, inner[0].status, inner[0].headers["Retry-After"]) == (201, 409, "2")
    assert len(routes.calls) == 1


def test_errors_are_not_remembered(routes: Routes) -> None:
    """A request that failed may be sent again with its key."""

    def fail() -> None:
        raise errors.StoreUnavailable("no answer")

    routes.does = fail
    assert send(routes, "POST", FUNDS, BODY, KEY).status == 503
    routes.does = lambda: None
    assert send(routes, "POST", FUNDS, BODY, KEY).status == 201


def test_request_whose_function_died_is_done_again(routes: Routes) -> None:
    """Once the first function cannot be running any more, the same key reaches the view again."""

    def die() -> None:
        raise SystemExit

    routes.does = die
    with pytest.raises(SystemExit):
        send(routes, "POST", FUNDS, BODY, KEY, remaining_ms=-1)
    routes.does = lambda: None

    assert send(routes, "POST", FUNDS, BODY, KEY).status == 201
    assert {call.idempotency_key for call in routes.calls} == {"6f1c"}


def test_what_is_remembered_expires(routes: Routes) -> None:
    """It lies in a partition of its own, with the table's attribute for expiry."""
    send(routes, "POST", FUNDS, BODY, KEY)
    (item,) = boto3.client("dynamodb").scan(TableName=BILLING)["Items"]

    assert item["pk"] == {"S": "IDEMPOTENCY"}
    assert int(item["expires_at"]["N"]) - routes.calls[0].now.timestamp() == pytest.approx(86_400, abs=5)


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ünsichtbar", "tab\t"])
def test_key_of_another_form_is_refused(routes: Routes, key: str) -> None:
    """1 to 255 visible ASCII characters."""
    reply = send(routes, "POST", FUNDS, BODY, {"Idempotency-Key": key})

    assert (reply.status, reply.json["errors"][0]["header"]) == (400, "Idempotency-Key")


def test_only_a_post_needs_a_key(routes: Routes) -> None:
    """Without one a POST is refused; a PUT is given one that nobody else has."""
    reply = send(routes, "POST", FUNDS, BODY)
    assert (reply.status, reply.json["errors"][0]["header"]) == (400, "Idempotency-Key")

    for _ in range(2):
        assert send(routes, "PUT", "/bots/bot_trial/plan", BODY["amount"]).status == 200
    assert len({call.idempotency_key for call in routes.calls}) == 2
