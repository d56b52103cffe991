"""Invoices: snapshots that never change once they are issued."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from botmeter.domain.periods import BillingPeriod


class LineKind(StrEnum):
    """What a line charges for; `ORDERED` takes off what an order has charged of a fee."""

    FEE = "fee"
    ORDERED = "ordered"
    INCLUDED_USAGE = "included_usage"
    USAGE = "usage"
    INCLUDED_ALERTS = "included_alerts"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A charge for one bot: `quantity` at `unit_price_micros`, rounded to `amount_minor`.

    `service_period` is the month that is charged for: a fee is due in advance, sessions in arrears.
    `prepaid` lines were already taken from the bot's balance.
    """

    bot_id: str
    bot_name: str
    kind: LineKind
    plan: str
    plan_name: str
    currency: str
    service_period: BillingPeriod
    quantity: int
    unit_price_micros: int
    amount_minor: int
    prepaid: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or customer as printed: a name and the lines below it."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued invoice. Amounts in minor units of `currency`; totals are sums of rounded lines."""

    number: str
    account_id: str
    period: BillingPeriod
    currency: str
    time_zone: str
    issued_at: datetime
    seller: Party
    customer: Party
    lines: tuple[InvoiceLine, ...]

    @property
    def total_minor(self) -> int:
        """Sum of all lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def paid_minor(self) -> int:
        """What prepaid balances have already paid."""
        return sum(line.amount_minor for line in self.lines if line.prepaid)

    @property
    def due_minor(self) -> int:
        """What is left to pay."""
        return self.total_minor - self.paid_minor


def invoice_number(sequence: int) -> str:
    """The number printed on the `sequence`-th invoice (1, 2, …): `INV-000001`."""
    if sequence < 1:
        raise ValueError("sequence: must be 1 or more")
    return f"INV-{sequence:06d}"


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice and its document: `pdf_sha256` is None until the PDF is stored under `pdf_key`."""

    invoice: Invoice
    pdf_key: str
    pdf_sha256: str | None = None
