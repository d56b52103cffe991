"""Bank transfers: the operator confirms that one has arrived, or gives it up."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.fields import text_field
from api.console.order_words import if_paid, if_unpaid
from api.console.page import page
from api.console.visit import Visit
from api.console.words import ORDER_KIND

routes = Blueprint(__name__)

_MAX_REASON = 400
# Of those that were decided: of an older one nobody has a page open.
_LATEST = 100


@page(routes, "GET", "operator/accounts/{account_id}/orders/{order_id}/confirm")
def show_confirm_order(visit: Visit, account_id: str, order_id: str) -> Response:
    """Ask whether a bank transfer has arrived."""
    return confirm_order(visit, account_id, order_id)


@page(routes, "POST", "operator/accounts/{account_id}/orders/{order_id}/confirm")
def confirm_order(visit: Visit, account_id: str, order_id: str) -> Response:
    """Confirm that a bank transfer has arrived."""
    order = _order(visit, account_id, order_id)

    def review(_: dict[str, Any]) -> Review:
        facts = [
            *_facts(visit, account_id, order),
            ("Afterwards", if_paid(order)),
        ]
        return Review(facts, f"{visit.formats.money(order['amount'])} must be in the bank account.")

    def do(deed: Deed) -> Response:
        visit.api.send(
            "POST", path("operator", "accounts", account_id, "orders", order_id, "confirm"), key=deed.key
        )
        return visit.go("operator/accounts/{}", account_id, done="confirmed")

    back = f"operator/accounts/{account_id}"
    return perform(visit, Action("Confirm the payment", "It has arrived", back, review, do))


@page(routes, "GET", "operator/accounts/{account_id}/orders/{order_id}/decline")
def show_decline_order(visit: Visit, account_id: str, order_id: str) -> Response:
    """The form for giving a bank transfer up."""
    return decline_order(visit, account_id, order_id)


@page(routes, "POST", "operator/accounts/{account_id}/orders/{order_id}/decline")
def decline_order(visit: Visit, account_id: str, order_id: str) -> Response:
    """Give a bank transfer up."""
    order = _order(visit, account_id, order_id)
    facts = _facts(visit, account_id, order)

    def review(values: dict[str, Any]) -> Review:
        return Review([*facts, ("Reason", values["reason"])], if_unpaid(order, visit.formats))

    def do(deed: Deed) -> Response:
        decline = path("operator", "accounts", account_id, "orders", order_id, "decline")
        visit.api.send("POST", decline, deed.values, key=deed.key)
        return visit.go("operator/accounts/{}", account_id, done="given-up")

    fields = [text_field("reason", "Reason", _MAX_REASON, kind="area", hint="The account's admins read it.")]
    back = f"operator/accounts/{account_id}"
    action = Action("Give the order up", "Give it up", back, review, do, fields, facts, is_grave=True)
    return perform(visit, action)


def _order(visit: Visit, account_id: str, order_id: str) -> Any:
    """An order of an account that waits for its payment, or was decided not long ago."""
    of = path("operator", "accounts", account_id, "orders")
    waiting = _find(visit.api.items(of, status="pending"), order_id)
    found = waiting or _find(visit.api.get(of, limit=_LATEST)["items"], order_id)
    if found is None:
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": f"there is no order {order_id} among the latest"})
    return found


def _find(orders: Iterable[Any], order_id: str) -> Any:
    """The order of that id, if it is there."""
    return next((order for order in orders if order["order_id"] == order_id), None)


def _facts(visit: Visit, account_id: str, order: Any) -> list[tuple[str, str]]:
    """An order in words."""
    return [
        ("Account", account_id),
        ("Order", order["order_id"]),
        ("For", f"{ORDER_KIND[order['kind']]} of {order['bot_id']}"),
        ("Amount", visit.formats.money(order["amount"])),
        ("Ordered", f"{visit.formats.instant(order['ordered_at'])} by {order['ordered_by']}"),
    ]
