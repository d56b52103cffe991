"""Pay orders: begin a payment, take note of its end, and find out what became of those nobody told about."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from botmeter.domain.audit import SYSTEM, Actor
from botmeter.domain.changes import Draft
from botmeter.domain.errors import Conflict, NotAvailable, PaymentRefused, Refused
from botmeter.domain.orders import CANCELLED, Order, OrderStatus, Payment, PaymentMethod
from botmeter.domain.payments import fail, pay
from botmeter.ports.billing import Agenda, OrderRepository
from botmeter.ports.payments import PaymentNotice, PaymentProvider, PaymentProviders
from botmeter.services.edit_bot import EditBot

# How long a payer may take; after that the order has failed, and a fee comes with the next invoice.
PATIENCE = {PaymentMethod.CARD: timedelta(hours=24), PaymentMethod.BANK_TRANSFER: timedelta(days=30)}
_LOOK_AGAIN = {PaymentMethod.CARD: timedelta(hours=1), PaymentMethod.BANK_TRANSFER: timedelta(days=1)}

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PayOrders:
    """Every step may be made again with the same effect: an order is paid once, and credited once."""

    edit: EditBot
    orders: OrderRepository
    agenda: Agenda
    providers: Callable[[], PaymentProviders]

    def require(self, method: PaymentMethod) -> None:
        """Raise `Refused` unless orders can be paid by `method` here."""
        offered = sorted(self.providers())
        if method not in offered:
            raise Refused("payment_method", f"must be one of {', '.join(offered)}")

    def start(self, order: Order, now: datetime) -> tuple[Order, Payment | None]:
        """Begin the payment of a pending order, or begin it again; what the payer needs comes with it.

        None when the order is closed already, or pays itself. Raises `PaymentRefused`, and then the order
        has failed.
        """
        if order.status is not OrderStatus.PENDING or order.is_reload:
            return order, None
        try:
            payment = self._provider(order.payment_method).start(order)
        except PaymentRefused as error:
            self._close(order, OrderStatus.FAILED, str(error), SYSTEM, now)
            raise
        noted = self.orders.note_reference(order, payment.reference)
        return self._settle(noted, payment, now), payment

    def take_notice(self, notice: PaymentNotice, now: datetime) -> None:
        """What a provider's webhook told; told again, it changes nothing."""
        order = self.orders.find(notice.account_id, notice.order_id)
        if order is None:
            return
        paid = notice.payment.status is OrderStatus.PAID
        is_other = order.reference not in {"", notice.payment.reference}
        if paid and (is_other or order.status is OrderStatus.FAILED):
            # Not credited: the bot may have another order since. Somebody has to give the money back.
            paid_by = notice.payment.reference
            _logger.error("order %s of %s was paid by %s in vain", order.order_id, order.account_id, paid_by)
        if is_other:
            return
        if order.status is OrderStatus.PENDING and not order.reference:
            order = self.orders.note_reference(order, notice.payment.reference)
        self._settle(order, notice.payment, now)

    def confirm(self, order: Order, actor: Actor, now: datetime) -> Order:
        """An operator saw a bank transfer arrive; raises `Refused` if the order is of another kind."""
        self._require_transfer(order)
        return self._close(order, OrderStatus.PAID, "", actor, now)

    def decline(self, order: Order, reason: str, actor: Actor, now: datetime) -> Order:
        """An operator gives a bank transfer up; raises `Refused` if the order is of another kind."""
        self._require_transfer(order)
        return self._close(order, OrderStatus.FAILED, reason, actor, now)

    def cancel(self, order: Order, actor: Actor, now: datetime, reason: str = CANCELLED) -> Order:
        """Nobody is to pay any more; if the money has moved meanwhile, the order is paid."""
        payment = self._provider(order.payment_method).cancel(order)
        status = OrderStatus.PAID if payment.status is OrderStatus.PAID else OrderStatus.FAILED
        return self._close(order, status, reason, actor, now)

    def look_up(self, order: Order, now: datetime) -> Order:
        """Find out what became of a pending order's payment; begin a reload's, end what took too long."""
        if order.status is not OrderStatus.PENDING:
            return order
        order, payment = self._ask(order)
        order = self._settle(order, payment, now)
        if order.status is OrderStatus.PENDING and self._took_too_long(order, now):
            order = self.cancel(order, SYSTEM, now, "not paid in time")
        if order.status is OrderStatus.PENDING:
            self.agenda.order_seen(order, now + _LOOK_AGAIN[order.payment_method])
        return order

    def _ask(self, order: Order) -> tuple[Order, Payment]:
        """How a payment stands, as the provider knows; a reload that was not begun is begun.

        Unless it is not wanted any more: then it is given up, if it was not charged already.
        """
        provider = self._provider(order.payment_method)
        try:
            if order.is_reload and not order.reference:
                bot = self.edit.state(order.account_id, order.bot_id).bot
                payment = (
                    provider.reload(order, bot.card_reference) if bot.auto_reload else provider.cancel(order)
                )
            else:
                payment = provider.look_up(order)
        except PaymentRefused as error:
            return order, Payment(order.reference, OrderStatus.FAILED, str(error))
        if payment.reference and not order.reference:
            order = self.orders.note_reference(order, payment.reference)
        return order, payment

    def _settle(self, order: Order, payment: Payment, now: datetime) -> Order:
        """Close an order whose payment has come to its end."""
        if payment.status is OrderStatus.PENDING or order.status is not OrderStatus.PENDING:
            return order
        return self._close(order, payment.status, payment.failure, SYSTEM, now)

    def _close(self, order: Order, status: OrderStatus, reason: str, actor: Actor, now: datetime) -> Order:
        """Write an order's end down, with the credit that it brings; raises `Conflict` for another end."""
        if order.status is OrderStatus.PENDING:
            state = self.edit.state(order.account_id, order.bot_id)
            with suppress(Conflict):
                self.edit(state, actor, now, _ending(order, status, reason))
            order = self.orders.order(order.account_id, order.order_id)
        if order.status is not status:
            raise Conflict(f"the order {order.order_id} is {order.status}, and not {status}")
        return order

    def _took_too_long(self, order: Order, now: datetime) -> bool:
        """Whether it is not to be expected any more that somebody pays."""
        return now - order.ordered_at > PATIENCE[order.payment_method]

    def _provider(self, method: PaymentMethod) -> PaymentProvider:
        """The provider of a method that was offered when the order was placed."""
        provider = self.providers().get(method)
        if provider is None:
            raise NotAvailable(f"payment by {method} is not set up")
        return provider

    def _require_transfer(self, order: Order) -> None:
        """Only of bank transfers an operator knows better than the provider."""
        if order.payment_method is not PaymentMethod.BANK_TRANSFER:
            raise Refused("order", "must be one that is paid by bank transfer")


def _ending(order: Order, status: OrderStatus, reason: str) -> Callable[[Draft], None]:
    """The operation that closes an order."""

    def operation(draft: Draft) -> None:
        if status is OrderStatus.PAID:
            pay(draft, order)
        else:
            fail(draft, order, reason)

    return operation
