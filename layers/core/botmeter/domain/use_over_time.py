"""Use over time: counted hours put into the hours, days or months of a time zone."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from botmeter.domain.periods import Calendar, to_ms, to_utc
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import TotalKey, UsageRecord

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_INSTANT = timedelta.resolution
_LONGEST_MONTH = 31


class By(StrEnum):
    """What one item adds up."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    RANGE = "range"


class GroupBy(StrEnum):
    """Whose use one item adds up: a bot's, or that of all bots of the account that the reader sees."""

    BOT = "bot"
    ACCOUNT = "account"


class UseCount(NamedTuple):
    """Sessions of a bot that start in an hour of an account's day, or on the day (`hour` is 0 then)."""

    bot_id: str
    day: date
    hour: int
    unit: Unit
    sessions: int


class TimeBucket(NamedTuple):
    """A part of a span, and what it is called: its sessions begin from `starts_at` on, before `ends_at`."""

    starts_at: datetime
    ends_at: datetime
    label: str


@dataclass(slots=True)
class UseOfTime:
    """Sessions that start in a bucket, of one bot or, where `bot_id` is None, of several."""

    bot_id: str | None
    bucket: TimeBucket
    usage_sessions: int = 0
    alert_sessions: int = 0

    def add(self, unit: Unit, sessions: int) -> None:
        """Add sessions of a unit."""
        if unit is Unit.USAGE:
            self.usage_sessions += sessions
        else:
            self.alert_sessions += sessions


@dataclass(frozen=True)
class UseSpan:
    """Days from `first` to `last` of the calendar `shown`, over what is counted by days of `calendar`.

    A bucket is made of counted hours: of those that begin in its hour, day or month, or in the span. So
    where the calendars differ by a part of an hour, an hour that straddles two days belongs to the earlier
    one, and hours are shown as they are counted: they begin at 14:30, not at 14:00.

    `cut` leaves out the hours that begin before it.
    """

    calendar: Calendar
    shown: Calendar
    first: date
    last: date
    by: By
    cut: datetime | None = None

    @cached_property
    def since(self) -> datetime:
        """Its first instant."""
        midnight = self.shown.start_of_day(self.first)
        return max(midnight, self.cut) if self.cut else midnight

    @cached_property
    def until(self) -> datetime:
        """The first instant after it."""
        return self.shown.start_of_day(self.last + _DAY)

    def days(self) -> Iterator[date]:
        """The counted days that lie in it, or do so in part."""
        day = self.calendar.day(self.since)
        while self.calendar.start_of_day(day) < self.until:
            yield day
            day += _DAY

    def is_whole(self, day: date) -> bool:
        """Whether all of a counted day belongs to one bucket, so that its hours do not matter."""
        if self.by is By.HOUR:
            return False
        bucket = self.bucket(self.calendar.start_of_day(day))
        return bucket is not None and bucket.ends_at >= self.calendar.start_of_day(day + _DAY)

    def bucket(self, hour: datetime) -> TimeBucket | None:
        """The bucket of the counted hour that begins at `hour`; None outside of the span."""
        if not self.since <= hour < self.until:
            return None
        day = self.shown.day(hour)
        if self.by is By.HOUR:
            return TimeBucket(hour, self._next_hour(hour + _INSTANT), self._hour_label(day, hour))
        first, following, label = self._part(day)
        starts_at = max(self.since, self.shown.start_of_day(first))
        ends_at = min(self.until, self.shown.start_of_day(following))
        return TimeBucket(self._next_hour(starts_at), self._next_hour(ends_at), label)

    def buckets(self) -> Iterator[TimeBucket]:
        """All buckets in their order, each of which begins where the one before ends."""
        bucket = self.bucket(self._next_hour(self.since))
        while bucket is not None:
            yield bucket
            bucket = self.bucket(bucket.ends_at)

    def add_up(
        self, counts: Iterable[UseCount], group_by: GroupBy, *, with_empty: bool = False
    ) -> list[UseOfTime]:
        """Counts in their buckets, by bot and time; what lies outside of the span is left out.

        With the buckets that have no sessions if `with_empty`, which are of no bot.
        """
        # Many bots share an hour, and to find its bucket takes long.
        buckets: dict[tuple[date, int], TimeBucket | None] = {}
        sums: dict[tuple[str | None, TimeBucket], UseOfTime] = {}
        if with_empty:
            sums = {(None, bucket): UseOfTime(None, bucket) for bucket in self.buckets()}
        for bot_id, day, hour, unit, sessions in counts:
            if (day, hour) not in buckets:
                buckets[day, hour] = self.bucket(self.calendar.start_of_day(day) + hour * _HOUR)
            bucket = buckets[day, hour]
            if bucket is not None:
                key = (bot_id if group_by is GroupBy.BOT else None), bucket
                if key not in sums:
                    sums[key] = UseOfTime(*key)
                sums[key].add(unit, sessions)
        return sorted(sums.values(), key=lambda use: (use.bot_id or "", use.bucket))

    def _part(self, day: date) -> tuple[date, date, str]:
        """The first day of the bucket of a shown day, the first day after it, and what it is called."""
        if self.by is By.RANGE:
            return self.first, self.last + _DAY, self.first.isoformat()
        if self.by is By.DAY:
            return day, day + _DAY, day.isoformat()
        first = day.replace(day=1)
        following = (first + _LONGEST_MONTH * _DAY).replace(day=1)
        return first, following, f"{day.year:04d}-{day.month:02d}"

    def _hour_label(self, day: date, hour: datetime) -> str:
        """What an hour of a shown day is called: `2026-10-05/14`, or `2026-10-05/14:30`."""
        hours, minutes = divmod((hour - self.shown.start_of_day(day)) // _MINUTE, 60)
        return f"{day.isoformat()}/{hours:02d}" + (f":{minutes:02d}" if minutes else "")

    def _next_hour(self, instant: datetime) -> datetime:
        """Where the first counted hour begins that does so at `instant` or later."""
        day = self.calendar.day(instant)
        midnight = self.calendar.start_of_day(day)
        hours = -((midnight - instant) // _HOUR)
        # The last hour of a day is shorter where clocks change, or an account moves, by a part of an hour.
        return min(midnight + hours * _HOUR, self.calendar.start_of_day(day + _DAY))


def days_of_windows(records: Iterable[UsageRecord], calendar: Calendar) -> dict[TotalKey, set[date]]:
    """Of days with sessions of windows that began on earlier days: these earlier days.

    Those of records that are taken back are known since they were written.
    """
    found, known = set[tuple[TotalKey, date]](), set[tuple[TotalKey, date]]()
    for record in records:
        first, named = record.day(calendar), known if record.reverses else found
        days = _days(record.metered.session_starts_ms, calendar)
        named.update((TotalKey(day, record.plan), first) for day in days if day != first)
    began: dict[TotalKey, set[date]] = {}
    for key, first in found - known:
        began.setdefault(key, set()).add(first)
    return began


def _days(starts_ms: Sequence[int], calendar: Calendar) -> Iterator[date]:
    """The days on which sessions start, of starts in order: a window of weeks has thousands."""
    first = 0
    while first < len(starts_ms):
        day = calendar.day(to_utc(starts_ms[first]))
        yield day
        first = bisect_left(starts_ms, to_ms(calendar.start_of_day(day + _DAY)), first)
