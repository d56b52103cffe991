"""Orders & Invoices: the history of an account, and links to documents."""

from typing import Annotated, Literal

from api.schemas.common import DAY, IDENTIFIER, BotId, Instant, Money, OrderId, Period
from api.schemas.typed import Text, TypeAliasType, TypedDict
from botmeter.domain.invoices import InvoiceStatus
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod

_NUMBER = r"^[A-Z0-9][A-Z0-9-]{0,11}-2[01][0-9]{2}-[0-9]{6,}$"
InvoiceNumber = Annotated[str, Text(_NUMBER, "INV-2026-000042")]
CreditNoteNumber = Annotated[str, Text(_NUMBER, "CN-2026-000007")]
InvoiceName = Annotated[str, Text(IDENTIFIER, "INV-2026-000042", "The number printed on an invoice.")]
CreditNoteName = Annotated[str, Text(IDENTIFIER, "CN-2026-000007", "The number printed on a credit note.")]
Day = Annotated[str, Text(DAY, "2026-11-04", "A day of the seller.")]
Checksum = Annotated[str, Text("^[0-9a-f]{64}$", "9f86d081884c7d65" * 4)]


class OrderEntry(TypedDict):
    """Something bought for a bot, in short."""

    number: OrderId
    type: Literal["order"]
    kind: OrderKind
    billing_date: Instant
    bot_id: BotId
    total: Money
    due: Money
    payment_method: PaymentMethod
    status: OrderStatus
    is_cancelled: bool
    """Whether a member cancelled it; its status is `failed` then, too."""
    invoice: InvoiceNumber | None
    """The invoice that lists it; null until its period is billed."""


class InvoiceEntry(TypedDict):
    """An invoice, in short."""

    number: InvoiceNumber
    type: Literal["invoice"]
    billing_date: Instant
    issued_on: Day
    period: Period
    due_on: Day
    net: Money
    tax: Money
    total: Money
    due: Money
    """What is still to be paid."""
    payment_method: PaymentMethod
    status: InvoiceStatus


class CreditNoteEntry(TypedDict):
    """A credit note, in short."""

    number: CreditNoteNumber
    type: Literal["credit_note"]
    billing_date: Instant
    invoice: InvoiceNumber
    """The invoice that it takes back, whole or in part."""
    issued_on: Day
    net: Money
    tax: Money
    total: Money
    """What it gives back."""
    reason: str


HistoryEntry = TypeAliasType("HistoryEntry", OrderEntry | InvoiceEntry | CreditNoteEntry)


class Download(TypedDict):
    """Where a document is."""

    url: Annotated[str, Text("^https?://", "https://bucket.s3.amazonaws.com/invoices/INV-2026-000042.pdf")]
    """A link that lasts five minutes and needs no token."""
