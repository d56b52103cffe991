"""Applied payments: what of an invoice is not to be paid any more, since something has paid it before.

All of them are differences: what is applied in all, less what the invoices that count have applied.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from botmeter.domain.billed import Billed
from botmeter.domain.invoices import AppliedPayment, InvoiceLine, IssuedInvoice, PaymentSource
from botmeter.domain.money import round_to_minor
from botmeter.domain.orders import Order, OrderStatus
from botmeter.domain.periods import BillingPeriod


def from_balances(
    lines: Iterable[InvoiceLine], billed: Iterable[Billed], owed_micros: Mapping[str, int], currency: str
) -> list[AppliedPayment]:
    """What the balances of bots have paid of `lines`, and of the lines billed before if that has changed.

    `owed_micros` is what sessions that are billed took beyond the balances of bots that no top-up will pay
    any more: it is left to the invoice.
    """
    paid: Counter[str] = Counter()
    for line in (*lines, *(one.line for invoice in billed for one in invoice.lines)):
        if line.prepaid:
            paid[line.bot_id] += line.worth_minor
    for bot_id, owed in owed_micros.items():
        paid[bot_id] -= round_to_minor(owed, currency)
    for payment in _applied(billed, PaymentSource.BALANCE):
        paid[payment.reference] -= payment.amount_minor
    return _payments(PaymentSource.BALANCE, paid)


def from_orders(
    orders: Iterable[Order], periods: Iterable[BillingPeriod], billed: Iterable[Billed]
) -> list[AppliedPayment]:
    """What orders ask for of the fees of `periods`.

    An order whose payment has failed asks for nothing: what was applied of it is to be paid after all.
    """
    applied: Counter[str] = Counter()
    for payment in _applied(billed, PaymentSource.ORDER):
        applied[payment.reference] += payment.amount_minor
    charged, changes = set(periods), Counter[str]()
    for order in orders:
        before = after = applied[order.order_id]
        if order.status is OrderStatus.FAILED:
            after = 0
        elif order.fee is not None and order.fee.month in charged:
            after = order.fee.amount_minor
        changes[order.order_id] = after - before
    return _payments(PaymentSource.ORDER, changes)


def from_credits(
    issued: Iterable[IssuedInvoice], billed: Iterable[Billed], due_minor: int
) -> list[AppliedPayment]:
    """What earlier invoices have left in the customer's favour, the oldest first, as far as `due_minor` goes.

    What was applied of a credit that is there no more, since it was paid out, is to be paid after all.
    """
    left: Counter[str] = Counter()
    for one in sorted(issued, key=lambda one: (one.invoice.issued_at, one.invoice.number)):
        left[one.invoice.number] = one.credit_minor
    for payment in _applied(billed, PaymentSource.CREDIT):
        left[payment.reference] -= payment.amount_minor
    taken: Counter[str] = Counter()
    for number, amount in left.items():
        taken[number] = min(amount, max(0, due_minor))
        due_minor -= taken[number]
    return _payments(PaymentSource.CREDIT, taken)


def credit_used(number: str, billed: Iterable[Billed]) -> int:
    """What later invoices have taken off for a credit that the invoice `number` has left."""
    used = _applied(billed, PaymentSource.CREDIT)
    return sum(payment.amount_minor for payment in used if payment.reference == number)


def _applied(billed: Iterable[Billed], source: PaymentSource) -> Iterable[AppliedPayment]:
    """What invoices have applied of a source."""
    return (one for invoice in billed for one in invoice.applied if one.source is source)


def _payments(source: PaymentSource, amounts: Mapping[str, int]) -> list[AppliedPayment]:
    """Payments of a source by reference, without those that are nothing."""
    return [AppliedPayment(source, name, amount) for name, amount in amounts.items() if amount]
