"""Orders and how to pay them."""

from api.schemas.funds import Order, OrderOperations, Payment, Receipt, ShownOrder
from api.views.common import instant, maybe_instant, money, possibility
from botmeter.domain import orders
from botmeter.domain.operations import Operation
from botmeter.services.show_orders import OrderView


def order(entry: orders.Order) -> Order:
    """An order."""
    return {
        "order_id": entry.order_id,
        "kind": entry.kind,
        "bot_id": entry.bot_id,
        "amount": money(entry.amount_minor, entry.currency),
        "payment_method": entry.payment_method,
        "status": entry.status,
        "ordered_at": instant(entry.ordered_at),
        "ordered_by": entry.ordered_by,
        "settled_at": maybe_instant(entry.settled_at),
        "failure": entry.failure,
        "is_cancelled": entry.is_cancelled,
        "is_reload": entry.is_reload,
        "receipt": _receipt(entry),
    }


def shown_order(view: OrderView) -> ShownOrder:
    """An order, and what the caller can do to it."""
    pay, cancel = view.operations[Operation.PAY_ORDER], view.operations[Operation.CANCEL_ORDER]
    operations: OrderOperations = {"pay_order": possibility(pay), "cancel_order": possibility(cancel)}
    return {**order(view.order), "operations": operations}


def payment(started: orders.Payment | None) -> Payment | None:
    """How to pay."""
    return None if started is None else {"instructions": {**started.instructions}}


def _receipt(entry: orders.Order) -> Receipt | None:
    """Only what is paid has one."""
    number, paid_at = entry.receipt_number, entry.settled_at
    if number is None or paid_at is None:
        return None
    return {
        "number": number,
        "paid_at": instant(paid_at),
        "amount": money(entry.amount_minor, entry.currency),
        "payment_method": entry.payment_method,
        "reference": entry.reference,
    }
