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
    whole). `prepaid` lines are settled from the bot's balance. `rule` is the metering rule of sessions. A
    line that takes back what nobody had to pay (it is credited, or its invoice void) has no price:
    `forgiven_minor` is what its amount would have been.
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
    forgiven_minor: int = 0

    @property
    def worth_minor(self) -> int:
        """What it charges, or takes back, whether or not anybody has to pay it."""
        return self.amount_minor + self.forgiven_minor


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
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """`amount_minor` that is not to be paid any more.

    It was taken from a bot's balance, asked for by an order, or left in the customer's favour by an earlier
    invoice: `reference` is the bot, the order or that invoice. Negative where too much was applied before.
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
    `reason` says why it is void. `paid_minor` was paid under `payment_reference`, `refunded_minor` of what it
    left in the customer's favour was paid out under `refund_reference`. `mailed_to` is who was sent it
    (`mail_begun_at` without it: perhaps). `is_electronic` if its documents have an electronic form.
    `revision` counts the changes of all of this.
    """

    invoice: Invoice
    document_key: str
    document_sha256: str | None = None
    status: InvoiceStatus = InvoiceStatus.ISSUED
    status_at: datetime | None = None
    reason: str = ""
    paid_minor: int = 0
    payment_reference: str = ""
    refunded_minor: int = 0
    refund_reference: str = ""
    is_electronic: bool = False
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

    @property
    def credit_minor(self) -> int:
        """What it leaves in the customer's favour: for later invoices to take off, or to be paid out."""
        if self.status is InvoiceStatus.VOID:
            return 0
        given = self.paid_minor + self.credited_minor - self.invoice.due_minor
        return max(0, given) - self.refunded_minor

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
            paid_minor=self.open_minor,
            payment_reference=reference,
            revision=self.revision + 1,
        )

    def refunded(self, amount_minor: int, reference: str) -> "IssuedInvoice":
        """The same, with what was in the customer's favour paid out; raises `Conflict` if nothing was."""
        if self.refund_reference == reference:
            return self
        if amount_minor <= 0:
            raise Conflict(f"invoice {self.invoice.number} has left nothing to pay out")
        return replace(
            self,
            refunded_minor=self.refunded_minor + amount_minor,
            refund_reference=reference,
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
