"""Orders in the billing table. They are placed and closed together with what follows: `DynamoBilling`."""

from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, UpdateError

from botmeter.adapters.dynamo.instants import due_ms
from botmeter.adapters.dynamo.keys import ORDER_DUE, account_key, name_in
from botmeter.adapters.dynamo.models import OrderItem
from botmeter.adapters.dynamo.transactions import billing_errors
from botmeter.domain.errors import NotFound
from botmeter.domain.orders import Order, OrderedFee, OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.periods import BillingPeriod

# When the payment of an order that nobody told about is looked up for the first time.
_FIRST_LOOK = {
    PaymentMethod.CARD: timedelta(minutes=10),
    PaymentMethod.BANK_TRANSFER: timedelta(hours=1),
}


class DynamoOrders:
    """Reads orders, and notes how their payments are called."""

    @billing_errors()
    def of_account(self, account_id: str) -> list[Order]:
        """All orders of an account, newest first."""
        items = OrderItem.query(
            account_key(account_id), OrderItem.sk.startswith("ORDER#"), consistent_read=True
        )
        return sorted(map(_to_order, items), key=lambda o: (o.ordered_at, o.order_id), reverse=True)

    @billing_errors()
    def find(self, account_id: str, order_id: str) -> Order | None:
        """One order, read consistently, or None."""
        try:
            item = OrderItem.get(account_key(account_id), f"ORDER#{order_id}", consistent_read=True)
        except DoesNotExist:
            return None
        return _to_order(item)

    def order(self, account_id: str, order_id: str) -> Order:
        """One order, read consistently; raises `NotFound`."""
        found = self.find(account_id, order_id)
        if found is None:
            raise NotFound(f"there is no order {order_id}")
        return found

    @billing_errors()
    def note_reference(self, order: Order, reference: str) -> Order:
        """Note the provider's name of the payment of a pending order; returns the order as it is stored.

        Nothing is noted of an order that is not pending any more. Raises `NotFound`.
        """
        item = OrderItem(account_key(order.account_id), f"ORDER#{order.order_id}")
        is_pending = OrderItem.status == OrderStatus.PENDING.value
        try:
            item.update(actions=[OrderItem.reference.set(reference)], condition=is_pending)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return self.order(order.account_id, order.order_id)
        return _to_order(item)


def to_order_item(order: Order) -> OrderItem:
    """An order as it is stored."""
    fee, waits = order.fee, order.status is OrderStatus.PENDING
    return OrderItem(
        account_key(order.account_id),
        f"ORDER#{order.order_id}",
        bot_id=order.bot_id,
        kind=order.kind.value,
        amount_minor=order.amount_minor,
        currency=order.currency,
        payment_method=order.payment_method.value,
        ordered_at=order.ordered_at,
        ordered_by=order.ordered_by,
        status=order.status.value,
        reference=order.reference,
        fee_plan=fee.plan if fee else None,
        fee_month=fee.month.label if fee else None,
        fee_minor=fee.amount_minor if fee else None,
        is_reload=order.is_reload,
        settled_at=order.settled_at,
        failure=order.failure,
        due_shard=ORDER_DUE if waits else None,
        due_at=due_ms(_first_look(order)) if waits else None,
    )


def _first_look(order: Order) -> datetime:
    """A reload waits for nobody: its payment is begun by the first look."""
    return order.ordered_at if order.is_reload else order.ordered_at + _FIRST_LOOK[order.payment_method]


def _to_order(item: OrderItem) -> Order:
    """A stored order."""
    month = BillingPeriod.parse(item.fee_month) if item.fee_month else None
    return Order(
        order_id=name_in(item.sk),
        account_id=name_in(item.pk),
        bot_id=item.bot_id,
        kind=OrderKind(item.kind),
        amount_minor=item.amount_minor,
        currency=item.currency,
        payment_method=PaymentMethod(item.payment_method),
        ordered_at=item.ordered_at,
        ordered_by=item.ordered_by,
        status=OrderStatus(item.status),
        reference=item.reference,
        fee=OrderedFee(item.fee_plan, month, item.fee_minor) if month else None,
        is_reload=item.is_reload,
        settled_at=item.settled_at,
        failure=item.failure,
    )
