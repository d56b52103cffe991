"""What placing an order, its payment, and the failure of it do to a bot. Operations over drafts."""

from dataclasses import replace
from datetime import datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import Draft
from botmeter.domain.credits import Grant, GrantKind
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.identifiers import derived_id
from botmeter.domain.money import minor_to_micros
from botmeter.domain.orders import Order, OrderKind, OrderStatus, PaymentMethod, takes_no_funds
from botmeter.domain.outgoing import OutgoingType


def funds_refusal(bot: Bot, now: datetime) -> Refused | None:
    """Why no funds can be ordered for `bot` at `now`, whatever the amount; None if they can."""
    refusal = takes_no_funds(bot.plan_at(now))
    if refusal is None and bot.open_orders:
        return Refused("order", f"the payment of {bot.open_orders[0]} is still open")
    return refusal


def place(draft: Draft, order: Order) -> None:
    """Order something; the bot waits for its payment."""
    # Whoever orders by hand has seen that a payment failed; a reload has not.
    failed = draft.bot.failed_order if order.is_reload else ""
    open_orders = (*draft.bot.open_orders, order.order_id)
    draft.bot = replace(draft.bot, open_orders=open_orders, failed_order=failed)
    draft.placed.append(order)
    draft.note(f"order.{order.kind}", {}, _facts(order))
    draft.announce(OutgoingType.PAYMENT_PENDING, order.order_id, _facts(order))


def pay(draft: Draft, order: Order) -> None:
    """Take note that an order is paid: funds become credit, a card may be charged again."""
    _close(draft, order.paid(draft.now), OutgoingType.PAYMENT_SUCCEEDED)
    if order.kind is OrderKind.FUNDS:
        amount = order.amount_micros
        draft.credit(Grant(order.order_id, GrantKind.PAID, amount, amount, draft.now))
    if order.payment_method is PaymentMethod.CARD:
        draft.bot = replace(draft.bot, card_reference=order.reference)


def fail(draft: Draft, order: Order, reason: str) -> None:
    """Take note that an order will not be paid. A reload that fails is not tried again by itself."""
    failed = order.failed(reason, draft.now)
    _close(draft, failed, OutgoingType.PAYMENT_FAILED)
    if not failed.is_cancelled:
        draft.bot = replace(draft.bot, failed_order=order.order_id)
    if order.is_reload:
        draft.note("auto_reload.changed", {"amount": str(order.money)}, {})
        draft.bot = replace(draft.bot, auto_reload=None)


def reload(draft: Draft) -> None:
    """Order funds if so little is left that the bot's owner wanted it, and no payment is under way."""
    bot, wanted = draft.bot, draft.bot.auto_reload
    phase = draft.funds.phase
    if wanted is None or bot.open_orders or not phase.plan.takes_funds or phase.has_ended(draft.now):
        return
    # It grows with each order that is placed: one that failed does not stand in the way of the next.
    number = str(draft.state.bot.revision)
    order = Order(
        order_id=derived_id("ord", "reload", bot.account_id, bot.bot_id, number),
        account_id=bot.account_id,
        bot_id=bot.bot_id,
        kind=OrderKind.FUNDS,
        amount_minor=wanted.amount_minor,
        currency=phase.plan.currency,
        payment_method=PaymentMethod.CARD,
        ordered_at=draft.now,
        ordered_by=SYSTEM.actor_id,
        is_reload=True,
    )
    if draft.funds.spendable_micros < minor_to_micros(wanted.threshold_minor, order.currency):
        place(draft, order)


def _close(draft: Draft, order: Order, kind: OutgoingType) -> None:
    """Write an order's end down."""
    if order.order_id not in draft.bot.open_orders:
        raise Conflict(f"the order {order.order_id} is not awaiting its payment")
    left = tuple(name for name in draft.bot.open_orders if name != order.order_id)
    draft.bot = replace(draft.bot, open_orders=left)
    draft.closed.append(order)
    draft.note(f"payment.{order.status}", {"status": OrderStatus.PENDING}, _facts(order))
    draft.announce(kind, order.order_id, _facts(order))


def _facts(order: Order) -> dict[str, str]:
    """What others are told of an order."""
    facts = {
        "order_id": order.order_id,
        "kind": order.kind,
        "amount": str(order.money),
        "payment_method": order.payment_method,
        "status": order.status,
    }
    more = {"failure": order.failure, "receipt_number": order.receipt_number or ""}
    return {**facts, **{name: text for name, text in more.items() if text}}
