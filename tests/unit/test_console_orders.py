"""Orders & Invoices in the console: the table, an order and the way to pay it, over an API in memory."""

import re
from typing import Any

import pytest
from chalice.app import Response

from api.console.offers import NotOffered
from api.console.pages.orders import cancel_order, list_orders, show_order
from api.console.visit import Visit
from tests.fakes import actions
from tests.fakes.actions import admin_visit
from tests.fakes.console import FakeApi, refusal

ACCOUNT = {**actions.ACCOUNT, "first_period": "2025-03"}
MONEY = {"amount": 4_980, "currency": "EUR"}
POSSIBLE = {"is_possible": True, "is_permitted": True, "reason": None}
TRANSFER = {"account_holder": "Botmeter GmbH", "iban": "DE89", "bic": "COBA", "reference": "ord-1"}
STAYS = "The plan stays. €49.80, and tax, come with the next invoice."
STAYED = "The plan stays. €49.80, and tax, come with the first invoice after 5 Oct 2026."
NO_FUNDS = "No funds are added, and nothing is to be paid."
NONE = "\N{EN DASH}"
PLAN = {"kind": "plan_change"}
CANCELLED = {"status": "failed", "failure": "cancelled", "is_cancelled": True}
CARD = {"payment_method": "card"}


def visit(api: FakeApi, **query: str) -> Visit:
    """An admin looks at the history."""
    api.answers["GET /account"] = lambda: (200, ACCOUNT)
    return admin_visit(api, "orders", query=query)


def order(**changed: Any) -> dict[str, Any]:
    """An order that waits for a bank transfer, of funds unless told otherwise."""
    usual = {"order_id": "ord-1", "kind": "funds", "bot_id": "bot_a", "amount": MONEY, "status": "pending"}
    more = {"payment_method": "bank_transfer", "is_reload": False, "failure": "", "is_cancelled": False}
    times = {"ordered_at": "2026-10-05T09:00:00Z", "ordered_by": "u-1", "settled_at": "2026-10-05T10:00:00Z"}
    return {**usual, **more, **times, "receipt": None, **changed}


def shown(order: dict[str, Any], can: dict[str, Any] = POSSIBLE) -> dict[str, Any]:
    """The same as the API shows it to whoever can do to it what `can` says."""
    return {**order, "operations": {"pay_order": can, "cancel_order": can}}


def entry(**changed: Any) -> dict[str, Any]:
    """An order in the history."""
    usual = {"number": "ord-1", "type": "order", "kind": "funds", "bot_id": "bot_a", "total": MONEY}
    more = {"billing_date": "2026-10-05T09:00:00Z", "payment_method": "bank_transfer", "status": "failed"}
    return {**usual, **more, "is_cancelled": False, "invoice": None, **changed}


def page_of(order: dict[str, Any], can: dict[str, Any] = POSSIBLE, payment: Any = None) -> str:
    """The page of an order whose payer is told `payment`."""
    placed = {"order": order, "payment": payment or {"instructions": TRANSFER}}
    answers = {"GET /orders/ord-1": lambda: (200, shown(order, can))}
    api = FakeApi({**answers, "POST /orders/ord-1/payment": lambda: (200, placed)})
    body: str = show_order(admin_visit(api, "orders/ord-1"), "ord-1").body
    return body


def cancelled(order: dict[str, Any], form: dict[str, str] | None = None, **more: Any) -> Response:
    """The page for cancelling an order, or what comes of its button."""
    answers = {"GET /orders/ord-1": lambda: (200, shown(order, **more))}
    api = FakeApi({**answers, "DELETE /orders/ord-1": lambda: (200, {**order, "status": "failed"})})
    return cancel_order(admin_visit(api, "orders/ord-1/cancel", form), "ord-1")


# ------------------------------------------------------------------------------------- the table


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


@pytest.mark.parametrize(
    ("changed", "status", "invoice"),
    [
        ({}, "Failed", NONE),
        ({"invoice": "INV-1"}, "Failed", NONE),
        ({"is_cancelled": True}, "Cancelled", NONE),
        (PLAN, "Failed", "with the next invoice"),
        ({**PLAN, "is_cancelled": True}, "Cancelled", "with the next invoice"),
        ({"status": "pending"}, "Pending payment", "with the next invoice"),
        ({"status": "paid", "invoice": "INV-1"}, "Paid", "Download"),
    ],
)
def test_order_says_how_it_ended_and_which_invoice_has_it(
    changed: dict[str, Any], status: str, invoice: str
) -> None:
    """Who cancelled it did not fail; what nobody paid for funds is on no invoice, a plan's fee is."""
    api = FakeApi()
    api.hold("/orders", [entry(**changed)])
    page = list_orders(visit(api))

    assert re.search(f'<span class="badge [a-z]*">{status}</span>', page.body)
    assert re.search(f'data-label="Invoice"><span><[^>]*>{invoice}</', page.body)


def test_those_that_were_cancelled_are_found_with_those_that_failed() -> None:
    """The API has one word for both; the choice names them."""
    api = FakeApi()
    api.hold("/orders", [])

    assert '<option value="failed">Failed or cancelled</option>' in list_orders(visit(api)).body


# ------------------------------------------------------------------------------------- one order


@pytest.mark.parametrize(
    ("changed", "badge", "outcome"),
    [
        ({}, "Pending payment", "The funds count as soon as they are paid."),
        (
            PLAN,
            "Pending payment",
            "The plan has changed already. If nobody pays, €49.80, and tax, come with the next",
        ),
        ({"status": "paid"}, "Paid", "The funds are added to the balance."),
        ({**PLAN, "status": "paid"}, "Paid", "The fee is paid. The tax on it comes with the invoice."),
        ({"status": "failed", "failure": "declined"}, "Failed", NO_FUNDS),
        ({**PLAN, "status": "failed", "failure": "declined"}, "Failed", STAYED),
        (CANCELLED, "Cancelled", NO_FUNDS),
        ({**PLAN, **CANCELLED}, "Cancelled", STAYED),
    ],
)
def test_order_says_what_becomes_of_it(changed: dict[str, Any], badge: str, outcome: str) -> None:
    """Of funds and of a change of plan, which does not wait for its fee."""
    page = page_of(order(**changed))

    assert re.search(f'<h1>.*<span class="badge [a-z]*">{badge}</span></h1>', page)
    assert f'<p class="message">{outcome}' in page
    assert ("<dt>Failed</dt><dd>declined</dd>" in page) == (badge == "Failed")
    assert ("<dt>Cancelled</dt>" in page) == (badge == "Cancelled")
    assert "It counts" not in page


@pytest.mark.parametrize("bic", ["COBA", ""])
def test_order_that_waits_says_how_to_pay_it(bic: str) -> None:
    """To whom, and under which reference; not every bank account has a BIC."""
    page = page_of(order(), payment={"instructions": {**TRANSFER, "bic": bic}})

    for text in ("Transfer €49.80", "<dd>Botmeter GmbH</dd>", "DE89", "<strong>ord-1</strong>"):
        assert text in page
    assert ("<dt>BIC</dt>" in page) == bool(bic)
    assert "Cancel the order" in page


def test_who_only_reads_an_order_is_told_who_pays_it() -> None:
    """Nothing is begun, and nothing is offered."""
    no = {"is_possible": False, "is_permitted": False, "reason": "an order is paid by the owner"}
    page = page_of(order(), no)

    assert "<p>An order is paid by the owner.</p>" in page
    assert "Cancel the order" not in page
    assert "IBAN" not in page


def test_provider_that_does_not_answer_hides_nothing_else() -> None:
    """The order is shown, and can be cancelled."""
    answers = {"GET /orders/ord-1": lambda: (200, shown(order()))}
    api = FakeApi({**answers, "POST /orders/ord-1/payment": lambda: refusal(503, "Stripe is down")})
    page = show_order(admin_visit(api, "orders/ord-1"), "ord-1").body

    assert "How to pay it cannot be told now: Stripe is down." in page
    assert "Cancel the order" in page


def test_reload_pays_itself() -> None:
    """There is nothing to pay by hand."""
    api = FakeApi({"GET /orders/ord-1": lambda: (200, shown(order(is_reload=True)))})
    api.answers["POST /orders/ord-1/payment"] = lambda: (
        200,
        {"order": order(is_reload=True), "payment": None},
    )

    assert "The payment is under way." in show_order(admin_visit(api, "orders/ord-1"), "ord-1").body


# ------------------------------------------------------------------------------------ cancelling


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, [NO_FUNDS, "Funds of bot_a", "it would not be credited by itself"]),
        (PLAN, [STAYS, "Change of plan of bot_a"]),
        ({**PLAN, **CARD}, [STAYS, "If the card has been charged meanwhile, the order counts as paid."]),
        ({**CARD, "is_reload": True}, [NO_FUNDS, "<dt>Auto-reload</dt><dd>is switched off with it</dd>"]),
    ],
)
def test_review_says_what_cancelling_leads_to(changed: dict[str, Any], says: list[str]) -> None:
    """The plan stays, with its fee; a transfer that was sent is not credited, a card's charge counts."""
    page = cancelled(order(**changed)).body

    for text in says:
        assert text in page
    assert "costs nothing" not in page


@pytest.mark.parametrize("changed", [{}, PLAN])
def test_cancelled_order_leads_to_its_page(changed: dict[str, Any]) -> None:
    """Which says what becomes of it: nothing is said that is wrong for a plan."""
    page = cancelled(order(**changed), {"key": "k"})

    assert page.headers["Location"] == "../../orders/ord-1?done=cancelled"


def test_order_that_cannot_be_cancelled_is_not_asked_about() -> None:
    """The page says why not; a second click is answered by the API."""
    no = {"is_possible": False, "is_permitted": True, "reason": "nothing is to be paid"}
    with pytest.raises(NotOffered, match="nothing is to be paid"):
        cancelled(order(), can=no)

    assert cancelled(order(), {"key": "k"}, can=no).status_code == 303
