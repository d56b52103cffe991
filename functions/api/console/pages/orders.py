"""Orders & Invoices: the history of the account, and one order with the way to pay it."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.cookies import new_secret
from api.console.filters import filtered
from api.console.offers import require
from api.console.order_words import has_invoice, if_sent, if_unpaid, order_status, outcome
from api.console.page import page
from api.console.policies import CARD_POLICY, POLICY
from api.console.visit import Visit
from api.console.words import CANCELLED, ORDER_KIND, PAYMENT_METHOD, PAYMENT_STATUS, Label

routes = Blueprint(__name__)

_PER_PAGE = 50
_YEAR_DIGITS = 4
# What can be chosen: the API has one word for both.
_FAILED = f"{PAYMENT_STATUS['failed'].text} or {CANCELLED.text.lower()}"
_STATUSES = {**{word: label.text for word, label in PAYMENT_STATUS.items()}, "failed": _FAILED}


@page(routes, "GET", "orders")
def list_orders(visit: Visit) -> Response:
    """The table of orders, invoices and credit notes."""
    filters = _filters(visit)
    found = filtered(visit, "/orders", filters, limit=_PER_PAGE)
    return visit.page(
        "orders.html",
        code=found.code,
        rows=[_row(entry) for entry in found.items],
        next_cursor=found.next_cursor,
        filters=filters,
        errors=found.errors,
        is_filtered=any(filters.values()),
        years=_years(visit),
        statuses=_STATUSES,
        kinds=ORDER_KIND,
        methods=PAYMENT_METHOD,
    )


@page(routes, "GET", "orders.csv")
def export_orders(visit: Visit) -> Response:
    """The same as a spreadsheet, whole."""
    return visit.spreadsheet(visit.api.text("/orders.csv", **_filters(visit)), "orders.csv")


@page(routes, "GET", "orders/{order_id}")
def show_order(visit: Visit, order_id: str) -> Response:
    """One order; while it is pending, how to pay it."""
    shown = visit.api.get(path("orders", order_id))
    order, instructions, unknown = _how_to_pay(visit, shown)
    return visit.page(
        "order.html",
        policy=CARD_POLICY if "client_secret" in instructions else POLICY,
        order=order,
        instructions=instructions,
        unknown=unknown,
        may_cancel=shown["operations"]["cancel_order"]["is_possible"],
        outcome=outcome(order, visit.formats),
        status=order_status(order),
        kind=ORDER_KIND[order["kind"]],
        method=PAYMENT_METHOD[order["payment_method"]],
    )


@page(routes, "GET", "orders/{order_id}/cancel")
def show_cancel_order(visit: Visit, order_id: str) -> Response:
    """Ask whether to cancel an order."""
    return cancel_order(visit, order_id)


@page(routes, "POST", "orders/{order_id}/cancel")
def cancel_order(visit: Visit, order_id: str) -> Response:
    """Cancel an order that is pending."""
    order, back = visit.api.get(path("orders", order_id)), f"orders/{order_id}"
    require(visit, order["operations"]["cancel_order"], back)

    def review(_: dict[str, Any]) -> Review:
        facts = [
            ("Order", order_id),
            ("Amount", visit.formats.money(order["amount"])),
            ("For", f"{ORDER_KIND[order['kind']]} of {order['bot_id']}"),
            ("If the money is under way", if_sent(order)),
        ]
        if order["is_reload"]:
            facts.append(("Auto-reload", "is switched off with it"))
        return Review(facts, if_unpaid(order, visit.formats))

    def do(deed: Deed) -> Response:
        after = visit.api.send("DELETE", path("orders", order_id), key=deed.key)
        return visit.go("orders/{}", order_id, done="cancelled" if after["status"] == "failed" else "")

    return perform(visit, Action("Cancel the order", "Cancel the order", back, review, do, is_grave=True))


def _how_to_pay(visit: Visit, shown: Any) -> tuple[Any, dict[str, str], str]:
    """An order as it stands, and what its payer needs to know, or why that cannot be told.

    The payment was begun with the order: this asks again.
    """
    can_pay = shown["operations"]["pay_order"]
    if not can_pay["is_possible"]:
        return shown, {}, can_pay["reason"]
    try:
        placed = visit.api.send("POST", path("orders", shown["order_id"], "payment"), key=new_secret())
    except ApiRefused as refused:
        return shown, {}, f"How to pay it cannot be told now: {refused.detail}."
    return placed["order"], placed["payment"]["instructions"] if placed["payment"] else {}, ""


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the table, with what a reader is told of it."""
    if entry["type"] == "order":
        return {"entry": entry, "status": order_status(entry), "has_invoice": has_invoice(entry)}
    status = PAYMENT_STATUS[entry["status"]] if "status" in entry else Label("Given back")
    return {"entry": entry, "status": status, "has_invoice": True}


def _filters(visit: Visit) -> dict[str, str]:
    """The filters of the address; the API says which are none."""
    return {name: visit.request.query.get(name, "") for name in ("year", "status")}


def _years(visit: Visit) -> list[str]:
    """The years for which there can be entries, the latest first."""
    first = int(visit.account["first_period"][:_YEAR_DIGITS]) if visit.account else visit.now.year
    last = visit.now.astimezone(visit.formats.zone).year
    return [str(year) for year in range(last, min(first, last) - 1, -1)]
