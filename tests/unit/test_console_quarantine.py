"""The operator's pages of the quarantine, over an API in memory."""

import re

import pytest

from api.console.api_calls import ApiRefused
from api.console.pages.quarantine import list_quarantine, show_event
from tests.fakes.console import FakeApi, refusal
from tests.fakes.console import operator_visit as visit


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
    event = {
        "event_id": "e",
        "received_at": "2026-10-05T09:00:00.000Z",
        "field": "time",
        "rule": "must not be",
    }
    shown = {**event, "text": "{}", "refusal": None, "late_effect": effect}
    api.answers["GET /operator/quarantine/e"] = lambda: (200, shown)
    page = show_event(visit(api, "operator/quarantine/e"), "e")

    assert f"In time it would have {told}." in page.body
