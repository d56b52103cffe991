"""Notices: what the information icon of a bot tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import EXPIRY_DAYS, BalanceStatus, Funds
from botmeter.domain.credits import GrantKind
from botmeter.domain.extensions import ExtensionStatus
from botmeter.domain.plans import PlanKind

# How long a decision is news.
_DECISION_SHOWN = timedelta(days=14)
# How long before its end a plan is told to expire.
_END_SHOWN = timedelta(days=30)


class NoticeKind(StrEnum):
    """What is worth telling."""

    DOWNGRADE_SCHEDULED = "downgrade_scheduled"
    PLAN_EXPIRES = "plan_expires"
    TRIAL_ENDED = "trial_ended"
    PLAN_ENDED = "plan_ended"
    LOW_BALANCE = "low_balance"
    BALANCE_EXHAUSTED = "balance_exhausted"
    FREE_CREDITS_EXPIRE = "free_credits_expire"
    EXTENSION_PENDING = "extension_pending"
    EXTENSION_APPROVED = "extension_approved"
    EXTENSION_DECLINED = "extension_declined"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_FAILED = "payment_failed"


_OF_EXTENSION = {
    ExtensionStatus.PENDING: NoticeKind.EXTENSION_PENDING,
    ExtensionStatus.APPROVED: NoticeKind.EXTENSION_APPROVED,
    ExtensionStatus.DECLINED: NoticeKind.EXTENSION_DECLINED,
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. `at` is when it happens or happened; `details` are texts by name."""

    kind: NoticeKind
    at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def notices(bot: Bot, funds: Funds) -> list[Notice]:
    """What to tell about a bot at `funds.instant`."""
    return [*_of_plan(bot, funds), *_of_balance(funds), *_of_extension(bot, funds.instant), *_of_orders(bot)]


def _of_plan(bot: Bot, funds: Funds) -> Iterator[Notice]:
    """A scheduled change, or the end of the plan."""
    now, phase = funds.instant, funds.phase
    pending = bot.subscription.pending(now)
    if pending is not None:
        details = {"plan_id": pending.plan.plan_id, "plan_name": pending.plan.name}
        yield Notice(NoticeKind.DOWNGRADE_SCHEDULED, pending.starts_at, details)
    elif phase.has_ended(now):
        trial = phase.plan.kind is PlanKind.TRIAL
        yield Notice(NoticeKind.TRIAL_ENDED if trial else NoticeKind.PLAN_ENDED, phase.ends_at)
    elif phase.ends_at is not None and phase.ends_at <= now + _END_SHOWN:
        yield Notice(NoticeKind.PLAN_EXPIRES, phase.ends_at, {"days": str(days_left(phase.ends_at, now))})


def _of_balance(funds: Funds) -> Iterator[Notice]:
    """A balance that needs funds, and free credits that soon expire."""
    details = {"covered_sessions": str(funds.covered_sessions or 0)}
    if funds.status is BalanceStatus.EXHAUSTED:
        yield Notice(NoticeKind.BALANCE_EXHAUSTED, None, details)
    if funds.status is BalanceStatus.LOW:
        yield Notice(NoticeKind.LOW_BALANCE, None, details)
    grants = (*funds.balance.wallet.grants, *funds.shared.wallet.grants)
    ends = [g.expires_at for g in grants if g.kind is GrantKind.FREE and g.remaining_micros and g.expires_at]
    soon = [at for at in ends if funds.instant < at <= funds.instant + timedelta(days=EXPIRY_DAYS[0])]
    if soon and funds.phase.plan.kind is PlanKind.PREPAID:
        days = {"days": str(days_left(min(soon), funds.instant))}
        yield Notice(NoticeKind.FREE_CREDITS_EXPIRE, min(soon), days)


def _of_extension(bot: Bot, now: datetime) -> Iterator[Notice]:
    """A request that waits, or was decided not long ago."""
    request = bot.extension
    if request is None or (request.decided_at and request.decided_at < now - _DECISION_SHOWN):
        return
    details = {"days": str(request.days or request.requested_days), "reason": request.answer}
    yield Notice(_OF_EXTENSION[request.status], request.decided_at or request.requested_at, details)


def _of_orders(bot: Bot) -> Iterator[Notice]:
    """Orders that wait for their payment, or whose payment failed."""
    for order_id in bot.open_orders:
        yield Notice(NoticeKind.PAYMENT_PENDING, None, {"order_id": order_id})
    if bot.failed_order:
        yield Notice(NoticeKind.PAYMENT_FAILED, None, {"order_id": bot.failed_order})


def days_left(until: datetime, now: datetime) -> int:
    """Days from `now` to `until`, a started one counted whole."""
    return max(0, -((now - until) // timedelta(days=1)))
