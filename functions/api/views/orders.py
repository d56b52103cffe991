"""Orders & Invoices."""

from api.schemas.orders import Invoice, InvoiceEntry, InvoiceLine, OrderEntry, Party
from api.views.common import instant, money
from botmeter.domain import invoices as domain
from botmeter.domain.orders import Order, OrderStatus


def history_entry(entry: Order | domain.IssuedInvoice) -> OrderEntry | InvoiceEntry:
    """An order or an invoice in the list."""
    return order(entry) if isinstance(entry, Order) else invoice_summary(entry)


def order(entry: Order) -> OrderEntry:
    """An order in the list; only one that is pending is due."""
    return {
        "number": entry.order_id,
        "type": "order",
        "kind": entry.kind,
        "billing_date": instant(entry.ordered_at),
        "bot_id": entry.bot_id,
        "total": money(entry.amount_minor, entry.currency),
        "due": money(entry.amount_minor if entry.status is OrderStatus.PENDING else 0, entry.currency),
        "payment_method": entry.payment_method,
        "status": entry.status,
    }


def invoice_summary(issued: domain.IssuedInvoice) -> InvoiceEntry:
    """An invoice in the list."""
    invoice = issued.invoice
    return {
        "number": invoice.number,
        "type": "invoice",
        "billing_date": instant(invoice.issued_at),
        "period": invoice.period.label,
        "total": money(invoice.total_minor, invoice.currency),
        "due": money(invoice.due_minor, invoice.currency),
        "status": "due" if invoice.due_minor > 0 else "paid",
    }


def invoice(issued: domain.IssuedInvoice) -> Invoice:
    """An invoice with everything that is printed on it."""
    snapshot = issued.invoice
    return {
        **invoice_summary(issued),
        "seller": _party(snapshot.seller),
        "customer": _party(snapshot.customer),
        "paid_from_balance": money(snapshot.paid_minor, snapshot.currency),
        "pdf_sha256": issued.pdf_sha256,
        "lines": [_line(line, snapshot.currency) for line in snapshot.lines],
    }


def _party(party: domain.Party) -> Party:
    return {"name": party.name, "lines": list(party.lines)}


def _line(line: domain.InvoiceLine, currency: str) -> InvoiceLine:
    return {
        "bot_id": line.bot_id,
        "bot_name": line.bot_name,
        "kind": line.kind,
        "plan": line.plan,
        "plan_name": line.plan_name,
        "service_period": line.service_period.label,
        "quantity": line.quantity,
        "unit_price_micros": line.unit_price_micros,
        "amount": money(line.amount_minor, currency),
        "prepaid": line.prepaid,
    }
