"""Invoices to stored snapshots and back: JSON, deflated, the same bytes for the same invoice."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from botmeter.domain.daily import DailySessions, day_by_day
from botmeter.domain.invoices import (
    AppliedPayment,
    BilledTotal,
    Invoice,
    InvoiceLine,
    LineKind,
    PaymentSource,
)
from botmeter.domain.orders import Order, OrderedFee, OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.parties import Address, BankAccount, Customer, CustomerKind, Seller
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.tax import Tax, TaxCategory


def to_snapshot(invoice: Invoice) -> bytes:
    """Everything that an invoice says."""
    content = {
        **{name: value for name, value in _fields(invoice).items() if name != "totals"},
        "totals": _from_totals(invoice.totals),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=_plain, separators=(",", ":"))
    return zlib.compress(text.encode(), level=9)


def from_snapshot(snapshot: bytes) -> Invoice:
    """The invoice as it was issued."""
    content = json.loads(zlib.decompress(snapshot))
    return Invoice(
        **{
            **content,
            "period": BillingPeriod.parse(content["period"]),
            "issued_at": datetime.fromisoformat(content["issued_at"]),
            "issued_on": date.fromisoformat(content["issued_on"]),
            "due_on": date.fromisoformat(content["due_on"]),
            "seller": _to_seller(content["seller"]),
            "customer": _to_customer(content["customer"]),
            "lines": tuple(map(_to_line, content["lines"])),
            "applied": tuple(_to_payment(payment) for payment in content["applied"]),
            "totals": tuple(_to_totals(content["totals"])),
            "orders": tuple(map(_to_order, content["orders"])),
        }
    )


def _fields(invoice: Invoice) -> dict[str, Any]:
    """The fields of an invoice by name, down to plain values where they are dataclasses."""
    return {
        **{name: getattr(invoice, name) for name in Invoice.__slots__},
        "seller": asdict(invoice.seller),
        "customer": asdict(invoice.customer),
        "lines": [_from_line(line) for line in invoice.lines],
        "applied": [asdict(payment) for payment in invoice.applied],
        "orders": [_from_order(order) for order in invoice.orders],
    }


def _plain(value: Any) -> str:
    """What JSON lacks, as text."""
    if isinstance(value, BillingPeriod):
        return value.label
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no stored form")


def _from_line(line: InvoiceLine) -> dict[str, Any]:
    tax = [line.tax.category.value, line.tax.rate_bp, line.tax.country]
    return {**{name: getattr(line, name) for name in InvoiceLine.__slots__}, "tax": tax}


def _to_line(content: dict[str, Any]) -> InvoiceLine:
    category, rate_bp, country = content["tax"]
    return InvoiceLine(
        **{
            **content,
            "kind": LineKind(content["kind"]),
            "service_period": BillingPeriod.parse(content["service_period"]),
            "tax": Tax(TaxCategory(category), rate_bp, country),
        }
    )


def _from_totals(totals: Iterable[BilledTotal]) -> list[list[Any]]:
    """Totals in rows: bot, plan version, unit, first day, and the sessions of each day since then."""
    return [[r.bot_id, r.plan, r.unit, r.first_day, r.counts] for r in day_by_day(totals)]


def _to_totals(rows: list[list[Any]]) -> Iterable[BilledTotal]:
    for bot_id, plan, unit, first, counts in rows:
        yield from DailySessions(bot_id, plan, Unit(unit), date.fromisoformat(first), tuple(counts)).totals()


def _to_payment(content: dict[str, Any]) -> AppliedPayment:
    return AppliedPayment(**{**content, "source": PaymentSource(content["source"])})


def _from_order(order: Order) -> dict[str, Any]:
    fee = order.fee and [order.fee.plan, order.fee.month, order.fee.amount_minor]
    return {**{name: getattr(order, name) for name in Order.__slots__}, "fee": fee}


def _to_order(content: dict[str, Any]) -> Order:
    fee, settled_at = content["fee"], content["settled_at"]
    return Order(
        **{
            **content,
            "kind": OrderKind(content["kind"]),
            "payment_method": PaymentMethod(content["payment_method"]),
            "status": OrderStatus(content["status"]),
            "ordered_at": datetime.fromisoformat(content["ordered_at"]),
            "settled_at": settled_at and datetime.fromisoformat(settled_at),
            "fee": fee and OrderedFee(fee[0], BillingPeriod.parse(fee[1]), fee[2]),
        }
    )


def _to_address(content: dict[str, Any]) -> Address:
    return Address(**{**content, "lines": tuple(content["lines"])})


def _to_customer(content: dict[str, Any]) -> Customer:
    kind = CustomerKind(content["kind"])
    return Customer(**{**content, "kind": kind, "address": _to_address(content["address"])})


def _to_seller(content: dict[str, Any]) -> Seller:
    bank = content["bank"] and BankAccount(**content["bank"])
    return Seller(**{**content, "bank": bank, "address": _to_address(content["address"])})
