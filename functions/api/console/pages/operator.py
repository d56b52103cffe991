"""The operator's pages: accounts and their open payments, requests for more time, parked bills."""

from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.fields import number_field, text_field
from api.console.page import page
from api.console.pages.bots import standing
from api.console.visit import Visit, redirect
from api.console.words import ORDER_KIND, PAYMENT_METHOD, PAYMENT_STATUS

routes = Blueprint(__name__)

_PER_PAGE = 50
_MAX_DAYS = 90
_MAX_REASON = 400


@page(routes, "GET", "operator/accounts")
def list_accounts(visit: Visit) -> Response:
    """All accounts."""
    found = visit.api.get("/operator/accounts", limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page("operator_accounts.html", accounts=found["items"], next_cursor=found.get("next_cursor"))


@page(routes, "GET", "operator/accounts/{account_id}")
def show_account(visit: Visit, account_id: str) -> Response:
    """One account: its bots, what waits for payment, its invoices."""
    of = path("operator", "accounts", account_id)
    bots = visit.api.get(f"{of}/bots", limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page(
        "operator_account.html",
        account=visit.api.get(of),
        rows=[{"bot": bot, **standing(visit, bot)} for bot in bots["items"]],
        next_cursor=bots.get("next_cursor"),
        orders=visit.api.get(f"{of}/orders", status="pending", limit=_PER_PAGE)["items"],
        invoices=visit.api.get(f"{of}/invoices", limit=_PER_PAGE)["items"],
        statuses=PAYMENT_STATUS,
        kinds=ORDER_KIND,
        methods=PAYMENT_METHOD,
    )


@page(routes, "GET", "operator/invoices/{number}/download")
def download_document(visit: Visit, number: str) -> Response:
    """The document of any account's invoice."""
    return redirect(visit.api.get(path("operator", "invoices", number, "download"))["url"])


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
            ("Afterwards", "the order is paid, and funds become credit"),
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

    def review(values: dict[str, Any]) -> Review:
        facts = [*_facts(visit, account_id, order), ("Reason", values["reason"])]
        return Review(facts, "The account gets nothing for it, and has nothing to pay.")

    def do(deed: Deed) -> Response:
        decline = path("operator", "accounts", account_id, "orders", order_id, "decline")
        visit.api.send("POST", decline, deed.values, key=deed.key)
        return visit.go("operator/accounts/{}", account_id, done="given-up")

    fields = [text_field("reason", "Reason", _MAX_REASON, kind="area", hint="The account's admins read it.")]
    back = f"operator/accounts/{account_id}"
    return perform(visit, Action("Give the order up", "Give it up", back, review, do, fields, is_grave=True))


@page(routes, "GET", "operator/extensions")
def list_extensions(visit: Visit) -> Response:
    """Requests that wait for a decision."""
    cursor = visit.request.query.get("cursor")
    found = visit.api.get("/operator/extension-requests", limit=_PER_PAGE, cursor=cursor)
    return visit.page(
        "operator_extensions.html", pending=found["items"], next_cursor=found.get("next_cursor")
    )


@page(routes, "GET", "operator/accounts/{account_id}/bots/{bot_id}/extensions/{request_id}/{decision}")
def show_decide(visit: Visit, account_id: str, bot_id: str, request_id: str, decision: str) -> Response:
    """The form for a decision."""
    return decide(visit, account_id, bot_id, request_id, decision)


@page(routes, "POST", "operator/accounts/{account_id}/bots/{bot_id}/extensions/{request_id}/{decision}")
def decide(visit: Visit, account_id: str, bot_id: str, request_id: str, decision: str) -> Response:
    """Approve or decline a request; `decision` is `approve` or `decline`, as the API has it."""
    if decision not in {"approve", "decline"}:
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": "There is no such decision."})
    approves = decision == "approve"
    days = visit.request.query.get("asked", "")

    def review(values: dict[str, Any]) -> Review:
        facts = [("Account", account_id), ("Bot", bot_id)]
        facts += [("Days granted", str(values["days"]))] if approves else []
        facts += [("Reason", values["reason"])] if values["reason"] else []
        cost = "The account gets the days free of charge." if approves else "The account gets no more days."
        return Review(facts, cost)

    def do(deed: Deed) -> Response:
        of = ("operator", "accounts", account_id, "bots", bot_id, "extension-requests", request_id, decision)
        body = {name: value for name, value in deed.values.items() if value is not None}
        visit.api.send("POST", path(*of), body, key=deed.key)
        return visit.go("operator/extensions", done="approved" if approves else "declined")

    reason = text_field("reason", "Reason", _MAX_REASON, kind="area", required=not approves)
    fields = [number_field("days", "Days", 1, _MAX_DAYS, value=days), reason] if approves else [reason]
    title, button = ("Approve the request", "Approve") if approves else ("Decline the request", "Decline")
    action = Action(title, button, "operator/extensions", review, do, fields, is_grave=not approves)
    return perform(visit, action)


@page(routes, "GET", "operator/parked")
def list_parked(visit: Visit) -> Response:
    """Bills that wait for a decision."""
    found = visit.api.get("/operator/parked-bills", limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page("operator_parked.html", bills=found["items"], next_cursor=found.get("next_cursor"))


@page(routes, "GET", "operator/parked/{account_id}/release")
def show_release(visit: Visit, account_id: str) -> Response:
    """Ask whether to try a bill again."""
    return release(visit, account_id)


@page(routes, "POST", "operator/parked/{account_id}/release")
def release(visit: Visit, account_id: str) -> Response:
    """Try a parked bill again, or approve one that is only unusually high."""
    bill = _parked(visit, account_id)
    high, seen = bill["needs_approval"], f"{bill['parked_at']} {bill['reason']}"

    def review(_: dict[str, Any]) -> Review:
        facts = [
            ("Account", account_id),
            ("Period", visit.formats.month(bill["period"])),
            ("Parked because", bill["reason"]),
        ]
        again = "The bill is made once more."
        return Review(facts, "The account is billed although it is unusually much." if high else again, seen)

    def do(deed: Deed) -> Response:
        if deed.seen != seen:
            # Approved is what was looked at, and nothing that was parked since.
            raise ApiRefused(HTTPStatus.CONFLICT, {"detail": "The bill was parked anew meanwhile."})
        visit.api.send(
            "POST", path("operator", "parked-bills", account_id, "release"), {"approve": high}, key=deed.key
        )
        return visit.go("operator/parked", done="released")

    title = f"{'Approve' if high else 'Try'} the bill of {account_id}"
    button = "Approve and bill" if high else "Try again"
    return perform(visit, Action(title, button, "operator/parked", review, do, is_grave=high))


def _parked(visit: Visit, account_id: str) -> Any:
    """The bill of an account that waits, on whichever page of the list it is."""
    cursor: str | None = ""
    while cursor is not None:
        found = visit.api.get("/operator/parked-bills", limit=100, cursor=cursor)
        for bill in found["items"]:
            if bill["account_id"] == account_id:
                return bill
        cursor = found.get("next_cursor")
    raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": f"no bill of {account_id} is parked"})


def _order(visit: Visit, account_id: str, order_id: str) -> Any:
    """An order of an account that waits for its payment, or was decided meanwhile."""
    of = path("operator", "accounts", account_id, "orders")
    lists = (visit.api.get(of, status=status, limit=100)["items"] for status in ("pending", None))
    found = next((o for orders in lists for o in orders if o["order_id"] == order_id), None)
    if found is None:
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": f"there is no order {order_id} among the latest"})
    return found


def _facts(visit: Visit, account_id: str, order: Any) -> list[tuple[str, str]]:
    """An order in words."""
    return [
        ("Account", account_id),
        ("Order", order["order_id"]),
        ("For", f"{ORDER_KIND[order['kind']]} of {order['bot_id']}"),
        ("Amount", visit.formats.money(order["amount"])),
        ("Ordered", f"{visit.formats.instant(order['ordered_at'])} by {order['ordered_by']}"),
    ]
