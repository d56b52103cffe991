"""Invoices to stored snapshots and back: JSON, deflated, the same bytes for the same invoice."""

import json
import zlib
from datetime import datetime
from typing import Any

from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind, Party
from botmeter.domain.periods import BillingPeriod


def to_snapshot(invoice: Invoice) -> bytes:
    """Everything that is printed on the invoice."""
    content = {
        "number": invoice.number,
        "account_id": invoice.account_id,
        "period": invoice.period.label,
        "currency": invoice.currency,
        "time_zone": invoice.time_zone,
        "issued_at": invoice.issued_at.isoformat(),
        "seller": _from_party(invoice.seller),
        "customer": _from_party(invoice.customer),
        "lines": [_from_line(line) for line in invoice.lines],
    }
    return zlib.compress(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())


def from_snapshot(snapshot: bytes) -> Invoice:
    """The invoice as it was issued."""
    content = json.loads(zlib.decompress(snapshot))
    return Invoice(
        number=content["number"],
        account_id=content["account_id"],
        period=BillingPeriod.parse(content["period"]),
        currency=content["currency"],
        time_zone=content["time_zone"],
        issued_at=datetime.fromisoformat(content["issued_at"]),
        seller=_to_party(content["seller"]),
        customer=_to_party(content["customer"]),
        lines=tuple(_to_line(line) for line in content["lines"]),
    )


def _from_party(party: Party) -> dict[str, Any]:
    return {"name": party.name, "lines": list(party.lines)}


def _to_party(content: dict[str, Any]) -> Party:
    return Party(content["name"], tuple(content["lines"]))


def _from_line(line: InvoiceLine) -> dict[str, Any]:
    return {
        "bot_id": line.bot_id,
        "bot_name": line.bot_name,
        "kind": line.kind.value,
        "plan": line.plan,
        "plan_name": line.plan_name,
        "currency": line.currency,
        "service_period": line.service_period.label,
        "quantity": line.quantity,
        "unit_price_micros": line.unit_price_micros,
        "amount_minor": line.amount_minor,
        "prepaid": line.prepaid,
    }


def _to_line(content: dict[str, Any]) -> InvoiceLine:
    period = BillingPeriod.parse(content["service_period"])
    return InvoiceLine(**{**content, "kind": LineKind(content["kind"]), "service_period": period})
