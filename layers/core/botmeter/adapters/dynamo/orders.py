"""Orders in the billing table."""

from botmeter.adapters.dynamo.keys import bot_key
from botmeter.adapters.dynamo.models import BalanceItem, LedgerItem, OrderItem
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.errors import Conflict
from botmeter.domain.money import minor_to_micros
from botmeter.domain.orders import Order, PaymentMethod
from botmeter.domain.periods import to_ms


class DynamoOrders:
    """Orders, each with its credit in the same transaction."""

    @billing_errors()
    def of_account(self, account_id: str) -> list[Order]:
        """All orders of an account, newest first."""
        items = OrderItem.query(f"ACCOUNT#{account_id}", OrderItem.sk.startswith("ORDER#"))
        return sorted((_to_order(account_id, i) for i in items), key=lambda o: o.paid_at, reverse=True)

    def complete(self, order: Order) -> bool:
        """Store a paid order and credit its bot, once for its id; False if that was done before."""
        try:
            self._complete(order)
        except Conflict:
            if not self._exists(order):
                raise
            return False
        return True

    @billing_errors()
    def _exists(self, order: Order) -> bool:
        """Whether the order is stored."""
        key = OrderItem.sk == f"ORDER#{order.order_id}"
        return OrderItem.count(f"ACCOUNT#{order.account_id}", key, consistent_read=True) > 0

    def _complete(self, order: Order) -> None:
        """Order, balance and ledger in one transaction."""
        bot = bot_key("BOT", order.account_id, order.bot_id)
        credit_micros = minor_to_micros(order.amount_minor, order.currency)
        with transaction() as writes:
            writes.save(_to_item(order), condition=OrderItem.pk.does_not_exist())
            writes.update(
                BalanceItem(bot, "BALANCE"),
                actions=[
                    BalanceItem.remaining_micros.add(credit_micros),
                    BalanceItem.credited_micros.add(credit_micros),
                ],
            )
            writes.save(
                LedgerItem(
                    bot,
                    f"LEDGER#{to_ms(order.paid_at):013d}-{order.order_id}",
                    amount_micros=credit_micros,
                    at_ms=to_ms(order.paid_at),
                    reason="order",
                ),
                condition=LedgerItem.pk.does_not_exist(),
            )


def _to_item(order: Order) -> OrderItem:
    return OrderItem(
        f"ACCOUNT#{order.account_id}",
        f"ORDER#{order.order_id}",
        order_id=order.order_id,
        bot_id=order.bot_id,
        amount_minor=order.amount_minor,
        currency=order.currency,
        paid_at=order.paid_at,
        payment_method=order.payment_method.value,
    )


def _to_order(account_id: str, item: OrderItem) -> Order:
    return Order(
        order_id=item.order_id,
        account_id=account_id,
        bot_id=item.bot_id,
        amount_minor=int(item.amount_minor),
        currency=item.currency,
        paid_at=item.paid_at,
        payment_method=PaymentMethod(item.payment_method),
    )
