"""What bots used in a month, for the services that show it or compare it with plans."""

from collections import Counter

from botmeter.domain.accounts import Bot
from botmeter.domain.periods import BillingPeriod, days_between
from botmeter.domain.plan_options import MonthlyUse
from botmeter.domain.sessions import Unit
from botmeter.ports.metering import UsageRepository


def used_in(usage: UsageRepository, bot: Bot, period: BillingPeriod) -> MonthlyUse:
    """Sessions of a bot in a period, over all plan versions."""
    sessions = usage.sessions(bot.account_id, bot.bot_id, period)
    by_unit = {unit: sum(n for (_, of), n in sessions.items() if of is unit) for unit in Unit}
    return MonthlyUse(period, by_unit[Unit.USAGE], by_unit[Unit.ALERT])


def used_by(
    usage: UsageRepository, account_id: str, bot_ids: frozenset[str], period: BillingPeriod
) -> dict[str, MonthlyUse]:
    """Sessions of several bots of an account in a period, read together."""
    days = days_between(period.first_day, period.last_day)
    sums: Counter[tuple[str, Unit]] = Counter()
    for count in usage.days_of_use(account_id, bot_ids, days):
        sums[count.bot_id, count.unit] += count.sessions
    return {
        bot_id: MonthlyUse(period, sums[bot_id, Unit.USAGE], sums[bot_id, Unit.ALERT]) for bot_id in bot_ids
    }


def present_use(usage: UsageRepository, bot: Bot, running: BillingPeriod) -> int:
    """Usage sessions that a plan has to be meant for: those of the running month, or of the last if more."""
    return max(used_in(usage, bot, month).usage_sessions for month in (running, running.previous()))
