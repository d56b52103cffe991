"""Orders: what an account buys besides its invoices, and how the payment of it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from botmeter.domain.errors import Refused
from botmeter.domain.money import Money, minor_to_micros
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion

# Why an order has failed that was given up by whoever could have paid it.
CANCELLED = "cancelled"


class PaymentMethod(StrEnum):
    """How an order is paid."""

    BANK_TRANSFER = "bank_transfer"
    CARD = "card"


class OrderKind(StrEnum):
    """What is bought."""

    FUNDS = "funds"
    PLAN_CHANGE = "plan_change"


class OrderStatus(StrEnum):
    """Pending until the payment is known to be made, or not to be made any more."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OrderedFee:
    """What an order charges of a plan's fee: the difference for `month`, in minor units."""

    plan: str
    month: BillingPeriod
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Order:
    """Something bought for a bot. `amount_minor` in minor units of `currency`.

    `reference` is the payment provider's name of the payment, `fee` what a change of plan charges,
    `is_reload` tells an order that nobody placed by hand, `settled_at` when it was paid or failed.
    """

    order_id: str
    account_id: str
    bot_id: str
    kind: OrderKind
    amount_minor: int
    currency: str
    payment_method: PaymentMethod
    ordered_at: datetime
    ordered_by: str
    status: OrderStatus = OrderStatus.PENDING
    reference: str = ""
    fee: OrderedFee | None = None
    is_reload: bool = False
    settled_at: datetime | None = None
    failure: str = ""

    @property
    def amount_micros(self) -> int:
        """The amount in micro-units."""
        return minor_to_micros(self.amount_minor, self.currency)

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount_minor, self.currency)

    @property
    def is_cancelled(self) -> bool:
        """Whether a member of the account gave the order up: then no payment of it has failed."""
        return self.status is OrderStatus.FAILED and self.failure == CANCELLED

    @property
    def receipt_number(self) -> str | None:
        """The number on the receipt of a paid order."""
        return f"RCT-{self.order_id.removeprefix('ord-')}" if self.status is OrderStatus.PAID else None

    def paid(self, now: datetime) -> "Order":
        """The same order, paid at `now`."""
        return replace(self, status=OrderStatus.PAID, settled_at=now, failure="")

    def failed(self, reason: str, now: datetime) -> "Order":
        """The same order, whose payment has failed for good."""
        return replace(self, status=OrderStatus.FAILED, settled_at=now, failure=reason)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a provider knows of the payment of an order.

    `instructions` tell the payer how to pay: they are shown once and not kept.
    """

    reference: str
    status: OrderStatus
    failure: str = ""
    instructions: Mapping[str, str] = field(default_factory=dict)


def takes_no_funds(plan: PlanVersion) -> Refused | None:
    """Why no money can be put on bots on `plan`; None if it can."""
    return None if plan.takes_funds else Refused("plan", f"the plan {plan.name} takes no funds")


def check_funds(plan: PlanVersion, amount: Money, field_name: str = "amount") -> None:
    """Raise `Refused` unless `amount` may be added to a bot on `plan`."""
    if amount.currency != plan.currency:
        raise Refused(f"{field_name}/currency", f"must be {plan.currency}, the currency of the account")
    if (refusal := takes_no_funds(plan)) is not None:
        raise refusal
    least = Money(max(1, plan.funds_min_minor), plan.currency)
    most = Money(plan.funds_max_minor, plan.currency)
    if not least.amount_minor <= amount.amount_minor <= most.amount_minor:
        raise Refused(f"{field_name}/amount", f"must be from {least} to {most}")
