"""Orders and how to pay them."""

from typing import Annotated

from annotated_types import Ge

from api.schemas.common import BotId, Currency, Instant, Money, OrderId, Possibility
from api.schemas.typed import TypedDict
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod


class Amount(TypedDict):
    """An amount of money to pay."""

    amount: Annotated[int, Ge(0)]
    """In minor units of the currency: cents, or whole yen."""
    currency: Currency


class AddFunds(TypedDict):
    """Funds to add to a prepaid bot."""

    amount: Amount
    payment_method: PaymentMethod


class AutoReload(TypedDict):
    """Add an amount by card as soon as less than the threshold is left."""

    threshold: Amount
    amount: Amount


class Receipt(TypedDict):
    """That an order is paid."""

    number: str
    paid_at: Instant
    amount: Money
    payment_method: PaymentMethod
    reference: str
    """The payment's name with the bank or the card's provider."""


class Order(TypedDict):
    """Something bought for a bot."""

    order_id: OrderId
    kind: OrderKind
    bot_id: BotId
    amount: Money
    payment_method: PaymentMethod
    status: OrderStatus
    ordered_at: Instant
    ordered_by: str
    settled_at: Instant | None
    """When it was paid, or failed."""
    failure: str
    """Why it failed; empty if it did not."""
    is_cancelled: bool
    """Whether a member cancelled it; its status is `failed` then, too."""
    is_reload: bool
    """Whether it was placed by auto-reload."""
    receipt: Receipt | None


class OrderOperations(TypedDict):
    """What the caller can do to an order."""

    pay_order: Possibility
    cancel_order: Possibility


class ShownOrder(Order):
    """An order, and what the caller can do to it."""

    operations: OrderOperations


class Payment(TypedDict):
    """How to pay an order."""

    instructions: dict[str, str]
    """For a bank transfer `account_holder`, `iban`, `bic` and `reference`; for a card the `client_secret` and
    the `publishable_key` for Stripe's form."""


class PlacedOrder(TypedDict):
    """An order and how to pay it."""

    order: Order
    payment: Payment | None
    """Null when the order needs no payment any more."""
