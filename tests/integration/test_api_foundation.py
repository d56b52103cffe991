"""What all routes of the API have in common, on routes made for the purpose, over moto."""

import json
from typing import Any

import pytest

import api.call
from api.paging import stored_page
from api.problems import InvalidQuery
from botmeter.bootstrap import Wiring
from botmeter.domain import errors
from botmeter.ports import billing as stored
from tests.fakes.routes import BODY, FUNDS, KEY, Routes, send


@pytest.fixture
def routes(wired: Wiring, monkeypatch: pytest.MonkeyPatch) -> Routes:
    monkeypatch.setattr(api.call, "wiring", lambda: wired)
    return Routes()


# ------------------------------------------------------------------------------------ answers


def test_view_gets_what_it_needs_and_its_answer_is_sent(routes: Routes) -> None:
    """A body of its type, the member and the key go in; status, headers and JSON come out."""
    reply = send(routes, "POST", FUNDS, BODY, KEY)

    assert (reply.status, reply.json) == (201, {"by": "admin", "bot_id": "bot_trial", "key": "6f1c"})
    assert routes.calls[0].body == BODY
    assert reply.headers == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "ETag": '"7"',
        "Location": "../../orders/bot_trial",
    }


def test_no_content_has_no_body(routes: Routes) -> None:
    """A view that returns nothing answers 204."""
    reply = send(routes, "DELETE", "/bots/bot_trial/plan")

    assert (reply.status, reply.answer["body"]) == (204, "")
    assert "Content-Type" not in reply.headers


def test_public_route_needs_no_token(routes: Routes) -> None:
    """Its caller is nobody, who may see nothing; the bytes of the body are at hand."""
    reply = send(routes, "POST", "/hook", '{"signed": 1}', claims={"token_use": "", "cognito:groups": ""})

    assert reply.status == 204
    (call,) = routes.calls
    assert (call.member.account_id, call.member.roles) == ("", frozenset())
    assert call.request.raw_body == b'{"signed": 1}'


# ------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["#/amount"]),
        ({"amount": {"amount": 0, "currency": "EUR"}}, ["#/amount/amount"]),
        ({"amount": {"amount": "5", "currency": "EUR"}}, ["#/amount/amount"]),
        ({"amount": {"amount": True, "currency": "EUR"}}, ["#/amount/amount"]),
        ({"amount": {"amount": 1.5, "currency": "euro"}}, ["#/amount/amount", "#/amount/currency"]),
        ({**BODY, "a/b~c": 1}, ["#/a~1b~0c"]),
        ({"amount": {**BODY["amount"], "cents": 1}}, ["#/amount/cents"]),
        ([], ["#"]),
    ],
)
def test_body_that_breaks_a_rule_is_refused_with_pointers(
    routes: Routes, body: Any, pointers: list[str]
) -> None:
    """422 names each member that is wrong, missing or unknown, and nothing is done."""
    reply = send(routes, "POST", FUNDS, body, KEY)

    assert reply.status == 422
    assert [error["pointer"] for error in reply.json["errors"]] == pointers
    assert all(error["detail"] for error in reply.json["errors"])
    assert routes.calls == []


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        (None, "application/json", 400),
        ("[" * 5000, "application/json", 400),
        (r'{"note": "\ud800"}', "application/json", 400),
        (json.dumps(BODY), "text/plain", 415),
        (json.dumps(BODY), "application/x-www-form-urlencoded", 415),
        (json.dumps(BODY), "Application/JSON; charset=utf-8", 201),
    ],
)
def test_body_that_is_no_json_is_refused(
    routes: Routes, body: str | None, content_type: str, status: int
) -> None:
    """400 for what cannot be read, 415 for what says that it is something else."""
    reply = send(routes, "POST", FUNDS, body, {**KEY, "Content-Type": content_type})

    assert reply.status == status


def test_long_list_of_broken_rules_is_cut(routes: Routes) -> None:
    """A body with thousands of errors does not come back as thousands of lines."""
    reply = send(routes, "POST", FUNDS, {**BODY, **dict.fromkeys(map(str, range(1000)))}, KEY)

    assert reply.json["detail"] == "the body breaks 1000 rules"
    assert len(reply.json["errors"]) == 20


# ------------------------------------------------------------------------------- entity tags


@pytest.mark.parametrize(
    ("header", "status", "seen"),
    [
        (None, 204, None),
        ('"7"', 204, "7"),
        ("*", 204, "*"),
        ('W/"7"', 412, None),
        ("7", 400, None),
        ('"7", "8"', 400, None),
    ],
)
def test_if_match(routes: Routes, header: str | None, status: int, seen: str | None) -> None:
    """A strong tag or a star reaches the view; a weak one proves nothing."""
    headers = {} if header is None else {"If-Match": header}

    assert send(routes, "DELETE", "/bots/bot_trial/plan", headers=headers).status == status
    assert [call.if_match for call in routes.calls] == ([seen] if status == 204 else [])


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (errors.NotFound("there is no bot x"), 404, "there is no bot x"),
        (errors.NotAllowed("not yours"), 403, "not yours"),
        (errors.NotAvailable("not on this plan"), 403, "not on this plan"),
        (errors.Conflict("somebody was first"), 409, "somebody was first"),
        (errors.Outdated("changed meanwhile"), 412, "changed meanwhile"),
        (errors.PaymentRefused("card declined"), 402, "card declined"),
        (errors.InvalidSignature("not from there"), 400, "not from there"),
        (errors.Refused("amount/currency", "must be EUR"), 422, "amount/currency: must be EUR"),
        (errors.StoreUnavailable("table x throttles"), 503, "try again later"),
        (errors.BotmeterError("nobody expected this"), 500, "the error has been logged"),
        (KeyError("a bug"), 500, "the error has been logged"),
    ],
)
def test_errors_become_problem_documents(routes: Routes, error: Exception, status: int, detail: str) -> None:
    """Each error of the domain has its status; what is internal is not told."""

    def fail() -> None:
        raise error

    routes.does = fail
    reply = send(routes, "PUT", "/bots/bot_trial/plan", BODY["amount"])

    assert reply.headers["Content-Type"] == "application/problem+json"
    assert (reply.status, reply.json["status"], reply.json["detail"]) == (status, status, detail)
    assert ("Retry-After" in reply.headers) == (status == 503)
    if isinstance(error, errors.Refused):
        assert reply.json["errors"] == [{"pointer": "#/amount/currency", "detail": "must be EUR"}]


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ({"perod": ["2026-10"]}, "there is no such parameter"),
        ({"period": ["2026-10", "2026-11"]}, "must be given once"),
        ({"period": ["2026-10-1"]}, "must be a month such as 2026-10, or a period such as 2026-10-15"),
    ],
)
def test_query_that_breaks_a_rule_is_refused(routes: Routes, query: dict[str, list[str]], rule: str) -> None:
    """A misspelt parameter is not silently ignored."""
    reply = send(routes, "GET", "/bots/bot_trial/plan", query=query)

    assert (reply.status, reply.json["errors"]) == (400, [{"parameter": next(iter(query)), "detail": rule}])


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ({}, "is required"),
        ({"from": ["2026-02-30"]}, "must be a day such as 2026-10-05"),
        ({"from": ["20261005"]}, "must be a day such as 2026-10-05"),
        ({"from": ["2026-10-05"], "by": ["week"]}, "must be one of hour, day, month, range"),
    ],
)
def test_parameters_of_a_kind_have_its_rule(routes: Routes, query: dict[str, list[str]], rule: str) -> None:
    """Days, words, and what has to be given."""
    reply = send(routes, "GET", "/usage", query=query)

    assert (reply.status, reply.json["errors"][0]["detail"]) == (400, rule)


def test_answer_may_be_text(routes: Routes) -> None:
    """A route with several media types says which one an answer is of; the first is the usual one."""
    query = {"from": ["2026-10-05"]}
    usual, text = (
        send(routes, "GET", "/usage", query=query),
        send(routes, "GET", "/usage", query={**query, "format": ["csv"]}),
    )

    assert (usual.headers["Content-Type"], usual.json) == ("application/json", ["2026-10-05", "day"])
    assert (text.headers["Content-Type"], text.answer["body"]) == ("text/csv", "day,by")


def test_store_keeps_its_own_cursors() -> None:
    """A page of a store is shown with the store's cursor; one that the store does not know is refused."""

    def unknown() -> stored.Page[int]:
        raise ValueError("no cursor")

    assert stored_page(lambda: stored.Page([1, 2], "abc"))(str) == {"items": ["1", "2"], "next_cursor": "abc"}
    assert stored_page(lambda: stored.Page([1, 2]))(str) == {"items": ["1", "2"]}
    with pytest.raises(InvalidQuery, match="cursor: must be the next_cursor"):
        stored_page(unknown)


def test_service_may_refuse_what_came_in_the_query(routes: Routes) -> None:
    """Its field is then the parameter: 400 and not 422."""

    def fail() -> None:
        raise errors.Refused("period", "must be one that is over")

    routes.does = fail
    reply = send(routes, "GET", "/bots/bot_trial/plan", query={"period": ["2026-10"]})

    broken = {"parameter": "period", "detail": "must be one that is over"}
    assert (reply.status, reply.json["errors"]) == (400, [broken])


@pytest.mark.parametrize("bot_id", ["x" * 129, "bot trial", "bot#trial"])
def test_name_that_nothing_can_have_is_not_found(routes: Routes, bot_id: str) -> None:
    """It never becomes a key of a store."""
    assert send(routes, "GET", f"/bots/{bot_id}/plan").status == 404
    assert routes.calls == []


def test_role_opens_a_route(routes: Routes) -> None:
    """A viewer may not add funds, and is told which role it takes."""
    reply = send(routes, "POST", FUNDS, BODY, KEY, claims={"cognito:groups": "viewer"})

    assert (reply.status, reply.json["detail"]) == (403, "this needs the role billing admin")


@pytest.mark.parametrize(
    ("groups", "status"),
    [("billing_admin", 200), ("viewer,bookkeeper", 200), ("bookkeeper", 200), ("viewer", 403), ("a/b", 403)],
)
def test_route_with_a_permission_lets_custom_roles_in(routes: Routes, groups: str, status: int) -> None:
    """What theirs permits is found out behind it; built-in roles get no further than before."""
    assert send(routes, "GET", "/orders", claims={"cognito:groups": groups}).status == status
    assert len(routes.calls) == (status == 200)


def test_custom_role_opens_no_other_route(routes: Routes) -> None:
    """Without a role of Botmeter's own, all other routes are closed."""
    for method, path, body in (("POST", FUNDS, BODY), ("GET", "/bots/bot_trial/plan", None)):
        assert send(routes, method, path, body, KEY, claims={"cognito:groups": "bookkeeper"}).status == 403
    assert routes.calls == []


def test_route_with_a_permission_says_who_may(routes: Routes) -> None:
    """A viewer learns that the account can permit it to a role of its own."""
    reply = send(routes, "GET", "/orders", claims={"cognito:groups": "viewer"})

    assert reply.json["detail"] == "this needs the role billing admin or one that the account permits it to"
