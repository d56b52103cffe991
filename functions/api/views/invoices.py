"""Invoices and credit notes with everything that is printed on them."""

from api.schemas.common import Money
from api.schemas.invoices import (
    AppliedPayment,
    BilledTotals,
    CreditNote,
    Invoice,
    InvoiceContent,
    InvoiceLine,
    OrderOfPeriod,
    ParkedBill,
    RecordShare,
    TaxTotal,
)
from api.views.common import instant, maybe_instant, money
from api.views.orders import credit_note_summary, invoice_summary
from api.views.parties import customer, seller
from api.views.records import usage_record
from botmeter.domain import invoices as domain
from botmeter.domain.credit_notes import IssuedCreditNote
from botmeter.domain.daily import DailySessions, day_by_day
from botmeter.domain.explanations import RecordShare as Share
from botmeter.domain.money import Money as Amount
from botmeter.domain.orders import Order
from botmeter.domain.tax import TaxTotal as TotalOfTax
from botmeter.ports.invoices import ParkedBill as Parked


def invoice(issued: domain.IssuedInvoice) -> Invoice:
    """An invoice, and what has become of it."""
    currency = issued.invoice.currency
    return {
        **content(issued.invoice),
        **invoice_summary(issued),
        "credited": money(issued.credited_minor, currency),
        "credited_lines": sorted(issued.credited_lines),
        "replaced_by": issued.replaced_by or None,
        "reason": issued.reason,
        "payment_reference": issued.payment_reference,
        "in_favour": money(issued.credit_minor, currency),
        "refund_reference": issued.refund_reference,
        "mail_begun_at": maybe_instant(issued.mail_begun_at),
        "mailed_to": issued.mailed_to,
        "is_electronic": issued.is_electronic,
        "pdf_sha256": issued.document_sha256,
    }


def content(shown: domain.Invoice) -> InvoiceContent:
    """What is printed on an invoice, be it a draft."""
    currency = shown.currency
    return {
        "status": domain.InvoiceStatus.ISSUED if shown.number else domain.InvoiceStatus.DRAFT,
        "account_id": shown.account_id,
        "period": shown.period.label,
        "time_zone": shown.time_zone,
        "issued_on": shown.issued_on.isoformat(),
        "due_on": shown.due_on.isoformat(),
        "seller": seller(shown.seller),
        "customer": customer(shown.customer),
        "lines": [_line(shown, number) for number in range(1, len(shown.lines) + 1)],
        "net": money(shown.net_minor, currency),
        "taxes": [_tax_total(total, currency) for total in shown.taxes],
        "tax": money(shown.tax_minor, currency),
        "total": money(shown.total_minor, currency),
        "applied": [_applied(payment, currency) for payment in shown.applied],
        "amount_due": money(shown.due_minor, currency),
        "orders": [_order(order) for order in shown.orders],
        "totals": [_totals(row) for row in day_by_day(shown.totals)],
        "replaces": shown.replaces or None,
    }


def credit_note(issued: IssuedCreditNote) -> CreditNote:
    """A credit note."""
    note, invoice = issued.note, issued.note.of.invoice
    return {
        **credit_note_summary(issued),
        "lines": [_line(invoice, number) for number in note.line_numbers],
        "taxes": [_tax_total(total, invoice.currency) for total in note.taxes],
        "is_electronic": issued.is_electronic,
        "pdf_sha256": issued.document_sha256,
    }


def record_share(share: Share) -> RecordShare:
    """A usage record behind a line."""
    return {"record": usage_record(share.record), "sessions": share.sessions}


def parked_bill(bill: Parked) -> ParkedBill:
    """A bill that waits for the operator."""
    return {
        "account_id": bill.account_id,
        "period": bill.period.label,
        "reason": bill.reason,
        "needs_approval": bill.needs_approval,
        "net": _maybe_money(bill.net),
        "total": _maybe_money(bill.total),
        "parked_at": instant(bill.parked_at),
        "replaces": bill.replaces or None,
    }


def _maybe_money(amount: Amount | None) -> Money | None:
    """An amount, if there is one."""
    return None if amount is None else money(amount.amount_minor, amount.currency)


def _line(shown: domain.Invoice, number: int) -> InvoiceLine:
    """A line by its number."""
    line = shown.lines[number - 1]
    return {
        "line": number,
        "bot_id": line.bot_id,
        "bot_name": line.bot_name,
        "kind": line.kind,
        "plan": line.plan,
        "plan_name": line.plan_name,
        "service_period": line.service_period.label,
        "is_adjustment": shown.is_adjustment(line),
        "quantity": line.quantity,
        "days": line.days,
        "unit_price_micros": line.unit_price_micros,
        "amount": money(line.amount_minor, shown.currency),
        "tax": {"category": line.tax.category, "rate_bp": line.tax.rate_bp, "country": line.tax.country},
        "prepaid": line.prepaid,
        "rule": line.rule,
    }


def _tax_total(total: TotalOfTax, currency: str) -> TaxTotal:
    """What is sold under one tax."""
    return {
        "category": total.tax.category,
        "rate_bp": total.tax.rate_bp,
        "country": total.tax.country,
        "net": money(total.net_minor, currency),
        "tax": money(total.tax_minor, currency),
    }


def _applied(payment: domain.AppliedPayment, currency: str) -> AppliedPayment:
    """What had been paid before."""
    return {
        "source": payment.source,
        "reference": payment.reference,
        "amount": money(payment.amount_minor, currency),
    }


def _order(order: Order) -> OrderOfPeriod:
    """An order of the period."""
    return {
        "order_id": order.order_id,
        "kind": order.kind,
        "bot_id": order.bot_id,
        "ordered_at": instant(order.ordered_at),
        "amount": money(order.amount_minor, order.currency),
        "payment_method": order.payment_method,
        "status": order.status,
    }


def _totals(row: DailySessions) -> BilledTotals:
    """Sessions behind the lines: one bot, plan version and unit, day by day."""
    return {
        "bot_id": row.bot_id,
        "plan": row.plan,
        "unit": row.unit,
        "first_day": row.first_day.isoformat(),
        "sessions": list(row.counts),
    }
