"""Standings: what follows from a bot's plan and balance, now and as time goes on, and what is announced."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import EXPIRY_DAYS, Balance, Entitlement, Funds, SharedCredits, Standing
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType
from botmeter.domain.plans import PlanKind


def stand(bot: Bot, balance: Balance, shared: SharedCredits, now: datetime) -> Standing:
    """How a bot stands at `now`, and what the passing of time alone will make of it."""
    funds = Funds(bot.subscription, balance, shared, now)
    changes = sorted(set(_changes(funds)))
    entitlements: list[Entitlement] = []
    for instant in (now, *changes):
        reason = replace(funds, instant=instant).reason
        if not entitlements or entitlements[-1].reason is not reason:
            entitlements.append(Entitlement(instant, reason))
    return Standing(funds.conditions(), tuple(entitlements), min(changes, default=None), as_of=now)


def _changes(funds: Funds) -> Iterator[datetime]:
    """The times after `funds.instant` at which something may change by itself."""
    now, subscription = funds.instant, funds.subscription
    times = [p.starts_at for p in subscription.phases]
    for ends_at in (p.ends_at for p in subscription.phases if p.ends_at):
        times += [ends_at, *(ends_at - timedelta(days=days) for days in EXPIRY_DAYS)]
    if any(p.plan.kind is PlanKind.PREPAID for p in subscription.phases):
        grants = (*funds.balance.wallet.grants, *funds.shared.wallet.grants)
        times += [grant.expires_at for grant in grants if grant.expires_at]
    return (instant for instant in times if instant > now)


def announcements(bot: Bot, before: Balance, after: Balance, funds: Funds) -> list[OutgoingEvent]:
    """One event for each condition that has begun since `before`, with an id that is always the same.

    A bot's first standing announces nothing: there was nothing before it.
    """
    if not before.standing.entitlements:
        return []
    begun = sorted(after.standing.conditions - before.standing.conditions)
    return [_announce(bot, condition, before.revision, funds) for condition in begun]


def _announce(bot: Bot, condition: str, revision: int, funds: Funds) -> OutgoingEvent:
    """The event for one condition."""
    name, _, value = condition.partition(":")
    kind, data = OutgoingType.PLAN_ENDED, {"plan": funds.phase.plan.ref}
    if name == "plan":
        kind = OutgoingType.PLAN_CHANGED
    elif name == "expiring":
        kind, data = OutgoingType.PLAN_EXPIRING, {**data, "days": value}
    elif name == "low":
        kind = OutgoingType.BALANCE_EXHAUSTED if value == "0" else OutgoingType.BALANCE_LOW
        data = {**data, "threshold": value, "covered_sessions": str(funds.covered_sessions or 0)}
    return OutgoingEvent(
        event_id=f"{bot.bot_id}:{revision}:{condition}",
        type=kind,
        account_id=bot.account_id,
        bot_id=bot.bot_id,
        occurred_at=funds.instant,
        data=data,
    )
