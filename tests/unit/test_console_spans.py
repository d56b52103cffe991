"""Spans of time on the Usage page."""

from datetime import UTC, date, datetime, timedelta

import pytest

from api.console.spans import CUSTOM, MAX_DAYS, Span, read_span

NOW = datetime(2026, 10, 5, 12, 34, 56, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN, INDIA, NEPAL, HONOLULU = "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Honolulu"


def custom(first: str, last: str, zone: str = BERLIN) -> Span:
    return read_span({"range": CUSTOM, "from": first, "to": last}, zone, NOW)


@pytest.mark.parametrize(("name", "days"), [("7d", 7), ("30d", 30), ("90d", 90)])
def test_days_until_today(name: str, days: int) -> None:
    """Today counts."""
    span = read_span({"range": name}, BERLIN, NOW)

    assert (span.by, span.since, span.until) == ("day", None, None)
    assert (span.first, span.last) == (date(2026, 10, 5) - (days - 1) * DAY, date(2026, 10, 5))


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
@pytest.mark.parametrize("begins_at", [0, 15, 30, 34, 35])
def test_24_hours_end_with_the_running_one(zone: str, hour: int, begins_at: int) -> None:
    """24 of them begin there, at whichever minute hours do, and none of them in the future."""
    now = NOW.replace(hour=hour)
    span = read_span({"range": "24h"}, zone, now)
    assert span.since
    assert span.until
    minutes = [span.since - 2 * DAY + n * timedelta(minutes=1) for n in range(5 * 24 * 60)]
    hours = [at for at in minutes if at.minute == begins_at and span.since <= at < span.until]

    assert (span.by, len(hours)) == ("hour", 24)
    assert hours[-1] <= now < hours[-1] + HOUR
    assert span.first == hours[0].astimezone(span.zone).date() <= span.last
    assert span.last == now.astimezone(span.zone).date()


@pytest.mark.parametrize(
    ("last", "by"), [("2026-10-05", "hour"), ("2026-10-06", "hour"), ("2026-10-07", "day")]
)
def test_short_span_is_shown_by_the_hour(last: str, by: str) -> None:
    """Two days are; three would be more bars than one can tell apart."""
    assert custom("2026-10-05", last).by == by


def test_longest_span() -> None:
    """As many days as the API adds up, and not one more."""
    first = date(2026, 1, 1)

    assert custom("2026-01-01", str(first + (MAX_DAYS - 1) * DAY)).last == first + (MAX_DAYS - 1) * DAY
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
