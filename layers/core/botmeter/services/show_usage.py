"""Show usage: what bots used, as totals by hour and as the records behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from botmeter.domain.accounts import Bot
from botmeter.domain.errors import Refused
from botmeter.domain.members import Member
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import UsageRecord
from botmeter.ports.metering import UsageRepository
from botmeter.services.show_bots import ShowBots

MAX_DAYS = 92


@dataclass(frozen=True, slots=True)
class HourOfUse:
    """Sessions of a bot that start in an hour of a day, counted in hours after the account's midnight."""

    bot_id: str
    day: date
    hour: int
    usage_sessions: int = 0
    alert_sessions: int = 0


@dataclass(frozen=True, slots=True)
class ShowUsage:
    """Answers how much was used, and what the sessions were."""

    bots: ShowBots
    usage: UsageRepository

    def totals(self, member: Member, first: date, last: date, bot_id: str | None) -> list[HourOfUse]:
        """Hours with sessions from `first` to `last` (days of the account), by bot, day and hour.

        Of one bot or of all that the member sees. Raises `Refused` for more than 92 days or none.
        """
        if not 0 <= (last - first).days < MAX_DAYS:
            raise Refused("to", f"must be a day from `from` on, {MAX_DAYS - 1} days later at most")
        bots = [self.bots.one(member, bot_id)] if bot_id else self.bots.all(member)
        return [hour for bot in bots for hour in self._hours(bot, first, last)]

    def records(self, member: Member, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        """Records of a bot's windows that start in `period`, by start, and what took some of them back."""
        bot = self.bots.one(member, bot_id)
        return self.usage.records(bot.account_id, bot.bot_id, period)

    def _hours(self, bot: Bot, first: date, last: date) -> Iterator[HourOfUse]:
        """The hours of one bot, over all plan versions."""
        sums: dict[tuple[date, int], dict[Unit, int]] = {}
        for period in _periods(first, last):
            for (label, _), counts in self.usage.totals(bot.account_id, bot.bot_id, period).items():
                for (unit, hour), count in counts.items():
                    found = sums.setdefault((date.fromisoformat(label), hour), dict.fromkeys(Unit, 0))
                    found[unit] += count
        for (day, hour), found in sorted(sums.items()):
            if first <= day <= last:
                yield HourOfUse(bot.bot_id, day, hour, found[Unit.USAGE], found[Unit.ALERT])


def _periods(first: date, last: date) -> Iterator[BillingPeriod]:
    """The months that days from `first` to `last` lie in."""
    period = BillingPeriod(first.year, first.month)
    while period.first_day <= last:
        yield period
        period = period.next()
