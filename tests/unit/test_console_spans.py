"""Spans of time on the Usage page."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from api.console.spans import CUSTOM, MAX_DAYS, Span, read_span

NOW = datetime(2026, 10, 5, 12, 34, 56, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN, INDIA, NEPAL, HONOLULU = "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Honolulu"


def custom(first: str, last: str, zone: str = BERLIN) -> Span:
    return read_span({"range": CUSTOM, "from": first, "to": last}, zone, NOW)


@pytest.mark.parametrize(("name", "days"), [("7d", 7), ("30d", 30), ("90d", 90)])
def test_days_until_today(name: str, days: int) -> None:
    """Today counts, one bucket a day, from midnight to midnight of the time zone."""
    span = read_span({"range": name}, BERLIN, NOW)
    buckets = span.buckets()

    assert (span.by, len(buckets), span.last) == ("day", days, date(2026, 10, 5))
    assert buckets[-1].starts_at == datetime(2026, 10, 4, 22, tzinfo=UTC)
    assert buckets[-1].ends_at == datetime(2026, 10, 5, 22, tzinfo=UTC)


def test_week_is_usual() -> None:
    """Who asks for no range sees seven days, in the account's time zone."""
    span = read_span({}, BERLIN, NOW)

    assert (span.name, span.zone.key, span.first) == ("7d", BERLIN, date(2026, 9, 29))


def test_today_is_another_day_elsewhere() -> None:
    """The reader's time zone goes before the account's."""
    late = datetime(2026, 10, 5, 23, tzinfo=UTC)

    assert read_span({}, "UTC", late).last == date(2026, 10, 5)
    assert read_span({"time_zone": BERLIN}, "UTC", late).last == date(2026, 10, 6)


@pytest.mark.parametrize("zone", ["UTC", BERLIN, INDIA, NEPAL, HONOLULU, "Pacific/Kiritimati"])
@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_24_hours_end_with_the_running_one(zone: str, hour: int) -> None:
    """Whole hours of the time zone, none of which lies in the future."""
    now = NOW.replace(hour=hour)
    span = read_span({"range": "24h"}, zone, now)
    buckets = span.buckets()

    assert (span.by, len(buckets)) == ("hour", 24)
    assert buckets[-1].starts_at <= now < buckets[-1].ends_at
    assert all(bucket.starts_at.astimezone(ZoneInfo(zone)).minute == 0 for bucket in buckets)
    assert {span.first, span.last} >= {bucket.starts_at.astimezone(span.zone).date() for bucket in buckets}


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2026-10-05", BERLIN, 24),
        ("2026-10-25", BERLIN, 25),
        ("2026-03-29", BERLIN, 23),
        ("2026-11-01", "America/New_York", 25),
        # Midnight itself is skipped there.
        ("2024-04-26", "Africa/Cairo", 23),
    ],
)
def test_day_has_its_hours(day: str, zone: str, hours: int) -> None:
    """On days when clocks change they are 23 or 25, each an hour long, and touch each other."""
    buckets = custom(day, day, zone).buckets()

    assert len(buckets) == hours
    assert {bucket.ends_at - bucket.starts_at for bucket in buckets} == {HOUR}
    assert all(before.ends_at == after.starts_at for before, after in pairwise(buckets))


def test_clocks_that_change_by_half_an_hour_make_one_short_hour() -> None:
    """No hour reaches into the next day."""
    buckets = custom("2026-04-05", "2026-04-05", "Australia/Lord_Howe").buckets()

    assert sum((bucket.ends_at - bucket.starts_at for bucket in buckets), timedelta()) == 24.5 * HOUR
    assert buckets[-1].ends_at - buckets[-1].starts_at == HOUR / 2


def test_days_across_a_change_of_clocks() -> None:
    """They touch each other, and one is an hour longer."""
    buckets = custom("2026-10-20", "2026-10-30").buckets()

    assert all(before.ends_at == after.starts_at for before, after in pairwise(buckets))
    assert sorted({bucket.ends_at - bucket.starts_at for bucket in buckets}) == [DAY, DAY + HOUR]


@pytest.mark.parametrize(
    ("last", "by"), [("2026-10-05", "hour"), ("2026-10-06", "hour"), ("2026-10-07", "day")]
)
def test_short_span_is_shown_by_the_hour(last: str, by: str) -> None:
    """Two days are; three would be more bars than one can tell apart."""
    assert custom("2026-10-05", last).by == by


def test_longest_span() -> None:
    """As many days as the API adds up, and not one more."""
    first = date(2026, 1, 1)

    assert len(custom("2026-01-01", str(first + (MAX_DAYS - 1) * DAY)).buckets()) == MAX_DAYS
    with pytest.raises(ValueError, match="92 days at most"):
        custom("2026-01-01", str(first + MAX_DAYS * DAY))


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"range": "1y"}, "7, 30 or 90 days"),
        ({"range": ""}, "7, 30 or 90 days"),
        ({"range": CUSTOM}, "a first and a last day"),
        ({"range": CUSTOM, "from": "2026-10-05"}, "a first and a last day"),
        ({"range": CUSTOM, "from": "2026-10-32", "to": "x"}, "a first and a last day"),
        ({"range": CUSTOM, "from": "2026-10-06", "to": "2026-10-05"}, "the first one or later"),
        ({"range": CUSTOM, "from": "9999-12-31", "to": "9999-12-31"}, "years from 2000 to 2199"),
        ({"range": CUSTOM, "from": "0001-01-01", "to": "0001-01-01"}, "years from 2000 to 2199"),
        ({"range": CUSTOM, "from": "2199-12-31", "to": "2200-01-01"}, "years from 2000 to 2199"),
        ({"time_zone": "Mars/Olympus"}, "no time zone Mars/Olympus"),
        ({"time_zone": "../../etc/passwd"}, "no time zone"),
        ({"time_zone": "/etc/localtime"}, "no time zone"),
    ],
)
def test_bad_span_is_refused_in_words(query: dict[str, str], says: str) -> None:
    """For the reader of the page."""
    with pytest.raises(ValueError, match=says):
        read_span(query, BERLIN, NOW)
