"""Invoices: snapshots that never change once they are issued, and the state that an invoice is in."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from botmeter.domain.errors import Conflict
from botmeter.domain.orders import Order
from botmeter.domain.parties import Customer, Seller
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.tax import Tax, TaxTotal, tax_totals


class LineKind(StrEnum):
    """What a line charges for.

    `PRORATION` is what is missing of, or was too much of, the fees of a month that was charged before;
    `FREE_CREDITS` is what free credits take off the price of sessions.
    """

    FEE = "fee"
    PRORATION = "proration"
    INCLUDED_USAGE = "included_usage"
    USAGE = "usage"
    INCLUDED_ALERTS = "included_alerts"
    ALERTS = "alerts"
    FREE_CREDITS = "free_credits"

    @property
    def unit(self) -> Unit | None:
        """What the line's quantity counts; None where it counts no sessions."""
        return _UNITS.get(self)

    @property
    def is_fee(self) -> bool:
        """Whether the line charges for the plan and not for its use."""
        return self in {LineKind.FEE, LineKind.PRORATION}


_UNITS = {
    LineKind.INCLUDED_USAGE: Unit.USAGE,
    LineKind.USAGE: Unit.USAGE,
    LineKind.INCLUDED_ALERTS: Unit.ALERT,
    LineKind.ALERTS: Unit.ALERT,
}


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A charge for one bot: `quantity` at `unit_price_micros`, rounded to `amount_minor`, net of tax.

    `service_period` is the period that is charged for: a fee is due in advance, sessions in arrears, and a
    line for sessions of an earlier period is an adjustment for late events. A line that takes back has a
    negative quantity; a price is never negative. A fee for a part of the period is for `days` of it (0: the
    whole). `prepaid` lines are settled from the bot's balance. `rule` is the metering rule of sessions.
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
    tax: Tax
    days: int = 0
    prepaid: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True)
class BilledTotal:
    """Sessions that an invoice bills: those of `unit` that began on `day`, on the plan version `plan`.

    Negative where an adjustment takes sessions back.
    """

    bot_id: str
    plan: str
    unit: Unit
    day: date
    sessions: int


class PaymentSource(StrEnum):
    """What has paid a part of an invoice before it was issued."""

    BALANCE = "balance"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """`amount_minor` that is not to be paid any more: taken from a bot's balance, or asked for by an order.

    `reference` is the order, or the bot. Negative where an earlier invoice applied too much.
    """

    source: PaymentSource
    reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice; a draft as long as `number` is empty. Amounts in minor units of `currency`.

    `issued_on` and `due_on` are days of the seller. `totals` are the sessions behind the lines, read at
    `usage_as_of_ms`. `orders` are those of the period, for information. `replaces` is a void invoice.
    """

    number: str
    account_id: str
    period: BillingPeriod
    currency: str
    time_zone: str
    issued_at: datetime
    issued_on: date
    due_on: date
    seller: Seller
    customer: Customer
    lines: tuple[InvoiceLine, ...]
    applied: tuple[AppliedPayment, ...] = ()
    totals: tuple[BilledTotal, ...] = ()
    orders: tuple[Order, ...] = ()
    usage_as_of_ms: int = 0
    replaces: str = ""

    @property
    def net_minor(self) -> int:
        """Sum of all lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def taxes(self) -> tuple[TaxTotal, ...]:
        """Net and tax by category and rate."""
        return tax_totals(self.lines)

    @property
    def tax_minor(self) -> int:
        """Sum of the taxes."""
        return sum(total.tax_minor for total in self.taxes)

    @property
    def total_minor(self) -> int:
        """Net and tax."""
        return self.net_minor + self.tax_minor

    @property
    def applied_minor(self) -> int:
        """What balances and orders have paid before."""
        return sum(payment.amount_minor for payment in self.applied)

    @property
    def due_minor(self) -> int:
        """What is left to pay; negative is in the customer's favour."""
        return self.total_minor - self.applied_minor

    def is_adjustment(self, line: InvoiceLine) -> bool:
        """Whether `line` corrects the sessions of a period that was billed before."""
        return not line.kind.is_fee and line.service_period < self.period


class InvoiceStatus(StrEnum):
    """A draft has no number; issued is what waits for its payment; paid and void are the end."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    VOID = "void"


def document_number(prefix: str, year: int, sequence: int) -> str:
    """The number of the `sequence`-th document (1, 2, …) of a year: `INV-2026-000001`."""
    if sequence < 1:
        raise ValueError("sequence: must be 1 or more")
    return f"{prefix}-{year:04d}-{sequence:06d}"


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice and what has become of it; the snapshot stays, this does not.

    `document_sha256` is None until the documents are stored under `document_key`. `credited_minor` is what
    credit notes have taken back of its total, `credited_lines` are the numbers (1, 2, …) of those lines.
    `reason` says why it is void, `payment_reference` how it was paid, `mailed_to` who was sent it
    (`mail_begun_at` without it: perhaps). `revision` counts the changes of all of this.
    """

    invoice: Invoice
    document_key: str
    document_sha256: str | None = None
    status: InvoiceStatus = InvoiceStatus.ISSUED
    status_at: datetime | None = None
    reason: str = ""
    payment_reference: str = ""
    replaced_by: str = ""
    credited_minor: int = 0
    credited_lines: frozenset[int] = frozenset()
    mail_begun_at: datetime | None = None
    mailed_to: str = ""
    revision: int = 1

    @property
    def open_minor(self) -> int:
        """What is still to be paid."""
        if self.status is not InvoiceStatus.ISSUED:
            return 0
        return max(0, self.invoice.due_minor - self.credited_minor)

    def paid(self, reference: str, now: datetime) -> "IssuedInvoice":
        """The same, paid at `now`; raises `Conflict` for one that is void or paid otherwise."""
        if self.status is InvoiceStatus.VOID:
            raise Conflict(f"invoice {self.invoice.number} is void")
        if self.status is InvoiceStatus.PAID:
            if self.payment_reference == reference:
                return self
            raise Conflict(f"invoice {self.invoice.number} is paid already")
        return replace(
            self,
            status=InvoiceStatus.PAID,
            status_at=now,
            payment_reference=reference,
            revision=self.revision + 1,
        )

    def voided(self, reason: str, now: datetime) -> "IssuedInvoice":
        """The same, void from `now`; raises `Conflict` for one with a payment or a credit note."""
        if self.status is InvoiceStatus.VOID:
            return self
        if self.payment_reference or self.credited_lines:
            raise Conflict(
                f"invoice {self.invoice.number} has a payment or a credit note: correct it by a credit note"
            )
        return replace(
            self, status=InvoiceStatus.VOID, status_at=now, reason=reason, revision=self.revision + 1
        )
