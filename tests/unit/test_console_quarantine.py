"""The operator's pages of the quarantine, over an API in memory."""

import re

import pytest

from api.console.api_calls import ApiRefused
from api.console.pages.quarantine import list_quarantine, redrive_all, show_event
from tests.fakes.console import FakeApi, refusal
from tests.fakes.console import operator_visit as visit

# An event that came too late, as the API shows it.
LATE = {
    "event_id": "e",
    "received_at": "2026-10-05T09:00:00.000Z",
    "field": "time",
    "rule": "must not be",
    "source_account_id": None,
    "source_id": None,
    "text": "{}",
    "refusal": None,
    "late_effect": None,
    "late_effect_unknown": None,
}


@pytest.fixture
def api() -> FakeApi:
    """The API as an operator sees it, who has no account."""
    return FakeApi({"GET /account": lambda: refusal(403, "no account")})


@pytest.mark.parametrize(
    ("name", "text", "shown"), [("day", "monday", 'type="text"'), ("field", "data bot", "aria-invalid")]
)
def test_filter_that_is_none_stays_as_it_was_typed(api: FakeApi, name: str, text: str, shown: str) -> None:
    """With its rule beside it, and the focus; the other one is kept."""
    rule = {"parameter": name, "detail": "must be another"}
    api.answers["GET /operator/quarantine"] = lambda: refusal(400, "no", rule)
    query = {"day": "2026-10-05", "field": "data.bot_id", name: text}
    page = list_quarantine(visit(api, "operator/quarantine", query=query))

    assert page.status_code == 400
    assert f'<p class="error" id="{name}-error">Must be another.</p>' in page.body
    wrong = re.search(f'<input id="{name}"[^>]*>', page.body)
    assert wrong
    assert f'value="{text}"' in wrong[0]
    assert shown in wrong[0]
    assert f'aria-invalid="true" aria-describedby="{name}-error" autofocus' in wrong[0]
    assert all(f'value="{kept}"' in page.body for kept in query.values())
    assert "Nothing is shown" in page.body


def test_cursor_that_is_none_is_no_filter(api: FakeApi) -> None:
    """No form can mend it."""
    rule = {"parameter": "cursor", "detail": "must be the next_cursor of an earlier answer"}
    api.answers["GET /operator/quarantine"] = lambda: refusal(400, "cursor: must be", rule)
    with pytest.raises(ApiRefused):
        list_quarantine(visit(api, "operator/quarantine", query={"cursor": "x", "day": "2026-10-05"}))


@pytest.mark.parametrize(
    ("sessions", "told"),
    [
        (2, "made 2 more sessions (€0.40 at the prices of then)"),
        (-1, "made 1 fewer session (-€0.40 at the prices of then)"),
        (0, "changed nothing"),
    ],
)
def test_event_that_came_too_late_says_what_it_would_have_changed(
    api: FakeApi, sessions: int, told: str
) -> None:
    """In sessions and in money."""
    amount = {"amount": (sessions > 0) * 40 - (sessions < 0) * 40, "currency": "EUR"}
    effect = {"sessions": sessions, "amount": amount}
    api.answers["GET /operator/quarantine/e"] = lambda: (200, {**LATE, "late_effect": effect})
    page = show_event(visit(api, "operator/quarantine/e"), "e")

    assert f"In time it would have {told}." in page.body
    assert "event source" not in page.body


def test_event_of_a_source_names_it(api: FakeApi) -> None:
    """And says why it cannot be told what it would have changed."""
    named = {"source_account_id": "acct_acme", "source_id": "src-1", "account_id": None, "bot_id": None}
    event = {**LATE, **named, "excerpt": "{}", "late_effect_unknown": "events are older"}
    api.answers["GET /operator/quarantine/e"] = lambda: (200, event)
    api.hold("/operator/quarantine", [event])
    page = show_event(visit(api, "operator/quarantine/e"), "e")

    assert '<span class="id">src-1</span> of <span class="id">acct_acme</span>' in page.body
    assert "What it would have changed cannot be told: events are older." in page.body
    assert "from src-1 of acct_acme" in list_quarantine(visit(api, "operator/quarantine")).body


@pytest.mark.parametrize(
    ("pages", "count"),
    [([[]], "0"), ([[{}] * 7], "7"), ([[{}] * 100, []], "100 or more"), ([[], [{}]], "0 or more")],
)
def test_review_names_how_many_are_sent_again(
    api: FakeApi, pages: list[list[dict[str, object]]], count: str
) -> None:
    """As far as one page of the list tells, which may be short and yet go on."""
    api.hold("/operator/quarantine", *pages)
    query = {"field": "data.bot_id", "review": "1"}
    page = redrive_all(visit(api, "operator/quarantine/redrive", query=query))

    assert f"<dt>Events</dt><dd>{count}</dd>" in page.body
    (asked,) = (one for one in api.sent if one["path"] == "/operator/quarantine")
    assert asked["multiValueQueryStringParameters"] == {"limit": ["100"], "field": ["data.bot_id"]}
