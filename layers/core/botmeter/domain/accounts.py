"""Accounts, their bots, and the balance of a bot."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.sessions import Unit
from botmeter.domain.timeline import DEFAULT_IDLE_TIMEOUT_MINUTES, MINUTE_MS, MeteringRule


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of the platform. All of its money is in `currency`, all of its days are in `time_zone`.

    `first_period` is the first that is billed; `address` holds the lines under the name on an invoice.
    """

    account_id: str
    name: str
    currency: str
    time_zone: str
    first_period: BillingPeriod
    address: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot, the member of the account who owns it, and the plan version that it is on."""

    account_id: str
    bot_id: str
    name: str
    owner_id: str
    plan: PlanVersion
    plan_since: datetime
    idle_timeout_minutes: int = DEFAULT_IDLE_TIMEOUT_MINUTES

    @property
    def rule(self) -> MeteringRule:
        """The metering rule with this bot's idle timeout."""
        return MeteringRule(idle_timeout_ms=self.idle_timeout_minutes * MINUTE_MS)


class BalanceStatus(StrEnum):
    """What a bot's balance allows."""

    SUFFICIENT = "sufficient"
    LOW = "low"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Balance:
    """What a bot has left in micro-units (below zero once sessions outran it), and all it ever used."""

    remaining_micros: int = 0
    credited_micros: int = 0
    usage_sessions: int = 0
    alert_sessions: int = 0


LOW_SHARE_PERCENT = 20


def covered_sessions(plan: PlanVersion, balance: Balance) -> int | None:
    """Usage sessions that the bot may still hold; None where nothing limits them."""
    if plan.kind is PlanKind.TRIAL:
        return max(0, plan.included(Unit.USAGE) - balance.usage_sessions)
    if plan.kind is PlanKind.PREPAID and plan.usage_price_micros:
        return max(0, balance.remaining_micros // plan.usage_price_micros)
    return None


def balance_status(plan: PlanVersion, balance: Balance) -> BalanceStatus:
    """Exhausted when not one more session is covered; low from a fifth of what there was."""
    covered = covered_sessions(plan, balance)
    if covered is None:
        return BalanceStatus.SUFFICIENT
    if covered == 0:
        return BalanceStatus.EXHAUSTED
    if plan.kind is PlanKind.TRIAL:
        left, whole = covered, plan.included(Unit.USAGE)
    else:
        left, whole = balance.remaining_micros, balance.credited_micros
    return BalanceStatus.LOW if left * 100 <= whole * LOW_SHARE_PERCENT else BalanceStatus.SUFFICIENT
