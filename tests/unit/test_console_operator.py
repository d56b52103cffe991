"""The operator's pages: accounts, payments, parked bills, over an API in memory."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from chalice.app import Response

from api.console.api_calls import ApiRefused
from api.console.pages.operator import list_invoices, list_payments, show_account
from api.console.pages.parked import list_parked, release
from api.console.pages.payments import confirm_order, decline_order
from api.console.visit import Visit
from tests.fakes.console import FakeApi, refusal
from tests.fakes.console import operator_visit as visit

OF = "/operator/accounts/acct_acme"
PARKED = "/operator/parked-bills"
RELEASED = f"POST {PARKED}/acct_acme/release"
CONFIRMED = f"POST {OF}/orders/ord_7/confirm"


@pytest.fixture
def api() -> FakeApi:
    """The API as the operator sees it, with one account."""
    names = {"account_id": "acct_acme", "name": "Acme", "seller": "acme-seller"}
    account = {**names, "currency": "EUR", "time_zone": "UTC"}
    answers: dict[str, Callable[[], tuple[int, Any]]] = {
        "GET /account": lambda: refusal(403, "no account"),
        f"GET {OF}": lambda: (200, account),
    }
    return FakeApi(answers)


def hidden(page: Response) -> dict[str, str]:
    """The hidden fields, as a browser sends them."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.body)
    return {name: unescape(value) for name, value in found}


def bill(account_id: str = "acct_acme", **changed: Any) -> dict[str, Any]:
    """A bill that waits because it is high."""
    parked_at, reason = "2026-10-05T09:00:00.000Z", "12 times the usual"
    usual = {"period": "2026-09", "parked_at": parked_at, "reason": reason, "needs_approval": True}
    amounts = {
        "net": {"amount": 1_234_500, "currency": "EUR"},
        "total": {"amount": 1_469_055, "currency": "EUR"},
    }
    return {"account_id": account_id, **usual, **amounts, "replaces": None, **changed}


def order(order_id: str, **changed: Any) -> dict[str, Any]:
    """An order that waits for a bank transfer."""
    money = {"amount": 5_000, "currency": "EUR"}
    usual = {"kind": "funds", "bot_id": "bot_a", "amount": money, "payment_method": "bank_transfer"}
    ordered = {"ordered_at": "2026-10-01T09:00:00.000Z", "ordered_by": "u-admin"}
    return {"order_id": order_id, **usual, **ordered, **changed}


def invoice(number: str) -> dict[str, Any]:
    """An invoice in a list."""
    money = {"amount": 5_000, "currency": "EUR"}
    usual = {"period": "2026-09", "issued_on": "2026-10-03", "total": money, "due": money}
    return {"number": number, "status": "issued", **usual}


# ------------------------------------------------------------------------------- parked bills


def released(api: FakeApi, form: dict[str, str] | None = None) -> Response:
    """The page for releasing the account's bill."""
    return release(visit(api, "operator/parked/acct_acme/release", form), "acct_acme")


@pytest.mark.parametrize("needs_approval", [True, False])
def test_bill_is_released_as_it_was_looked_at(api: FakeApi, needs_approval: bool) -> None:
    """Approved only if it waits for approval, once for each click."""
    api.hold(PARKED, [bill(needs_approval=needs_approval)])
    api.answers[RELEASED] = lambda: (200, {})
    form = hidden(released(api))
    page = released(api, form)

    (sent,) = api.changes
    assert json.loads(sent["body"]) == {"approve": needs_approval}
    assert sent["headers"]["Idempotency-Key"] == form["key"]
    assert page.headers["Location"] == "../../../operator/parked?done=released"


@pytest.mark.parametrize("changed", [{"parked_at": "2026-10-05T10:00:00.000Z"}, {"reason": "90 times"}])
def test_bill_that_was_parked_anew_is_not_released(api: FakeApi, changed: dict[str, str]) -> None:
    """The click changes nothing, the page says so and shows the new one; the next click releases that."""
    api.hold(PARKED, [bill()])
    form = hidden(released(api))
    api.hold(PARKED, [bill(**changed)])
    page = released(api, form)

    assert (page.status_code, api.changes) == (409, [])
    assert "This click changed nothing. The bill was parked anew meanwhile." in page.body
    assert f"<dd>{bill(**changed)['reason']}</dd>" in page.body
    api.answers[RELEASED] = lambda: (200, {})
    assert released(api, hidden(page)).status_code == 303
    assert len(api.changes) == 1


def test_bill_that_is_high_says_what_it_comes_to(api: FakeApi) -> None:
    """In the list and before it is approved: net and with tax, as of when it was parked."""
    api.hold(PARKED, [bill()])
    listed, review = list_parked(visit(api, "operator/parked")).body, released(api).body

    assert "€14,690.55 with tax" in listed
    assert "<dt>Net</dt><dd>€12,345.00</dd>" in review
    assert "<dt>With tax</dt><dd>€14,690.55</dd>" in review
    assert "although it is unusually much: €14,690.55, as of 5 Oct 2026, 09:00." in review


@pytest.mark.parametrize(
    ("needs_approval", "says"),
    [(True, "is billed although it is unusually much."), (False, "What it comes to is known then.")],
)
def test_bill_whose_amount_nobody_knows_says_so(api: FakeApi, needs_approval: bool, says: str) -> None:
    """One that could not be made, or was parked before amounts were noted."""
    api.hold(PARKED, [bill(needs_approval=needs_approval, net=None, total=None)])
    listed, review = list_parked(visit(api, "operator/parked")).body, released(api).body

    assert says in review
    assert "€" not in listed + review


def test_bill_is_found_beyond_the_first_page(api: FakeApi) -> None:
    """However many wait."""
    api.hold(PARKED, [bill("acct_a"), bill("acct_b")], [], [bill(reason="the seller is not set up")])

    assert "<dd>the seller is not set up</dd>" in released(api).body


@pytest.mark.parametrize("form", [None, {"key": "k", "seen": "2026-10-05 12 times the usual"}])
def test_bill_that_is_not_parked_is_none(api: FakeApi, form: dict[str, str] | None) -> None:
    """404, and nothing is released."""
    api.hold(PARKED, [bill("acct_a")], [bill("acct_b")])
    with pytest.raises(ApiRefused, match="no bill of acct_acme is parked") as refused:
        released(api, form)

    assert (refused.value.status, api.changes) == (404, [])


# ------------------------------------------------------------------- accounts and their payments


@pytest.mark.parametrize("has_more", [True, False])
def test_account_leads_to_more_payments_and_invoices_if_there_are(api: FakeApi, has_more: bool) -> None:
    """Its own page has the first of each."""
    api.hold(f"{OF}/bots", [])
    api.hold(f"{OF}/orders", [order("ord_1")], *([[order("ord_2")]] if has_more else []))
    api.hold(f"{OF}/invoices", [invoice("A-1")], *([[invoice("A-2")]] if has_more else []))
    page = show_account(visit(api, "operator/accounts/acct_acme"), "acct_acme")

    assert "ord_1" in page.body
    assert "A-1" in page.body
    for place in ("orders", "invoices"):
        assert (f'href="../../operator/accounts/acct_acme/{place}"' in page.body) == has_more


@pytest.mark.parametrize(
    ("list_all", "place", "pages", "names"),
    [
        (list_payments, "orders", [[order("ord_1")], [order("ord_2")]], ["ord_1", "ord_2"]),
        (list_invoices, "invoices", [[invoice("A-1")], [invoice("A-2")]], ["A-1", "A-2"]),
    ],
)
def test_payments_and_invoices_are_listed_page_by_page(
    api: FakeApi,
    list_all: Callable[[Visit, str], Response],
    place: str,
    pages: list[list[dict[str, Any]]],
    names: list[str],
) -> None:
    """The first page leads to the next, that back to the first."""
    api.hold(f"{OF}/{place}", *pages)
    at = f"operator/accounts/acct_acme/{place}"
    first, last = (list_all(visit(api, at, query=query), "acct_acme").body for query in ({}, {"cursor": "1"}))

    assert (names[0] in first, names[1] in first) == (True, False)
    assert (names[0] in last, names[1] in last) == (False, True)
    assert f'rel="next" href="../../../{at}?cursor=1"' in first
    assert "Next page" not in last
    assert f'href="../../../{at}">First page' in last


def confirmed(api: FakeApi, form: dict[str, str] | None = None) -> Response:
    """The page for confirming a payment."""
    at = "operator/accounts/acct_acme/orders/ord_7/confirm"
    return confirm_order(visit(api, at, form), "acct_acme", "ord_7")


def test_payment_is_confirmed_wherever_it_stands(api: FakeApi) -> None:
    """Also one beyond the first page of those that wait."""
    api.hold(f"{OF}/orders", [order("ord_1")], [order("ord_7", ordered_by="u-late")])
    api.answers[CONFIRMED] = lambda: (200, {})
    page = confirmed(api)

    assert "by u-late" in page.body
    assert confirmed(api, hidden(page)).status_code == 303
    assert len(api.changes) == 1


@pytest.mark.parametrize(
    ("kind", "arrives", "given_up"),
    [
        ("funds", "The funds are added to the balance.", "No funds are added, and nothing is to be paid."),
        (
            "plan_change",
            "The fee is paid. The tax on it comes with the invoice.",
            "The plan stays. €50.00, and tax, come with the next invoice.",
        ),
    ],
)
def test_operator_is_told_what_a_payment_leads_to(
    api: FakeApi, kind: str, arrives: str, given_up: str
) -> None:
    """And what it leads to that nothing comes: a plan's fee is still to be paid."""
    api.hold(f"{OF}/orders", [order("ord_7", kind=kind)])
    at, query = "operator/accounts/acct_acme/orders/ord_7/decline", {"reason": "nothing came", "review": "1"}
    review = decline_order(visit(api, at, query=query), "acct_acme", "ord_7").body

    assert arrives in confirmed(api).body
    assert given_up in review


def test_order_that_was_decided_is_still_shown(api: FakeApi) -> None:
    """What becomes of the second click the API says; an order that is none is 404."""
    asked: list[dict[str, list[str]]] = []

    def orders() -> tuple[int, Any]:
        asked.append(api.sent[-1]["multiValueQueryStringParameters"])
        return 200, {"items": [] if "status" in asked[-1] else [order("ord_7")]}

    api.answers[f"GET {OF}/orders"] = orders
    api.answers[CONFIRMED] = lambda: refusal(409, "the order is paid already")
    page = confirmed(api, {"key": "k"})
    assert "This click changed nothing. The order is paid already." in page.body
    assert asked[0] == {"limit": ["100"], "status": ["pending"]}

    api.hold(f"{OF}/orders", [order("ord_1")])
    with pytest.raises(ApiRefused, match="no order ord_7"):
        confirmed(api)
