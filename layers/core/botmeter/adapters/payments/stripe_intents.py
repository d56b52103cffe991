"""Stripe's PaymentIntents as payments of orders. The metadata of an intent says which order it is for."""

from collections.abc import Mapping
from typing import Any

from botmeter.domain.orders import Order, OrderStatus, Payment

# What an intent stays for ever.
SETTLED = {"succeeded": OrderStatus.PAID, "canceled": OrderStatus.FAILED}
# An intent in one of these waits for its payer, who is not there when a bot's balance is reloaded.
_WAITS_FOR_PAYER = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
# What tells an intent that was confirmed at once from one that waits for its payer.
RELOAD = {"reload": "true"}
_NOBODY_THERE = "The card's bank asks the payer to confirm this payment."


def metadata_of(order: Order) -> dict[str, str]:
    """What an intent carries, so that whoever finds it knows the order."""
    return {"account_id": order.account_id, "order_id": order.order_id, "bot_id": order.bot_id}


def payment_of(intent: Mapping[str, Any]) -> Payment:
    """How the payment stands that `intent` (Stripe's JSON) is.

    A card that was declined leaves the intent of a payer pending, with the reason, for the payer may try
    another one; the intent of a reload has failed.
    """
    state = str(intent.get("status"))
    status = SETTLED.get(state, OrderStatus.PENDING)
    if state in _WAITS_FOR_PAYER and RELOAD.items() <= metadata(intent).items():
        status = OrderStatus.FAILED
    failure = "" if status is OrderStatus.PAID else _failure(intent)
    if status is OrderStatus.FAILED:
        failure = failure or _NOBODY_THERE
    return Payment(str(intent.get("id")), status, failure)


def metadata(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata of a thing at Stripe: empty if it has none."""
    found = thing.get("metadata")
    return found if isinstance(found, dict) else {}


def _failure(intent: Mapping[str, Any]) -> str:
    """Why the payment has not been made, in Stripe's words; empty if it gave no reason."""
    if intent.get("status") == "canceled":
        reason = intent.get("cancellation_reason")
        return f"The payment was canceled ({reason})." if reason else "The payment was canceled."
    error = intent.get("last_payment_error")
    if not isinstance(error, dict):
        return ""
    return str(error.get("message") or error.get("code") or "")
