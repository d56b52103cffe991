"""Orders & Invoices: the history of an account."""

from api.schemas.orders import CreditNoteEntry, HistoryEntry, InvoiceEntry, OrderEntry
from api.views.common import instant, money
from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.history import BilledOrder, Entry
from botmeter.domain.invoices import IssuedInvoice
from botmeter.domain.orders import OrderStatus, PaymentMethod


def history_entry(entry: Entry) -> HistoryEntry:
    """An order, an invoice or a credit note in the list."""
    match entry:
        case BilledOrder():
            return order(entry)
        case IssuedInvoice():
            return invoice_summary(entry)
        case IssuedCreditNote():
            return credit_note_summary(entry)


def entry_name(entry: Entry) -> str:
    """What an entry is called: its id or number."""
    match entry:
        case BilledOrder():
            return entry.order.order_id
        case IssuedInvoice():
            return entry.invoice.number
        case IssuedCreditNote():
            return entry.note.number


def order(entry: BilledOrder) -> OrderEntry:
    """An order in the list; only one that is pending is due."""
    shown = entry.order
    return {
        "number": shown.order_id,
        "type": "order",
        "kind": shown.kind,
        "billing_date": instant(shown.ordered_at),
        "bot_id": shown.bot_id,
        "total": money(shown.amount_minor, shown.currency),
        "due": money(shown.amount_minor if shown.status is OrderStatus.PENDING else 0, shown.currency),
        "payment_method": shown.payment_method,
        "status": shown.status,
        "is_cancelled": shown.is_cancelled,
        "invoice": entry.invoice,
    }


def invoice_summary(issued: IssuedInvoice) -> InvoiceEntry:
    """An invoice in the list. Invoices are paid by bank transfer."""
    invoice = issued.invoice
    return {
        "number": invoice.number,
        "type": "invoice",
        "billing_date": instant(invoice.issued_at),
        "issued_on": invoice.issued_on.isoformat(),
        "period": invoice.period.label,
        "due_on": invoice.due_on.isoformat(),
        "net": money(invoice.net_minor, invoice.currency),
        "tax": money(invoice.tax_minor, invoice.currency),
        "total": money(invoice.total_minor, invoice.currency),
        "due": money(issued.open_minor, invoice.currency),
        "payment_method": PaymentMethod.BANK_TRANSFER,
        "status": issued.status,
    }


def credit_note_summary(issued: IssuedCreditNote) -> CreditNoteEntry:
    """A credit note in the list."""
    note, currency = issued.note, issued.note.of.invoice.currency
    return {
        "number": note.number,
        "type": "credit_note",
        "billing_date": instant(note.issued_at),
        "invoice": note.of.invoice.number,
        "issued_on": note.issued_on.isoformat(),
        "net": money(note.net_minor, currency),
        "tax": money(note.tax_minor, currency),
        "total": money(note.total_minor, currency),
        "reason": note.reason,
    }
