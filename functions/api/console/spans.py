"""Spans of time on the Usage page: which days are asked for, and the hours or days that they consist of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS = {"24h": 2, "7d": 7, "30d": 30, "90d": 90}
USUAL = "7d"
CUSTOM = "custom"
MAX_DAYS = 92
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_YEARS = range(2000, 2200)
# A month at most.
_SHORT_DAYS = 31
# A custom span of so many days is shown by the hour.
_BY_HOUR = 2


class WrongSpan(ValueError):
    """What is asked for is no span, in words for the reader; `name` is the parameter to mend."""

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(rule)
        self.name = name


@dataclass(frozen=True, slots=True)
class Bucket:
    """An hour or a day of the span: from its first instant until the one after it, in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last` in a time zone. `name` is one of `DAYS`, or `custom`.

    `since` is the first of its hours where there are 24 of them: they begin and end in the middle of a day.
    """

    name: str
    first: date
    last: date
    zone: ZoneInfo
    since: datetime | None = None

    @property
    def by(self) -> str:
        """Whether its buckets are hours or days."""
        return "hour" if self.since or (self.last - self.first).days < _BY_HOUR else "day"

    @property
    def is_short(self) -> bool:
        """Whether a page has time to add it up twice: in all, and bot by bot."""
        return (self.last - self.first).days <= _SHORT_DAYS

    def buckets(self) -> list[Bucket]:
        """Its hours or days, in their order; a day on which clocks change has 23 or 25 hours."""
        found = self._hours() if self.by == "hour" else self._days()
        since = self.since
        return [one for one in found if since is None or since <= one.starts_at < since + _DAY]

    def _days(self) -> list[Bucket]:
        """Its days."""
        days = [self.first + n * _DAY for n in range((self.last - self.first).days + 1)]
        return [Bucket(self._midnight(day), self._midnight(day + _DAY)) for day in days]

    def _hours(self) -> list[Bucket]:
        """The hours of its days."""
        hours = []
        for day in self._days():
            starts_at = day.starts_at
            while starts_at < day.ends_at:
                hours.append(Bucket(starts_at, min(starts_at + _HOUR, day.ends_at)))
                starts_at += _HOUR
        return hours

    def _midnight(self, day: date) -> datetime:
        """The first instant of a day, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def read_span(query: Mapping[str, str], time_zone: str, now: datetime) -> Span:
    """The span that an address asks for; raises `WrongSpan`."""
    zone = _zone(query.get("time_zone") or time_zone)
    name = query.get("range", USUAL)
    today = now.astimezone(zone).date()
    if name == CUSTOM:
        return _custom(query, zone)
    if name not in DAYS:
        raise WrongSpan("range", "The range must be 24 hours, 7, 30 or 90 days, or one of your own.")
    since = None
    if name == "24h":
        since = now.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC) - 23 * _HOUR
    return Span(name, today - (DAYS[name] - 1) * _DAY, today, zone, since)


def _custom(query: Mapping[str, str], zone: ZoneInfo) -> Span:
    """A span with its own first and last day."""
    first, last = _day(query, "from"), _day(query, "to")
    if not 0 <= (last - first).days < MAX_DAYS:
        raise WrongSpan(
            "to", f"The last day must be the first one or later, and the range {MAX_DAYS} days at most."
        )
    for name, day in (("from", first), ("to", last)):
        if day.year not in _YEARS:
            raise WrongSpan(name, f"The range must be in the years from {_YEARS[0]} to {_YEARS[-1]}.")
    return Span(CUSTOM, first, last, zone)


def _day(query: Mapping[str, str], name: str) -> date:
    """One end of a span with its own days."""
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError as error:
        raise WrongSpan(name, "A range of your own needs a first and a last day.") from error


def _zone(name: str) -> ZoneInfo:
    """A time zone by its name."""
    if name not in available_timezones():
        raise WrongSpan("time_zone", f"There is no time zone {name}.")
    return ZoneInfo(name)
