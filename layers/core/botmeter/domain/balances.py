"""Balances: what a bot has left, what that means, and whether it may answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from botmeter.domain.credits import GrantKind, Wallet
from botmeter.domain.plans import PlanKind
from botmeter.domain.sessions import Unit
from botmeter.domain.subscriptions import Phase, Subscription

# Shares of the last top-up (percent) at which a balance is announced to be low.
LOW_SHARES = (20, 10, 0)
# Days before its end at which a plan is announced to expire.
EXPIRY_DAYS = (7, 3, 1)


class BalanceStatus(StrEnum):
    """How a bot's balance stands."""

    SUFFICIENT = "sufficient"
    LOW = "low"
    FREE_CREDITS = "free_credits"
    EXHAUSTED = "exhausted"
    INACTIVE = "inactive"


class EntitlementReason(StrEnum):
    """Why a bot may answer, or why not."""

    PLAN = "plan"
    TRIAL = "trial"
    CREDITS = "credits"
    TRIAL_USED_UP = "trial_used_up"
    TRIAL_ENDED = "trial_ended"
    PLAN_ENDED = "plan_ended"
    CREDITS_EXHAUSTED = "credits_exhausted"


_ALLOWING = {EntitlementReason.PLAN, EntitlementReason.TRIAL, EntitlementReason.CREDITS}


@dataclass(frozen=True, slots=True)
class Entitlement:
    """From `since` until the next one: whether the bot may answer, and why."""

    since: datetime
    reason: EntitlementReason

    @property
    def allowed(self) -> bool:
        """Whether it may."""
        return self.reason in _ALLOWING


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from plan and balance, as it was last written down.

    `conditions` are those that hold (`low:20`, `expiring:7`, `plan:standard@1`, …): one that is new is
    announced. `entitlements` say what time alone will change, by time. `as_of` is when this was found.
    """

    conditions: frozenset[str] = frozenset()
    entitlements: tuple[Entitlement, ...] = ()
    next_change_at: datetime | None = None
    as_of: datetime | None = field(default=None, compare=False)

    def entitlement_at(self, instant: datetime) -> Entitlement:
        """What holds at `instant`: the last entitlement that has begun."""
        begun = [e for e in self.entitlements if e.since <= instant]
        return begun[-1] if begun else self.entitlements[0]


@dataclass(frozen=True, slots=True)
class Balance:
    """What billing counts for a bot: its wallet, all sessions it ever used, and how it stands.

    `last_top_up_micros` is the latest paid grant's amount; `revision` counts changes.
    """

    wallet: Wallet = field(default_factory=Wallet)
    usage_sessions: int = 0
    alert_sessions: int = 0
    last_top_up_micros: int = 0
    standing: Standing = field(default_factory=Standing)
    revision: int = 0


@dataclass(frozen=True, slots=True)
class SharedCredits:
    """Credits of an account that all of its prepaid bots use; `due_at` is when their standing may change.

    `free_credits_granted` remembers that the account had its free credits: nobody gets them twice.
    """

    wallet: Wallet = field(default_factory=Wallet)
    free_credits_granted: bool = False
    due_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Funds:
    """All that a bot may use: its own wallet and the account's, as they are at `instant`."""

    subscription: Subscription
    balance: Balance
    shared: SharedCredits
    instant: datetime

    @property
    def phase(self) -> Phase:
        """The phase that applies."""
        return self.subscription.at(self.instant)

    @property
    def spendable_micros(self) -> int:
        """What is left for sessions to come."""
        return self.balance.wallet.spendable_micros(self.instant) + self.shared_micros

    @property
    def shared_micros(self) -> int:
        """What of it all bots of the account share, with the credits that the plan brings as it begins."""
        brought = 0 if self.shared.free_credits_granted else self.phase.plan.free_credits_micros
        return self.shared.wallet.spendable_micros(self.instant) + brought

    @property
    def paid_micros(self) -> int:
        """What is left of paid grants."""
        return self.balance.wallet.spendable_micros(self.instant, GrantKind.PAID)

    @property
    def free_micros(self) -> int:
        """What is left of free grants, the bot's and the account's."""
        own = self.balance.wallet.spendable_micros(self.instant, GrantKind.FREE)
        return own + self.shared.wallet.spendable_micros(self.instant, GrantKind.FREE)

    @property
    def covered_sessions(self) -> int | None:
        """Usage sessions that the bot may still hold; None where nothing limits them."""
        plan = self.phase.plan
        if self.phase.has_ended(self.instant):
            return 0
        if plan.kind is PlanKind.TRIAL:
            return max(0, plan.included(Unit.USAGE) - self.balance.usage_sessions)
        if plan.kind is PlanKind.PREPAID:
            return max(0, self.spendable_micros // plan.usage_price_micros)
        return None

    @property
    def _left_and_whole(self) -> tuple[int, int]:
        """What is left, and of how much: sessions of a trial, micro-units of the last top-up."""
        plan = self.phase.plan
        if plan.kind is PlanKind.TRIAL:
            return self.covered_sessions or 0, plan.included(Unit.USAGE)
        whole = self.balance.last_top_up_micros or sum(g.amount_micros for g in self.shared.wallet.grants)
        return self.spendable_micros, whole

    def conditions(self) -> frozenset[str]:
        """What holds now and is announced when it begins."""
        return frozenset({f"plan:{self.phase.plan.ref}", *self._low(), *self._ending()})

    def _low(self) -> Iterable[str]:
        """Thresholds that the balance is at or below: 0 means that not one more session is covered."""
        if self.covered_sessions is None or self.phase.has_ended(self.instant):
            return
        left, whole = self._left_and_whole
        for share in LOW_SHARES:
            if self.covered_sessions == 0 or left * 100 <= whole * share:
                yield f"low:{share}"
        fixed_micros = self.phase.plan.low_balance_micros
        if fixed_micros and self.phase.plan.kind is PlanKind.PREPAID and left <= fixed_micros:
            yield "low:fixed"

    def _ending(self) -> Iterable[str]:
        """Whether the plan has ended, or how soon it will if nothing follows it."""
        ends_at = self.phase.ends_at
        if ends_at is None or self.subscription.pending(self.instant):
            return
        if self.phase.has_ended(self.instant):
            yield "ended"
        for days in EXPIRY_DAYS:
            if self.instant >= ends_at - timedelta(days=days) and not self.phase.has_ended(self.instant):
                yield f"expiring:{days}"

    @property
    def status(self) -> BalanceStatus:
        """How the balance stands. The worst that is true, and free credits only where all else is well."""
        if self.phase.has_ended(self.instant):
            return BalanceStatus.INACTIVE
        low = set(self._low())
        if "low:0" in low:
            return BalanceStatus.EXHAUSTED
        if low:
            return BalanceStatus.LOW
        prepaid = self.phase.plan.kind is PlanKind.PREPAID
        if prepaid and self.covered_sessions is not None and self.paid_micros <= 0:
            return BalanceStatus.FREE_CREDITS
        return BalanceStatus.SUFFICIENT

    @property
    def reason(self) -> EntitlementReason:
        """Whether the bot may answer, and why."""
        kind, ended = self.phase.plan.kind, self.phase.has_ended(self.instant)
        if ended:
            is_trial = kind is PlanKind.TRIAL
            return EntitlementReason.TRIAL_ENDED if is_trial else EntitlementReason.PLAN_ENDED
        used_up = self.covered_sessions == 0
        if kind is PlanKind.TRIAL:
            return EntitlementReason.TRIAL_USED_UP if used_up else EntitlementReason.TRIAL
        if kind is PlanKind.PREPAID:
            return EntitlementReason.CREDITS_EXHAUSTED if used_up else EntitlementReason.CREDITS
        return EntitlementReason.PLAN
