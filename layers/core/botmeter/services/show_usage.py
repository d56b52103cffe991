"""Show usage: what bots used, added up over time, and the records behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from botmeter.domain.errors import Refused
from botmeter.domain.members import Member
from botmeter.domain.periods import BillingPeriod, Calendar, to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import UsageRecord
from botmeter.domain.use_over_time import By, GroupBy, UseCount, UseOfTime, UseSpan
from botmeter.ports.metering import UsageRepository
from botmeter.services.show_bots import ShowBots

MAX_DAYS = 92
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class AskedUse:
    """Days from `first` to `last` in `time_zone` (None: of the account), and what one item adds up.

    Of one bot, or of all that the reader sees. `start` leaves out what begins otherwise, `since` the hours
    that begin before it. `with_empty` has what has no sessions too, of the account alone.
    """

    first: date
    last: date
    by: By = By.DAY
    group_by: GroupBy = GroupBy.BOT
    bot_id: str | None = None
    time_zone: str | None = None
    start: str | None = None
    since: datetime | None = None
    with_empty: bool = False

    def check(self) -> None:
        """Raise `Refused` for more than 92 days or none, and for what has no sessions bot by bot."""
        if not 0 <= (self.last - self.first).days < MAX_DAYS:
            raise Refused("to", f"must be a day from `from` on, {MAX_DAYS - 1} days later at most")
        if self.with_empty and self.group_by is GroupBy.BOT:
            raise Refused("empty", "must be omitted unless `group_by` is `account`")


@dataclass(frozen=True, slots=True)
class AskedRecords:
    """Records of windows that start in `period`, by default in the running one.

    Or, with `since` and `until`, those with sessions that start from the one on and before the other.
    """

    period: BillingPeriod | None = None
    since: datetime | None = None
    until: datetime | None = None
    unit: Unit | None = None

    def limits(self) -> tuple[datetime, datetime] | None:
        """Between which instants sessions start; None if the period says it. Raises `Refused`."""
        if self.since is None and self.until is None:
            return None
        if self.since is None or self.until is None:
            raise Refused("from" if self.since is None else "to", "is required with the other end")
        if self.period is not None:
            raise Refused("period", "must not be given together with `from` and `to`")
        if not timedelta() < self.until - self.since <= timedelta(days=MAX_DAYS):
            raise Refused("to", f"must be after `from`, {MAX_DAYS} days later at most")
        return self.since, self.until


@dataclass(frozen=True, slots=True)
class ShowUsage:
    """Answers how much was used, and what the sessions were."""

    bots: ShowBots
    usage: UsageRepository

    def totals(self, member: Member, asked: AskedUse) -> list[UseOfTime]:
        """Sessions over time, by bot and time; what has none is left out unless it is asked for.

        Raises `Refused` for what cannot be asked for.
        """
        asked.check()
        bot_ids = self._bot_ids(member, asked.bot_id)
        calendar = self._calendar(member)
        shown = Calendar(asked.time_zone) if asked.time_zone else calendar
        span = UseSpan(calendar, shown, asked.first, asked.last, asked.by, asked.since)
        counts = self._counts(member.account_id, bot_ids, span)
        found = span.add_up(counts, asked.group_by, with_empty=asked.with_empty)
        return [use for use in found if asked.start in {None, use.bucket.label}]

    def records(self, member: Member, bot_id: str, asked: AskedRecords, now: datetime) -> list[UsageRecord]:
        """Records of a bot by start, and what took some of them back.

        Raises `Refused` for more than 92 days or none, and for a period together with other limits.
        """
        bot = self.bots.one(member, bot_id)
        calendar = self._calendar(member)
        limits = asked.limits()
        if limits is None:
            period = asked.period or calendar.period_containing(now)
            found = self.usage.records(bot.account_id, bot_id, period)
        else:
            first, last = calendar.day(limits[0]), calendar.day(limits[1] - _MILLISECOND)
            starts_ms = range(*map(to_ms, limits))
            of_days = self.usage.records_of_sessions(bot.account_id, bot_id, first, last)
            found = [r for r in of_days if any(ms in starts_ms for ms in r.metered.session_starts_ms)]
        return [record for record in found if asked.unit in {None, record.unit}]

    def _bot_ids(self, member: Member, bot_id: str | None) -> frozenset[str] | None:
        """Of which bots use is shown: the one that is asked for, else what the member sees; None: all."""
        return self.bots.ids(member) if bot_id is None else frozenset({self.bots.one(member, bot_id).bot_id})

    def _counts(self, account_id: str, bot_ids: frozenset[str] | None, span: UseSpan) -> Iterator[UseCount]:
        """Counts of a span: by hour only of the days on which hours matter."""
        days = list(span.days())
        whole = [day for day in days if span.is_whole(day)]
        yield from self.usage.days_of_use(account_id, bot_ids, whole)
        yield from self.usage.hours_of_use(account_id, bot_ids, [day for day in days if day not in whole])

    def _calendar(self, member: Member) -> Calendar:
        """How the member's account reckons days."""
        return self.bots.accounts.account(member.account_id).calendar
