"""Plan & Usage."""

from api.schemas.common import BotId, Count, Instant, Money, Period, PlanId, UserId
from api.schemas.extensions import ExtensionRequest
from api.schemas.funds import AutoReload
from api.schemas.typed import TypedDict
from botmeter.domain.balances import BalanceStatus, EntitlementReason
from botmeter.domain.notices import NoticeKind
from botmeter.domain.plans import PlanKind
from botmeter.services.show_bots import BotStatus


class BotPlan(TypedDict):
    """The version of a plan that a bot is on."""

    plan_id: PlanId
    version: Count
    name: str
    kind: PlanKind
    ends_at: Instant | None
    """When the plan itself ends, as a trial after its days; null when it does not."""


class PendingPlan(TypedDict):
    """A change of plan that is scheduled, and can be cancelled until then."""

    plan_id: PlanId
    version: Count
    name: str
    effective_at: Instant


class BotBalance(TypedDict):
    """What a bot has left."""

    status: BalanceStatus
    remaining: Money | None
    """Paid and free credit together, less what is owed. Null for a bot without money, and on a contract."""
    paid: Money | None
    """What is left of paid credit."""
    free: Money | None
    """What is left of free credit, with that which all bots of the account share."""
    covered_sessions: Count | None
    """How many sessions the balance, or the trial, still covers; null when nothing limits them."""


class BotUsage(TypedDict):
    """What a bot used in a billing period."""

    period: Period
    usage_sessions: int
    alert_sessions: int


class Notice(TypedDict):
    """Something to tell the bot's admins."""

    kind: NoticeKind
    at: Instant | None
    """When it happens or happened, where that matters."""
    details: dict[str, str]
    """Texts by name, such as `days` or `order_id`."""


class Bot(TypedDict):
    """A bot with its plan, what it has left, and what it used."""

    bot_id: BotId
    name: str
    owner_id: UserId
    plan: BotPlan
    pending_plan: PendingPlan | None
    status: BotStatus
    """A bot that ran out is suspended, one whose plan is over has ended."""
    balance: BotBalance
    usage: BotUsage
    auto_reload: AutoReload | None
    extension: ExtensionRequest | None
    """The latest request for more time."""
    notices: list[Notice]


class Entitlement(TypedDict):
    """Whether a bot may answer."""

    bot_id: BotId
    allowed: bool
    reason: EntitlementReason
    since: Instant


class ChangeOwner(TypedDict):
    """Who is to own a bot."""

    owner_id: UserId
    """A member of the account."""
