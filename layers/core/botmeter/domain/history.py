"""The history of an account: what it has bought, was billed and was given back."""

from dataclasses import dataclass
from datetime import date

from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice
from botmeter.domain.orders import Order, OrderStatus
from botmeter.domain.periods import Calendar


@dataclass(frozen=True, slots=True)
class BilledOrder:
    """An order, and the number of the invoice that lists it, once there is one."""

    order: Order
    invoice: str | None


Entry = BilledOrder | IssuedInvoice | IssuedCreditNote

# How entries stand, in words; some are those of orders and of invoices. What is a draft is no entry.
ENTRY_STATUSES = tuple(
    dict.fromkeys(str(s) for s in (*OrderStatus, *InvoiceStatus) if s is not InvoiceStatus.DRAFT)
)


def billing_day(entry: Entry, calendar: Calendar) -> date:
    """The day of an entry: as it is printed, or for an order in the days of the account's `calendar`."""
    if isinstance(entry, BilledOrder):
        return calendar.day(entry.order.ordered_at)
    return entry.invoice.issued_on if isinstance(entry, IssuedInvoice) else entry.note.issued_on


def entry_status(entry: Entry) -> OrderStatus | InvoiceStatus | None:
    """How an entry stands; None for a credit note, which has no payment to wait for."""
    if isinstance(entry, BilledOrder):
        return entry.order.status
    return entry.status if isinstance(entry, IssuedInvoice) else None
