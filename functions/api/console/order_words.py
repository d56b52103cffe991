"""What pages say of an order: how it stands, and what becomes of the bot's plan or balance by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.console.words import CANCELLED, PAYMENT_STATUS, Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.console.formats import Formats


def order_status(order: Mapping[str, Any]) -> Label:
    """How an order stands. One that a member cancelled has not failed in a reader's words."""
    return CANCELLED if order["is_cancelled"] else PAYMENT_STATUS[order["status"]]


def if_unpaid(order: Mapping[str, Any], formats: Formats, invoice: str = "the next invoice") -> str:
    """What an order leads to that nobody pays. The plan does not wait for its fee to be paid."""
    if order["kind"] == "funds":
        return "No funds are added, and nothing is to be paid."
    return f"The plan stays. {formats.money(order['amount'])}, and tax, come with {invoice}."


def if_paid(order: Mapping[str, Any]) -> str:
    """What an order leads to that is paid."""
    if order["kind"] == "funds":
        return "The funds are added to the balance."
    return "The fee is paid. The tax on it comes with the invoice."


def outcome(order: Mapping[str, Any], formats: Formats) -> str:
    """What becomes of an order, as it stands now. Its page may be looked at long after its end."""
    if order["status"] == "paid":
        return if_paid(order)
    if order["status"] == "failed":
        return if_unpaid(order, formats, f"the first invoice after {formats.date_of(order['settled_at'])}")
    if order["kind"] == "funds":
        return "The funds count as soon as they are paid."
    amount = formats.money(order["amount"])
    return f"The plan has changed already. If nobody pays, {amount}, and tax, come with the next invoice."


def if_sent(order: Mapping[str, Any]) -> str:
    """What happens to money that is under way while an order is cancelled."""
    if order["payment_method"] == "card":
        return "If the card has been charged meanwhile, the order counts as paid."
    return "Do not cancel it if the transfer has been sent: it would not be credited by itself."


def has_invoice(order: Mapping[str, Any]) -> bool:
    """Whether some invoice tells of an order: of funds that were not paid none has anything to say."""
    return not (order["kind"] == "funds" and order["status"] == "failed")
