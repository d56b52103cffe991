"""Orders & Invoices in the console: its page over an API in memory."""

import re

import pytest

from api.console.pages.orders import list_orders
from api.console.requests import PageRequest
from api.console.visit import Visit
from botmeter.domain.logins import Login, Tokens
from tests.fakes import actions
from tests.fakes.console import FakeApi, refusal
from tests.fakes.logins import claims_of
from tests.fakes.world import ADMIN, NOW

ACCOUNT = {**actions.ACCOUNT, "first_period": "2025-03"}
LOGIN = Login("k", Tokens(claims_of(ADMIN), NOW, "refresh"), NOW)


def visit(api: FakeApi, **query: str) -> Visit:
    """An admin looks at the history."""
    api.answers["GET /account"] = lambda: (200, ACCOUNT)
    request = {
        "httpMethod": "GET",
        "requestContext": {"resourcePath": "/console/orders"},
        "multiValueQueryStringParameters": {name: [text] for name, text in query.items()},
    }
    return Visit(PageRequest(request), api, LOGIN, NOW)


@pytest.mark.parametrize(("name", "text"), [("year", "20226"), ("status", "opened")])
def test_filter_that_is_none_stays_as_it_was_typed(name: str, text: str) -> None:
    """With its rule beside it, and the focus; there is no spreadsheet of it."""
    rule = {"parameter": name, "detail": "must be another"}
    api = FakeApi({"GET /orders": lambda: refusal(400, "no", rule)})
    page = list_orders(visit(api, **{"year": "2026", "status": "paid", name: text}))

    assert page.status_code == 400
    assert f'<p class="error" id="{name}-error">Must be another.</p>' in page.body
    marks = f'aria-invalid="true" aria-describedby="{name}-error" autofocus'
    assert re.search(f'<select id="{name}"[^>]* {marks}>.*<option selected>{text}</option>', page.body)
    assert page.body.count(" selected>") == 2
    assert "Nothing is shown" in page.body
    assert "orders.csv" not in page.body


def test_year_without_entries_is_shown_as_chosen() -> None:
    """Before there were any, it is no mistake."""
    api = FakeApi()
    api.hold("/orders", [])
    page = list_orders(visit(api, year="2024"))

    assert page.status_code == 200
    assert "<option selected>2024</option>" in page.body
    assert "Nothing of this kind" in page.body
