"""Payments: who moves the money. No card data ever reaches Botmeter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from botmeter.domain.orders import Order, Payment, PaymentMethod


class PaymentProvider(Protocol):
    """Takes the money for orders, each once, however often it is asked."""

    method: PaymentMethod

    def start(self, order: Order) -> Payment:
        """Begin the payment of `order`; again, the same one. Raises `PaymentRefused`, `StoreUnavailable`."""

    def reload(self, order: Order, earlier_reference: str) -> Payment:
        """Pay `order` with the means of an earlier payment, while nobody is there to confirm it.

        Raises `PaymentRefused` where the method cannot do that or the provider declines for good, and
        `StoreUnavailable`.
        """

    def cancel(self, order: Order) -> Payment:
        """Give the payment of a pending order up.

        What it says is final: failed, or paid if the money had moved before. Raises `StoreUnavailable`.
        """

    def look_up(self, order: Order) -> Payment:
        """How the payment of `order` stands now; raises `StoreUnavailable`."""


PaymentProviders = Mapping[PaymentMethod, PaymentProvider]


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """What a provider's webhook tells: the payment of an order has come to an end."""

    account_id: str
    order_id: str
    payment: Payment


class WebhookReader(Protocol):
    """Reads the webhook calls of a provider."""

    def __call__(self, body: bytes, signature: str, /) -> PaymentNotice | None:
        """What the call tells, None if it is of no concern; raises `InvalidSignature` for a forged one."""
