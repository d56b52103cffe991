"""Orders: what an account has bought besides its invoices."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PaymentMethod(StrEnum):
    """How an order was paid."""

    BANK_TRANSFER = "bank_transfer"


@dataclass(frozen=True, slots=True)
class Order:
    """Funds added to a prepaid bot, paid. `amount_minor` in minor units of `currency`."""

    order_id: str
    account_id: str
    bot_id: str
    amount_minor: int
    currency: str
    paid_at: datetime
    payment_method: PaymentMethod = PaymentMethod.BANK_TRANSFER
