"""Spans of time on the Usage page: which days are asked for, by the hour or by the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from collections.abc import Mapping

DAYS = {"7d": 7, "30d": 30, "90d": 90}
HOURS = "24h"
# What there is to choose from, and what it is called.
RANGES = {HOURS: "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "custom": "Custom"}
USUAL = "7d"
CUSTOM = "custom"
MAX_DAYS = 92
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
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
class Span:
    """Days from `first` to `last` in a time zone. `name` is one of `RANGES`.

    Of 24 hours, `since` says where they may begin: in the middle of a day, whenever the hours do there.
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
    def until(self) -> datetime | None:
        """Of 24 hours, before when they begin."""
        return self.since + _DAY if self.since else None

    @property
    def is_short(self) -> bool:
        """Whether a page has time to add it up twice: in all, and bot by bot."""
        return (self.last - self.first).days <= _SHORT_DAYS


def read_span(query: Mapping[str, str], time_zone: str, now: datetime) -> Span:
    """The span that an address asks for; raises `WrongSpan`."""
    zone = _zone(query.get("time_zone") or time_zone)
    name = query.get("range", USUAL)
    today = now.astimezone(zone).date()
    if name == CUSTOM:
        return _custom(query, zone)
    if name == HOURS:
        # Hours begin at whole minutes, somewhere.
        since = now.replace(second=0, microsecond=0) + _MINUTE - _DAY
        return Span(name, since.astimezone(zone).date(), today, zone, since)
    if name not in DAYS:
        raise WrongSpan("range", "The range must be 24 hours, 7, 30 or 90 days, or one of your own.")
    return Span(name, today - (DAYS[name] - 1) * _DAY, today, zone)


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
