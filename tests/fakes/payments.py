"""Payment providers, the outgoing bus and the member directory in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from botmeter.domain.errors import PaymentRefused, StoreUnavailable
from botmeter.domain.orders import Order, OrderStatus, Payment, PaymentMethod
from botmeter.domain.outgoing import OutgoingEvent
from botmeter.ports.payments import PaymentNotice
from tests.fakes.billing import Step, take_step


@dataclass
class FakeProvider:
    """Payments by order, each begun once. `declines` refuses new ones, `is_down` answers nothing at all.

    `charged` are the reloads with the earlier payment that paid them, `started` the orders as often as a
    payment was begun or shown again. Before it answers, a call does the first of `afterwards` and drops it.
    """

    method: PaymentMethod
    declines: str = ""
    is_down: bool = False
    payments: dict[str, Payment] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    charged: dict[str, str] = field(default_factory=dict)
    afterwards: list[Step] = field(default_factory=list)

    def start(self, order: Order) -> Payment:
        self._answer()
        self.started.append(order.order_id)
        known = self.payments.get(order.order_id)
        if known is None and self.declines:
            raise PaymentRefused(self.declines)
        payment = self.payments.setdefault(order.order_id, _begun(order))
        take_step(self.afterwards)
        return replace(payment, instructions={"pay_with": payment.reference})

    def reload(self, order: Order, earlier_reference: str) -> Payment:
        self._answer()
        if order.order_id not in self.payments and (self.declines or not earlier_reference):
            raise PaymentRefused(self.declines or "no card")
        self.charged.setdefault(order.order_id, earlier_reference)
        payment = self.payments.setdefault(order.order_id, replace(_begun(order), status=OrderStatus.PAID))
        take_step(self.afterwards)
        return payment

    def cancel(self, order: Order) -> Payment:
        self._answer()
        known = self.payments.get(order.order_id, _begun(order))
        if known.status is OrderStatus.PENDING:
            known = replace(known, status=OrderStatus.FAILED, failure="cancelled")
        self.payments[order.order_id] = known
        take_step(self.afterwards)
        return known

    def look_up(self, order: Order) -> Payment:
        self._answer()
        return self.payments.get(order.order_id, Payment("", OrderStatus.PENDING))

    def pay(self, order_id: str) -> Payment:
        """The payer pays."""
        self.payments[order_id] = replace(self.payments[order_id], status=OrderStatus.PAID)
        return self.payments[order_id]

    def _answer(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the provider does not answer")


def notice(order: Order, status: OrderStatus = OrderStatus.PAID, failure: str = "") -> PaymentNotice:
    """What the webhook of the provider tells of an order."""
    return PaymentNotice(
        order.account_id, order.order_id, replace(_begun(order), status=status, failure=failure)
    )


def _begun(order: Order) -> Payment:
    """A payment that waits for its payer."""
    return Payment(f"pay-{order.order_id}", OrderStatus.PENDING)


@dataclass
class FakePublisher:
    """Keeps what was sent; does not take events of the types in `refuses`. `afterwards` as a provider."""

    published: list[OutgoingEvent] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    afterwards: list[Step] = field(default_factory=list)

    def publish(self, events: Sequence[OutgoingEvent]) -> list[OutgoingEvent]:
        arrived = [event for event in events if event.type not in self.refuses]
        self.published += arrived
        take_step(self.afterwards)
        return arrived


@dataclass
class FakeMembers:
    """Accounts by user."""

    accounts: dict[str, str]

    def account_of(self, user_id: str) -> str | None:
        return self.accounts.get(user_id)
