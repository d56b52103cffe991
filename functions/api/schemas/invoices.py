"""Invoices and credit notes with everything that is printed on them, and what the operator does to them."""

from typing import Annotated

from annotated_types import Ge, MaxLen, MinLen

from api.schemas.common import BotId, Instant, Money, OrderId, Period
from api.schemas.operator import AccountId
from api.schemas.orders import (
    Checksum,
    CreditNoteEntry,
    Day,
    InvoiceEntry,
    InvoiceNumber,
)
from api.schemas.parties import Customer, Seller
from api.schemas.records import UsageRecord
from api.schemas.typed import NotRequired, Text, TypedDict
from botmeter.domain.invoices import InvoiceStatus, LineKind, PaymentSource
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.sessions import Unit
from botmeter.domain.tax import TaxCategory

PlanRef = Annotated[str, Text("^[A-Za-z0-9._:@-]{1,150}$", "standard@1", "The version of the plan.")]
LineNumber = Annotated[int, Ge(1)]


class Tax(TypedDict):
    """What applies to a line."""

    category: TaxCategory
    """Of UNCL 5305: S standard, Z zero, AE reverse charge, G export."""
    rate_bp: int
    """In hundredths of a percent: 1900 is 19 %."""
    country: str


class TaxTotal(Tax):
    """All that is sold under one tax."""

    net: Money
    tax: Money


class InvoiceLine(TypedDict):
    """A charge for one bot, net of tax."""

    line: LineNumber
    bot_id: BotId
    bot_name: str
    kind: LineKind
    plan: PlanRef
    plan_name: str
    service_period: Period
    is_adjustment: bool
    """Whether it corrects the sessions of a period that was billed before."""
    quantity: int
    """Negative where the line takes back."""
    days: int
    """How many days of the period a fee is for; 0 for all of them."""
    unit_price_micros: int
    """In millionths of the currency: 200000 is 0.20."""
    amount: Money
    tax: Tax
    prepaid: bool
    """Whether it is settled from the bot's balance."""
    rule: str
    """The metering rule of its sessions."""


class AppliedPayment(TypedDict):
    """What had been paid, or asked for, before the invoice."""

    source: PaymentSource
    reference: str
    """The order, the bot whose balance it was, or the invoice that left a credit."""
    amount: Money


class OrderOfPeriod(TypedDict):
    """An order of the period, as it stood when the invoice was issued."""

    order_id: OrderId
    kind: OrderKind
    bot_id: BotId
    ordered_at: Instant
    amount: Money
    payment_method: PaymentMethod
    status: OrderStatus


class BilledTotals(TypedDict):
    """Sessions that the lines bill, day by day."""

    bot_id: BotId
    plan: PlanRef
    unit: Unit
    first_day: Day
    sessions: list[int]
    """Of the first day and of each day after it; negative where sessions are taken back."""


class InvoiceContent(TypedDict):
    """What is printed on an invoice."""

    status: InvoiceStatus
    """A draft has no number yet."""
    account_id: AccountId
    period: Period
    time_zone: str
    issued_on: Day
    due_on: Day
    seller: Seller
    customer: Customer
    lines: list[InvoiceLine]
    net: Money
    taxes: list[TaxTotal]
    tax: Money
    total: Money
    applied: list[AppliedPayment]
    amount_due: Money
    """What was to pay when it was issued; negative in the customer's favour."""
    orders: list[OrderOfPeriod]
    totals: list[BilledTotals]
    replaces: InvoiceNumber | None
    """The void invoice whose place it takes."""


class Invoice(InvoiceEntry, InvoiceContent):
    """An invoice with everything that is printed on it, and what has become of it."""

    credited: Money
    """What credit notes have taken back."""
    credited_lines: list[LineNumber]
    replaced_by: InvoiceNumber | None
    reason: str
    """Why it is void."""
    payment_reference: str
    in_favour: Money
    """What it left in the customer's favour; later invoices take it off, unless it was paid out."""
    refund_reference: str
    mail_begun_at: Instant | None
    """When it was mailed; without `mailed_to`, perhaps it was."""
    mailed_to: str
    is_electronic: bool
    """Whether it can be downloaded as UBL."""
    pdf_sha256: Checksum | None
    """Checksum of the PDF; null while it is being made."""


class CreditNote(CreditNoteEntry):
    """A credit note with everything that is printed on it. Amounts are positive where it gives."""

    lines: list[InvoiceLine]
    taxes: list[TaxTotal]
    is_electronic: bool
    pdf_sha256: Checksum | None


class RecordShare(TypedDict):
    """A usage record, and what of it is on a line."""

    record: UsageRecord
    sessions: int
    """Negative where it takes sessions back."""


Reason = Annotated[str, MinLen(1), MaxLen(500)]


class ConfirmInvoicePayment(TypedDict):
    """That an invoice has been paid."""

    reference: Annotated[str, MinLen(1), MaxLen(140)]
    """What the bank's statement calls the payment."""


class VoidInvoice(TypedDict):
    """Why an invoice is void."""

    reason: Reason


class CreditInvoice(TypedDict):
    """What to take back of an invoice."""

    reason: Reason
    lines: NotRequired[Annotated[list[LineNumber], MinLen(1), MaxLen(10_000)]]
    """Numbers of lines; all that are left unless told otherwise."""


class ConfirmRefund(TypedDict):
    """That what an invoice left in the customer's favour was paid out."""

    reference: Annotated[str, MinLen(1), MaxLen(140)]
    """What the bank's statement calls the payment."""


class Regeneration(TypedDict):
    """An invoice that will be made in a moment."""

    replaces: InvoiceNumber
    """The void invoice whose place it takes."""


class ParkedBill(TypedDict):
    """A bill that waits for the operator."""

    account_id: AccountId
    period: Period
    reason: str
    needs_approval: bool
    """Whether it is only unusually high; else it could not be made."""
    net: Money | None
    """What one that is unusually high came to; null if it could not be made."""
    total: Money | None
    """The same with tax."""
    parked_at: Instant
    replaces: InvoiceNumber | None
    """The void invoice whose place it is to take."""


class ReleaseBill(TypedDict):
    """What to do with a parked bill."""

    approve: NotRequired[bool]
    """Bill it although it is unusually high."""
