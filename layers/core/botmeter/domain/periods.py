"""Days and billing periods: how an account reckons them, whatever clocks do and wherever it moves."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

_HOUR_MS = 3_600_000
_MILLISECOND = timedelta(milliseconds=1)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = 12
_YEARS = range(2000, 2200)

# The days of a month on which a billing period may start; 1 makes it the calendar month.
ANCHOR_DAYS = range(1, 32)
# How long before it takes effect a move is decided: no event is taken from so far in the future.
MOVE_NOTICE = timedelta(hours=24)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC of an aware datetime, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def to_utc(instant_ms: int) -> datetime:
    """The aware UTC datetime of `instant_ms`."""
    return _EPOCH + instant_ms * _MILLISECOND


def to_rfc3339(instant_ms: int) -> str:
    """`2026-10-05T09:30:12.480Z`: always UTC, always milliseconds."""
    return to_utc(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def days_between(first: date, last: date) -> list[date]:
    """All days from `first` to `last`; none if that is before."""
    return [first + n * _DAY for n in range((last - first).days + 1)]


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones that there are."""
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True, order=True)
class BillingPeriod:
    """From day `anchor_day` of a month until the day before the next such day.

    In a shorter month that is its last day: with 31, periods start on 31 January, 28 February, 31 March.
    With 1 it is the calendar month. Where it starts and ends in time depends on the account's calendar.
    """

    year: int
    month: int
    anchor_day: int = 1

    @classmethod
    def parse(cls, label: str) -> "BillingPeriod":
        """The period of a label such as `2026-10` or `2026-10-31`; raises `ValueError`."""
        month, anchor_day = label[:7], label[8:]
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        period = cls(first.year, first.month, int(anchor_day or "1"))
        if first.year not in _YEARS:
            raise ValueError(f"period: the year must be from {_YEARS[0]} to {_YEARS[-1]}")
        if period.anchor_day not in ANCHOR_DAYS or period.label != label:
            raise ValueError("period: must be like 2026-10, or 2026-10-31 if it starts on that day")
        return period

    @classmethod
    def of_day(cls, day: date, anchor_day: int = 1) -> "BillingPeriod":
        """The period that starts on `anchor_day` and to which `day` belongs."""
        period = cls(day.year, day.month, anchor_day)
        return period if period.first_day <= day else period.previous()

    @property
    def label(self) -> str:
        """`2026-10` for a calendar month, else `2026-10-31`: with the anchor day, even in a shorter month."""
        month = f"{self.year:04d}-{self.month:02d}"
        return month if self.anchor_day == 1 else f"{month}-{self.anchor_day:02d}"

    @property
    def first_day(self) -> date:
        """The first day that belongs to the period."""
        return date(self.year, self.month, min(self.anchor_day, monthrange(self.year, self.month)[1]))

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.next().first_day - _DAY

    @property
    def days(self) -> int:
        """How many days belong to the period: 28 to 31."""
        return (self.next().first_day - self.first_day).days

    def start(self, calendar: "Calendar") -> datetime:
        """Its first instant, as UTC."""
        return calendar.start_of_day(self.first_day)

    def end(self, calendar: "Calendar") -> datetime:
        """The first instant after it, as UTC."""
        return self.next().start(calendar)

    def next(self) -> "BillingPeriod":
        """The period that follows."""
        carry, month = divmod(self.month, _MONTHS)
        return replace(self, year=self.year + carry, month=month + 1)

    def previous(self) -> "BillingPeriod":
        """The period before."""
        carry, month = divmod(self.month - 2, _MONTHS)
        return replace(self, year=self.year + carry, month=month + 1)


@dataclass(frozen=True, slots=True)
class LocalHour:
    """An hour of a local day: `index` hours after the day's start.

    0 to 24 where clocks change, and up to 49 on the day on which an account moves west.
    """

    day: date
    index: int


class Move(NamedTuple):
    """From the start of `first_day`, as the zone before has it, days are those of `time_zone`."""

    first_day: date
    time_zone: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """How an account reckons days and periods: its time zone, moves to others, and when periods start.

    A move changes nothing before the instant at which it takes effect. Days follow one another without gap
    or overlap, so the first day after a move is longer (moving west) or shorter (moving east) than others.
    Raises `ValueError` for a move that is not on the first day of a period, or not after the one before.
    """

    time_zone: str
    moves: tuple[Move, ...] = ()
    anchor_day: int = 1

    def __post_init__(self) -> None:
        """Check the moves."""
        days = [move.first_day for move in self.moves]
        if any(BillingPeriod.of_day(day, self.anchor_day).first_day != day for day in days):
            raise ValueError("moves: each must be on the first day of a billing period")
        if sorted(set(days)) != days:
            raise ValueError("moves: each must be after the one before")

    def start_of_day(self, day: date) -> datetime:
        """The first instant of `day`, as UTC: midnight, the first one where clocks show it twice.

        Where clocks skip midnight it is the first instant after; a day that is skipped whole is empty.
        """
        before = [move for move in self.moves if move.first_day < day]
        zone = ZoneInfo(before[-1].time_zone if before else self.time_zone)
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        # East of the old zone, the midnight may have been before the move.
        return max(midnight, self.start_of_day(before[-1].first_day)) if before else midnight

    def zone_at(self, instant: datetime) -> ZoneInfo:
        """The time zone that applies at `instant`."""
        reached = [move for move in self.moves if self.start_of_day(move.first_day) <= instant]
        return ZoneInfo(reached[-1].time_zone if reached else self.time_zone)

    def day(self, instant: datetime) -> date:
        """The day to which `instant` belongs: the last that has started."""
        day = instant.astimezone(self.zone_at(instant)).date()
        # Clocks that go back over midnight, or a move west, show a day that is over.
        while self.start_of_day(day + _DAY) <= instant:
            day += _DAY
        return day

    def local_hour(self, instant_ms: int) -> LocalHour:
        """The local day and hour in which `instant_ms` lies."""
        day = self.day(to_utc(instant_ms))
        return LocalHour(day, (instant_ms - to_ms(self.start_of_day(day))) // _HOUR_MS)

    def period_containing(self, instant: datetime) -> BillingPeriod:
        """The period in which `instant` lies."""
        return BillingPeriod.of_day(self.day(instant), self.anchor_day)

    def moved(self, time_zone: str, now: datetime) -> "Calendar":
        """The same with a move to `time_zone`, instead of any that takes effect a day after `now` or later.

        It takes effect with the first period that starts a day from `now` or later, so that nothing that can
        have been metered is reckoned anew. A move to the zone that applies by then anyway is none.
        """
        settled = now + MOVE_NOTICE
        kept = tuple(move for move in self.moves if self.start_of_day(move.first_day) < settled)
        calendar = replace(self, moves=kept)
        if calendar.latest_time_zone == time_zone:
            return calendar
        period = calendar.period_containing(settled)
        if period.start(calendar) < settled:
            period = period.next()
        return replace(calendar, moves=(*kept, Move(period.first_day, time_zone)))

    @property
    def latest_time_zone(self) -> str:
        """The time zone in which the account is, or will be when all moves have taken effect."""
        return self.moves[-1].time_zone if self.moves else self.time_zone
