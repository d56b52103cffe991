"""Calls of the API from within its own process."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from api.console.api_calls import Api, ApiRefused, path
from tests.fakes.console import FakeApi, refusal
from tests.fakes.logins import claims_of
from tests.fakes.world import ADMIN

CLAIMS = claims_of(ADMIN)


def api(method: str, at: str, status: int = 200, body: Any = None) -> tuple[Api, FakeApi]:
    """An API that has one answer."""
    served = FakeApi({f"{method} {at}": lambda: (status, {} if body is None else body)})
    return Api(served, CLAIMS), served


def refused(status: int, *errors: dict[str, str]) -> ApiRefused:
    """What a call raises for a refusal."""
    asking, _ = api("GET", "/bots", *refusal(status, "no such thing", *errors))
    with pytest.raises(ApiRefused) as raised:
        asking.get("/bots")
    return raised.value


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("bots",), "/bots"),
        (("bots", "bot_a", "plan"), "/bots/bot_a/plan"),
        (("bots", "a/b"), "/bots/a%2Fb"),
        (("bots", "../operator"), "/bots/..%2Foperator"),
        (("bots", "a?b#c%d"), "/bots/a%3Fb%23c%25d"),
        (("records", "2026-10-05T12:00@x"), "/records/2026-10-05T12:00@x"),
        (("bots", "ü 🙂"), "/bots/%C3%BC%20%F0%9F%99%82"),
        (("bots", "{proxy}"), "/bots/%7Bproxy%7D"),
    ],
)
def test_names_stay_one_part_of_a_path(parts: tuple[str, ...], expected: str) -> None:
    """Whatever a name is, it leads to nothing else."""
    assert path(*parts) == expected


def test_question_carries_the_claims_and_the_parameters() -> None:
    """As API Gateway would hand them over; what is not given is left out, what is zero is not."""
    asking, served = api("GET", "/usage", body={"items": []})
    found = asking.get("/usage", by="day", limit=5, line=0, cursor=None, bot_id="", **{"from": "2026-10-05"})

    (event,) = served.sent
    assert found == {"items": []}
    assert event["requestContext"]["authorizer"] == {"claims": CLAIMS}
    assert event["pathParameters"] == {"proxy": "usage"}
    assert event["multiValueQueryStringParameters"] == {
        "by": ["day"],
        "limit": ["5"],
        "line": ["0"],
        "from": ["2026-10-05"],
    }
    assert (event["body"], event["headers"]) == (None, {})


def test_items_of_a_list_are_those_of_all_its_pages() -> None:
    """Each page is asked for when it is needed, with the same parameters."""
    served = FakeApi()
    served.hold("/orders", "ab", "", "c")
    items = Api(served, CLAIMS).items("/orders", status="pending")

    assert next(items) == "a"
    assert len(served.sent) == 1
    assert [*items] == ["b", "c"]
    asked = [event["multiValueQueryStringParameters"] for event in served.sent]
    assert [query["status"] for query in asked] == [["pending"]] * 3
    assert [query.get("cursor") for query in asked] == [None, ["1"], ["2"]]


def test_question_without_parameters_has_none() -> None:
    """API Gateway says null then."""
    asking, served = api("GET", "/bots")
    asking.get("/bots", cursor=None)

    assert served.sent[0]["multiValueQueryStringParameters"] is None


def test_entity_tag_comes_with_what_was_seen() -> None:
    """In its quotes, as it is sent back."""
    asking, _ = api("GET", "/bots/bot_a", body={"name": "A"})
    seen = asking.seen("/bots/bot_a")

    assert (seen.body, seen.etag) == ({"name": "A"}, '"7"')


def test_text_is_no_json() -> None:
    """A spreadsheet comes as it is."""
    asking, served = api("GET", "/usage", body="day,by\n")

    assert asking.text("/usage", format="csv") == "day,by\n"
    assert served.sent[0]["multiValueQueryStringParameters"] == {"format": ["csv"]}


def test_change_carries_key_tag_and_body() -> None:
    """The key makes it happen once, the tag only if nothing has changed."""
    asking, served = api("PUT", "/bots/bot_a/plan", body={"bot": {}})
    body = {"plan_id": "advanced", "reason": "ü"}
    found = asking.send("PUT", "/bots/bot_a/plan", body, key="k-1", if_match='"7"')

    (event,) = served.sent
    assert found == {"bot": {}}
    assert event["headers"] == {
        "Idempotency-Key": "k-1",
        "Content-Type": "application/json",
        "If-Match": '"7"',
    }
    assert json.loads(event["body"]) == body


def test_change_without_a_body_and_without_an_answer() -> None:
    """204 is nothing; nothing seen, nothing matched."""
    asking, served = api("DELETE", "/bots/bot_a/auto-reload", 204, "")

    assert asking.send("DELETE", "/bots/bot_a/auto-reload", key="k-1") is None
    assert served.sent[0]["body"] is None
    assert "If-Match" not in served.sent[0]["headers"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422, 500, 503])
def test_refusal_is_raised_with_its_status(status: int) -> None:
    """And in the API's words."""
    error = refused(status)

    assert (error.status, error.detail, str(error)) == (HTTPStatus(status), "no such thing", "no such thing")
    assert error.by_field == {}


def test_refusal_names_fields_by_the_last_part_of_their_place() -> None:
    """Forms are flat, bodies are not; parameters and headers are named themselves."""
    error = refused(
        422,
        {"pointer": "#/amount/amount", "detail": "must be more"},
        {"pointer": "#/reason", "detail": "must not be empty"},
        {"parameter": "to", "detail": "must be a day"},
        {"header": "If-Match", "detail": "must be a tag"},
    )

    assert error.by_field == {
        "amount": "must be more",
        "reason": "must not be empty",
        "to": "must be a day",
        "If-Match": "must be a tag",
    }


def test_refusal_of_the_framework_has_no_detail() -> None:
    """Chalice's own errors are no problem documents."""
    asking, _ = api("GET", "/bots", 500, {"Code": "InternalServerError", "Message": "An internal error"})
    with pytest.raises(ApiRefused) as raised:
        asking.get("/bots")

    assert (raised.value.detail, raised.value.errors) == ("", [])
