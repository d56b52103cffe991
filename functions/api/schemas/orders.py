"""Orders & Invoices."""

from typing import Annotated, Literal

from api.schemas.common import IDENTIFIER, BotId, Instant, Money, OrderId, Period
from api.schemas.typed import Text, TypeAliasType, TypedDict
from botmeter.domain.invoices import LineKind
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod

InvoiceNumber = Annotated[str, Text(r"^INV-[0-9]{6,}$", "INV-000042")]
InvoiceName = Annotated[str, Text(IDENTIFIER, "INV-000042", "The number printed on an invoice.")]


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


class InvoiceEntry(TypedDict):
    """An invoice, in short."""

    number: InvoiceNumber
    type: Literal["invoice"]
    billing_date: Instant
    period: Period
    total: Money
    due: Money
    status: Literal["due", "paid"]


HistoryEntry = TypeAliasType("HistoryEntry", OrderEntry | InvoiceEntry)


class Party(TypedDict):
    """Seller or customer, as printed."""

    name: str
    lines: list[str]
    """Address and tax numbers."""


class InvoiceLine(TypedDict):
    """A charge for one bot."""

    bot_id: BotId
    bot_name: str
    kind: LineKind
    plan: Annotated[str, Text("^[A-Za-z0-9._:@-]{1,150}$", "standard@1", "The version of the plan.")]
    plan_name: str
    service_period: Period
    quantity: int
    unit_price_micros: int
    """In millionths of the currency: 200000 is 0.20."""
    amount: Money
    prepaid: bool
    """Whether the bot's balance has paid for it already."""


class Invoice(InvoiceEntry):
    """An invoice with everything that is printed on it."""

    seller: Party
    customer: Party
    paid_from_balance: Money
    pdf_sha256: Annotated[str, Text("^[0-9a-f]{64}$", "9f86d081884c7d65" * 4)] | None
    """Checksum of the PDF; null while it is being made."""
    lines: list[InvoiceLine]


class Download(TypedDict):
    """Where a document is."""

    url: Annotated[str, Text("^https?://", "https://bucket.s3.amazonaws.com/invoices/INV-000042.pdf")]
    """A link that lasts five minutes and needs no token."""
