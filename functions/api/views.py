"""What the API shows: domain objects as JSON. Money in minor units with its currency."""

from typing import Any

from botmeter.domain.invoices import InvoiceLine, IssuedInvoice, Party
from botmeter.domain.money import round_to_minor
from botmeter.domain.orders import Order
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.plans import PlanKind
from botmeter.services.show_bots import BotView


def money(amount_minor: int, currency: str) -> dict[str, Any]:
    """An amount."""
    return {"amount": amount_minor, "currency": currency}


def bot(view: BotView) -> dict[str, Any]:
    """A bot on Plan & Usage. Only a prepaid bot has money left; an enterprise bot shows none at all."""
    plan = view.bot.plan
    remaining = None
    if plan.kind is PlanKind.PREPAID:
        remaining = money(round_to_minor(view.balance.remaining_micros, plan.currency), plan.currency)
    return {
        "bot_id": view.bot.bot_id,
        "name": view.bot.name,
        "owner_id": view.bot.owner_id,
        "plan": {"plan_id": plan.plan_id, "version": plan.version, "name": plan.name, "kind": plan.kind},
        "status": "suspended" if view.balance_status == "exhausted" else "active",
        "balance": {
            "status": view.balance_status,
            "remaining": remaining,
            "covered_sessions": view.covered_sessions,
        },
        "usage": {
            "period": view.period.label,
            "usage_sessions": view.usage_sessions,
            "alert_sessions": view.alert_sessions,
        },
        "notices": [],
    }


def history_entry(entry: Order | IssuedInvoice) -> dict[str, Any]:
    """An order or an invoice in the list."""
    return order(entry) if isinstance(entry, Order) else invoice_summary(entry)


def order(entry: Order) -> dict[str, Any]:
    """An order of funds, paid."""
    return {
        "number": entry.order_id,
        "type": "order",
        "billing_date": to_rfc3339(to_ms(entry.paid_at)),
        "bot_id": entry.bot_id,
        "total": money(entry.amount_minor, entry.currency),
        "due": money(0, entry.currency),
        "payment_method": entry.payment_method,
        "status": "paid",
    }


def invoice_summary(issued: IssuedInvoice) -> dict[str, Any]:
    """An invoice in the list."""
    invoice = issued.invoice
    return {
        "number": invoice.number,
        "type": "invoice",
        "billing_date": to_rfc3339(to_ms(invoice.issued_at)),
        "period": invoice.period.label,
        "total": money(invoice.total_minor, invoice.currency),
        "due": money(invoice.due_minor, invoice.currency),
        "status": "due" if invoice.due_minor > 0 else "paid",
    }


def invoice(issued: IssuedInvoice) -> dict[str, Any]:
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


def _party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "lines": list(party.lines)}


def _line(line: InvoiceLine, currency: str) -> dict[str, Any]:
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
