"""Billing periods: calendar months in the account's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_HOUR_MS = 3_600_000
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = 12
_YEARS = range(2000, 2200)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC of an aware datetime, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def to_utc(instant_ms: int) -> datetime:
    """The aware UTC datetime of `instant_ms`."""
    return _EPOCH + instant_ms * _MILLISECOND


def to_rfc3339(instant_ms: int) -> str:
    """`2026-10-05T09:30:12.480Z`: always UTC, always milliseconds."""
    return to_utc(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class LocalHour:
    """An hour of a day in a time zone: `index` hours after local midnight (0..24 when clocks change)."""

    day: date
    index: int


def local_hour(instant_ms: int, zone: ZoneInfo) -> LocalHour:
    """The local day and hour in which `instant_ms` lies."""
    day = to_utc(instant_ms).astimezone(zone).date()
    return LocalHour(day, (instant_ms - to_ms(start_of_day(day, zone))) // _HOUR_MS)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Local midnight of `day`, as UTC; where clocks skip it, the first instant after."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class BillingPeriod:
    """A calendar month. Where it starts and ends depends on a time zone."""

    year: int
    month: int

    @classmethod
    def parse(cls, label: str) -> "BillingPeriod":
        """The period of a label such as `2026-10`; raises `ValueError`."""
        first = datetime.strptime(label, "%Y-%m").replace(tzinfo=UTC)
        if first.year not in _YEARS:
            raise ValueError(f"period: the year must be from {_YEARS[0]} to {_YEARS[-1]}")
        return cls(first.year, first.month)

    @classmethod
    def containing(cls, instant: datetime, zone: ZoneInfo) -> "BillingPeriod":
        """The period in which `instant` lies in `zone`."""
        local = instant.astimezone(zone)
        return cls(local.year, local.month)

    @property
    def label(self) -> str:
        """`2026-10`."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The first day that belongs to the period."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last day that belongs to the period."""
        return self.next().first_day - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last_day - self.first_day).days + 1

    def start(self, zone: ZoneInfo) -> datetime:
        """Its first instant, as UTC."""
        return start_of_day(self.first_day, zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The first instant after it, as UTC."""
        return self.next().start(zone)

    def next(self) -> "BillingPeriod":
        """The period that follows."""
        carry, month = divmod(self.month, _MONTHS)
        return BillingPeriod(self.year + carry, month + 1)

    def previous(self) -> "BillingPeriod":
        """The period before."""
        last = self.first_day - timedelta(days=1)
        return BillingPeriod(last.year, last.month)
