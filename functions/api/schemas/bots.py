"""Plan & Usage."""

from api.schemas.common import BotId, Count, Instant, Money, Period, PlanId, Possibility, UserId
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
    monthly_fee: Money | None
    """What this version costs a month, without tax; null for a contract."""


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
    """`own` and `shared` together. Null, as the others, for a bot whose plan is not prepaid."""
    own: Money | None
    """The bot's own credit, less what it owes: where its ledger ends."""
    shared: Money | None
    """Free credit that all prepaid bots of the account share: where the account's ledger ends."""
    paid: Money | None
    """What is left of paid credit."""
    free: Money | None
    """What is left of free credit, with what is shared."""
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


class BotOperations(TypedDict):
    """What the caller can do to a bot."""

    change_plan: Possibility
    """Which plans can be chosen is told by the plan options."""
    cancel_plan_change: Possibility
    add_funds: Possibility
    set_auto_reload: Possibility
    end_auto_reload: Possibility
    request_extension: Possibility
    change_owner: Possibility


class ManagedBot(Bot):
    """A bot, and what the caller can do to it."""

    operations: BotOperations


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
