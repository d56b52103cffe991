"""Accounts and their bots."""

import hashlib
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from botmeter.domain.errors import Refused
from botmeter.domain.extensions import ExtensionRequest
from botmeter.domain.money import Money
from botmeter.domain.orders import PaymentMethod, check_funds, takes_no_funds
from botmeter.domain.parties import Customer
from botmeter.domain.periods import BillingPeriod, Calendar, Move
from botmeter.domain.permissions import Permission
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.timeline import DEFAULT_IDLE_TIMEOUT_MINUTES, MINUTE_MS, MeteringRule

DEFAULT_SELLER = "default"
# How long an account's invoices may wait for late events: a month at most.
INVOICE_GRACE_HOURS = range(721)


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of the platform. All of its money is in `currency`, its days are those of its `calendar`.

    `time_zone` is its first one, `moves` are those to others. `first_period` is the first that is billed;
    all others start on the same day. `customer` is whom its invoices are for, `seller` the code of the legal
    entity that issues them. `roles` are the account's own: user-pool group to permissions.
    `invoice_grace_hours` is how long after a period's end its invoice waits for late events (0 to 720; None:
    as long as the stack says). `revision` counts the times that all of this was written.
    """

    account_id: str
    customer: Customer
    currency: str
    time_zone: str
    first_period: BillingPeriod
    moves: tuple[Move, ...] = ()
    invoice_grace_hours: int | None = None
    seller: str = DEFAULT_SELLER
    roles: Mapping[str, frozenset[Permission]] = field(default_factory=dict)
    revision: int = field(default=0, compare=False)

    @property
    def name(self) -> str:
        """The legal name."""
        return self.customer.name

    @property
    def anchor_day(self) -> int:
        """The day of the month on which its billing periods start."""
        return self.first_period.anchor_day

    @property
    def calendar(self) -> Calendar:
        """How it reckons days and periods."""
        return Calendar(self.time_zone, self.moves, self.anchor_day)

    def first_unbilled(self, billed: Container[BillingPeriod]) -> BillingPeriod:
        """The first of its periods that is not in `billed`."""
        period = self.first_period
        while period in billed:
            period = period.next()
        return period

    @property
    def invoice_grace(self) -> timedelta | None:
        """How long its invoices wait for late events, if it has a time of its own."""
        hours = self.invoice_grace_hours
        return None if hours is None else timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class AutoReload:
    """Add funds of `amount_minor` by card as soon as less than `threshold_minor` is left."""

    threshold_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot, the member of the account who owns it, and the plans that it is on, was on and will be on.

    `viewer_ids` are former owners, who still see it. `open_orders` await their payment, `failed_order` is
    the last whose payment failed if nothing was ordered since. `card_reference` is the payment whose card
    pays reloads, `extension` the latest request for one, `revision` counts the changes of all of this.
    """

    account_id: str
    bot_id: str
    name: str
    owner_id: str
    subscription: Subscription
    idle_timeout_minutes: int = DEFAULT_IDLE_TIMEOUT_MINUTES
    viewer_ids: frozenset[str] = frozenset()
    auto_reload: AutoReload | None = None
    card_reference: str = ""
    open_orders: tuple[str, ...] = ()
    failed_order: str = ""
    extension: ExtensionRequest | None = None
    revision: int = 0

    @property
    def rule(self) -> MeteringRule:
        """The metering rule with this bot's idle timeout."""
        return MeteringRule(idle_timeout_ms=self.idle_timeout_minutes * MINUTE_MS)

    def plan_at(self, instant: datetime) -> PlanVersion:
        """The plan version that applies at `instant`."""
        return self.subscription.at(instant).plan

    @property
    def etag(self) -> str:
        """Changes when plan or owner change, and for nothing else: what two admins could overwrite."""
        facts = [self.owner_id]
        for phase in self.subscription.phases:
            times = (phase.starts_at, phase.ends_at)
            facts += [phase.plan.ref, *(at.astimezone(UTC).isoformat() if at else "" for at in times)]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def auto_reload_refusal(bot: Bot, plan: PlanVersion, methods: Collection[PaymentMethod]) -> Refused | None:
    """Why the funds of `bot` cannot be added by card, whatever the amount; None if they can.

    `methods` are those by which orders may be paid.
    """
    refusal = takes_no_funds(plan)
    if refusal is not None or bot.card_reference:
        return refusal
    if PaymentMethod.CARD not in methods:
        return Refused("payment_method", "it needs payment by card, which this platform does not offer")
    return Refused(
        "payment_method",
        "it needs a card that has paid for this bot once; a bank transfer cannot be repeated by itself",
    )


def check_auto_reload(
    bot: Bot, plan: PlanVersion, reload: AutoReload, methods: Collection[PaymentMethod]
) -> None:
    """Raise `Refused` unless the bot's card may be charged for `reload` when its balance is low."""
    if (refusal := auto_reload_refusal(bot, plan, methods)) is not None:
        raise refusal
    check_funds(plan, Money(reload.amount_minor, plan.currency))
    if not 0 <= reload.threshold_minor <= reload.amount_minor:
        least = Money(reload.amount_minor, plan.currency)
        raise Refused("threshold/amount", f"must be from 0 to the amount that is added, {least}")
