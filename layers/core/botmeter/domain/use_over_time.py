"""Use over time: counted hours put into the hours, days or months of a time zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from botmeter.domain.periods import Calendar, to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import TotalKey, UsageRecord

_DAY, _HOUR, _MILLISECOND = timedelta(days=1), timedelta(hours=1), timedelta(milliseconds=1)


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
    """A part of a span: its first instant, and what it is called."""

    starts_at: datetime
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

    The sessions of a counted hour belong to the bucket in which that hour begins. So where the calendars
    differ by a part of an hour, those of an hour that straddles two days belong to the earlier one.

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
        ends_at = self.calendar.start_of_day(day + _DAY) - _MILLISECOND
        bucket = self.bucket(self.calendar.start_of_day(day))
        return bucket is not None and bucket == self.bucket(ends_at)

    def bucket(self, instant: datetime) -> TimeBucket | None:
        """The bucket in which an instant lies; None outside of the span."""
        if not self.since <= instant < self.until:
            return None
        if self.by is By.RANGE:
            return TimeBucket(self.since, self.first.isoformat())
        hour = self.shown.local_hour(to_ms(instant))
        midnight = self.shown.start_of_day(hour.day)
        if self.by is By.HOUR:
            return TimeBucket(midnight + hour.index * _HOUR, f"{hour.day.isoformat()}/{hour.index:02d}")
        if self.by is By.DAY:
            return TimeBucket(midnight, hour.day.isoformat())
        starts_at = self.shown.start_of_day(hour.day.replace(day=1))
        return TimeBucket(max(starts_at, self.since), f"{hour.day.year:04d}-{hour.day.month:02d}")

    def add_up(self, counts: Iterable[UseCount], group_by: GroupBy) -> list[UseOfTime]:
        """Counts in their buckets, by bot and time; what lies outside of the span is left out."""
        # Many bots share an hour, and to find its bucket takes long.
        buckets: dict[tuple[date, int], TimeBucket | None] = {}
        sums: dict[tuple[str | None, TimeBucket], UseOfTime] = {}
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


def days_of_windows(records: Iterable[UsageRecord], calendar: Calendar) -> dict[TotalKey, set[date]]:
    """Of days with sessions of windows that began on earlier days: these earlier days."""
    began: dict[TotalKey, set[date]] = {}
    for record in records:
        first = record.day(calendar)
        for start_ms in record.metered.session_starts_ms:
            day = calendar.local_hour(start_ms).day
            if day != first:
                began.setdefault(TotalKey(day, record.plan), set()).add(first)
    return began
