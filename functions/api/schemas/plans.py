"""Plans: what is offered, what it would cost, and changing to it."""

from typing import Annotated

from annotated_types import Ge

from api.schemas.bots import BotUsage, ManagedBot
from api.schemas.common import BotId, Count, Currency, Instant, Money, PlanId
from api.schemas.funds import Order, Payment
from api.schemas.typed import NotRequired, TypedDict
from botmeter.domain.orders import PaymentMethod
from botmeter.domain.plans import PlanKind

Version = Annotated[int, Ge(1)]


class PlanVersion(TypedDict):
    """One version of a plan, which never changes. Amounts in millionths or minor units of the currency."""

    plan_id: PlanId
    version: Version
    name: str
    kind: PlanKind
    currency: Currency
    usage_price_micros: NotRequired[Count]
    """Of a usage session that is not included: 200000 is 0.20."""
    alert_price_micros: NotRequired[Count]
    monthly_fee_micros: NotRequired[Count]
    included_usage_sessions: NotRequired[Count]
    included_alert_sessions: NotRequired[Count]
    trial_days: NotRequired[Count]
    rank: NotRequired[Count]
    """A change to a plan of higher rank is an upgrade."""
    usage_limit_sessions: NotRequired[Count]
    """How many usage sessions a month the plan is meant for; 0 is any number."""
    funds_min_minor: NotRequired[Count]
    funds_max_minor: NotRequired[Count]
    low_balance_micros: NotRequired[Count]
    free_credits_micros: NotRequired[Count]
    free_credits_days: NotRequired[Count]


class OptionChange(TypedDict):
    """What choosing a plan would do."""

    effective_at: Instant
    is_scheduled: bool
    """Whether it waits until then; else it applies at once."""
    due_now: Money
    """What the order of an upgrade would be, without tax."""
    tax: Money | None
    """What the next invoice adds to it for tax, at the present rate; null where no rate is known."""


class PlanOption(TypedDict):
    """A plan that is offered, seen from one bot."""

    plan: PlanVersion
    monthly_cost: Money | None
    """The mean of the months looked at; null for trials and contracts."""
    is_current: bool
    is_suggested: bool
    is_eligible: bool
    reason: str | None
    """Why it cannot be chosen; null if it can."""
    change: OptionChange | None


class PlanOptions(TypedDict):
    """All plans in the account's currency."""

    bot_id: BotId
    months: list[BotUsage]
    """Those whose use the costs are reckoned from; none if the bot began this month."""
    running: BotUsage
    options: list[PlanOption]


class ChangePlan(TypedDict):
    """The plan that a bot is to be on."""

    plan_id: PlanId
    payment_method: NotRequired[PaymentMethod]
    """For the order that an upgrade makes; a bank transfer unless told otherwise."""


class PlanChanged(TypedDict):
    """The bot as it is now, with the order of an upgrade and how to pay it."""

    bot: ManagedBot
    order: Order | None
    payment: Payment | None
