"""Orders & Invoices: the history of the account, and one order with the way to pay it."""

from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.cookies import new_secret
from api.console.filters import filtered
from api.console.page import page
from api.console.policies import CARD_POLICY, POLICY
from api.console.visit import Visit
from api.console.words import ENTRY_TYPE, ORDER_KIND, PAYMENT_METHOD, PAYMENT_STATUS

routes = Blueprint(__name__)

_PER_PAGE = 50
_YEAR_DIGITS = 4


@page(routes, "GET", "orders")
def list_orders(visit: Visit) -> Response:
    """The table of orders, invoices and credit notes."""
    filters = _filters(visit)
    found = filtered(visit, "/orders", filters, limit=_PER_PAGE)
    return visit.page(
        "orders.html",
        code=found.code,
        entries=found.items,
        next_cursor=found.next_cursor,
        filters=filters,
        errors=found.errors,
        is_filtered=any(filters.values()),
        years=_years(visit),
        statuses=PAYMENT_STATUS,
        types=ENTRY_TYPE,
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
    order = visit.api.get(path("orders", order_id))
    instructions: dict[str, str] = {}
    unknown = ""
    if order["status"] == "pending":
        try:
            order, instructions = _how_to_pay(visit, order_id)
        except ApiRefused as refused:
            unknown = f"How to pay it cannot be told now: {refused.detail}."
    return visit.page(
        "order.html",
        policy=CARD_POLICY if "client_secret" in instructions else POLICY,
        order=order,
        instructions=instructions,
        unknown=unknown,
        status=PAYMENT_STATUS[order["status"]],
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
    order = visit.api.get(path("orders", order_id))

    def review(_: dict[str, Any]) -> Review:
        facts = [
            ("Order", order_id),
            ("Amount", visit.formats.money(order["amount"])),
            ("Bot", order["bot_id"]),
        ]
        return Review(facts, "It costs nothing. If the money was sent meanwhile, the order counts as paid.")

    def do(deed: Deed) -> Response:
        after = visit.api.send("DELETE", path("orders", order_id), key=deed.key)
        return visit.go("orders/{}", order_id, done="cancelled" if after["status"] == "failed" else "")

    back = f"orders/{order_id}"
    return perform(visit, Action("Cancel the order", "Cancel the order", back, review, do, is_grave=True))


def _how_to_pay(visit: Visit, order_id: str) -> tuple[Any, dict[str, str]]:
    """An order and what its payer needs to know. The payment was begun with the order: this asks again."""
    placed = visit.api.send("POST", path("orders", order_id, "payment"), key=new_secret())
    return placed["order"], placed["payment"]["instructions"] if placed["payment"] else {}


def _filters(visit: Visit) -> dict[str, str]:
    """The filters of the address; the API says which are none."""
    return {name: visit.request.query.get(name, "") for name in ("year", "status")}


def _years(visit: Visit) -> list[str]:
    """The years for which there can be entries, the latest first."""
    first = int(visit.account["first_period"][:_YEAR_DIGITS]) if visit.account else visit.now.year
    last = visit.now.astimezone(visit.formats.zone).year
    return [str(year) for year in range(last, min(first, last) - 1, -1)]
