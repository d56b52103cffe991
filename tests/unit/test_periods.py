"""Days and billing periods: a table of hard cases."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from botmeter.domain.periods import (
    BillingPeriod,
    Calendar,
    LocalHour,
    to_ms,
    to_rfc3339,
    to_utc,
)

BERLIN = Calendar("Europe/Berlin")


def utc(text: str) -> datetime:
    """A time such as `2026-10-31 23:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_times_as_text_and_numbers() -> None:
    """Times are UTC with milliseconds."""
    assert to_rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert to_utc(to_ms(datetime(2026, 10, 5, 9, 30, 12, 480_999, tzinfo=UTC))) == datetime(
        2026, 10, 5, 9, 30, 12, 480_000, tzinfo=UTC
    )


# ------------------------------------------------------------------------------------ hard cases

# Zone, period, its first and last day, its first instant, the first instant after it.
HARD_CASES = [
    # Clocks go forward on 29 March, and back on 25 October.
    ("Europe/Berlin", "2026-03", "2026-03-01", "2026-03-31", "2026-02-28 23:00", "2026-03-31 22:00"),
    ("Europe/Berlin", "2026-10", "2026-10-01", "2026-10-31", "2026-09-30 22:00", "2026-10-31 23:00"),
    # The period starts with the very day.
    ("Europe/Berlin", "2026-03-29", "2026-03-29", "2026-04-28", "2026-03-28 23:00", "2026-04-28 22:00"),
    ("Europe/Berlin", "2026-10-25", "2026-10-25", "2026-11-24", "2026-10-24 22:00", "2026-11-24 23:00"),
    # Clocks skip midnight: the fourth of November starts at one o'clock.
    ("America/Sao_Paulo", "2018-11", "2018-11-01", "2018-11-30", "2018-11-01 03:00", "2018-12-01 02:00"),
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04", "2018-12-03", "2018-11-04 03:00", "2018-12-04 02:00"),
    # Midnight of the eighteenth comes after 23 o'clock was there twice.
    ("America/Sao_Paulo", "2018-02", "2018-02-01", "2018-02-28", "2018-02-01 02:00", "2018-03-01 03:00"),
    ("America/Sao_Paulo", "2018-02-18", "2018-02-18", "2018-03-17", "2018-02-18 03:00", "2018-03-18 03:00"),
    # Half an hour beside everybody else.
    ("Asia/Kolkata", "2026-10", "2026-10-01", "2026-10-31", "2026-09-30 18:30", "2026-10-31 18:30"),
    # The thirtieth of December was skipped whole.
    ("Pacific/Apia", "2011-12", "2011-12-01", "2011-12-31", "2011-12-01 10:00", "2011-12-31 10:00"),
    ("Pacific/Apia", "2011-11-30", "2011-11-30", "2011-12-29", "2011-11-30 10:00", "2011-12-30 10:00"),
    ("Pacific/Apia", "2011-12-30", "2011-12-30", "2012-01-29", "2011-12-30 10:00", "2012-01-29 10:00"),
    ("Pacific/Apia", "2011-12-31", "2011-12-31", "2012-01-30", "2011-12-30 10:00", "2012-01-30 10:00"),
    # Midnight is there twice: the first one counts.
    ("America/Havana", "2026-11", "2026-11-01", "2026-11-30", "2026-11-01 04:00", "2026-12-01 05:00"),
    ("Atlantic/Azores", "2026-10-25", "2026-10-25", "2026-11-24", "2026-10-25 00:00", "2026-11-25 01:00"),
    # Leap days.
    ("UTC", "2028-02", "2028-02-01", "2028-02-29", "2028-02-01 00:00", "2028-03-01 00:00"),
    ("UTC", "2028-02-29", "2028-02-29", "2028-03-28", "2028-02-29 00:00", "2028-03-29 00:00"),
    ("UTC", "2028-02-30", "2028-02-29", "2028-03-29", "2028-02-29 00:00", "2028-03-30 00:00"),
    ("UTC", "2028-02-31", "2028-02-29", "2028-03-30", "2028-02-29 00:00", "2028-03-31 00:00"),
    ("UTC", "2027-02-29", "2027-02-28", "2027-03-28", "2027-02-28 00:00", "2027-03-29 00:00"),
    # The farthest east and west.
    ("Pacific/Kiritimati", "2026-10", "2026-10-01", "2026-10-31", "2026-09-30 10:00", "2026-10-31 10:00"),
    ("Etc/GMT+12", "2026-12-31", "2026-12-31", "2027-01-30", "2026-12-31 12:00", "2027-01-31 12:00"),
]


@pytest.mark.parametrize(("zone", "label", "first", "last", "start", "end"), HARD_CASES)
def test_period_has_these_days_and_instants(
    zone: str, label: str, first: str, last: str, start: str, end: str
) -> None:
    """First and last day, first instant and the first one after, whatever clocks do."""
    period, calendar = BillingPeriod.parse(label), Calendar(zone, anchor_day=int(label[8:] or "1"))

    assert (period.first_day, period.last_day) == (date.fromisoformat(first), date.fromisoformat(last))
    assert (period.start(calendar), period.end(calendar)) == (utc(start), utc(end))
    assert calendar.period_containing(utc(end) - timedelta(microseconds=1)) in {period, period.next()}


def test_the_instants_at_a_border_are_of_one_period_each() -> None:
    """The last of October and the first of November, in Berlin."""
    assert BERLIN.period_containing(utc("2026-10-31 22:59")).label == "2026-10"
    assert BERLIN.period_containing(utc("2026-10-31 23:00")).label == "2026-11"


def test_anniversaries_on_the_31st_over_a_year() -> None:
    """In a shorter month the period starts on its last day; the next one starts on the 31st again."""
    periods = [BillingPeriod(2027, 12, 31)]
    while len(periods) < 13:
        periods.insert(0, periods[0].previous())

    days = [period.first_day for period in periods]
    assert [day.day for day in days] == [31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [day.month for day in days] == [12, *range(1, 13)]
    assert [p.days for p in periods[:4]] == [31, 28, 31, 30]
    assert all(a.next() == b and a.last_day + timedelta(days=1) == b.first_day for a, b in pairwise(periods))


@pytest.mark.parametrize(
    ("day", "anchor_day", "label"),
    [
        ("2027-02-27", 31, "2027-01-31"),
        ("2027-02-28", 31, "2027-02-31"),
        ("2028-02-28", 29, "2028-01-29"),
        ("2028-02-29", 29, "2028-02-29"),
        ("2027-01-14", 15, "2026-12-15"),
        ("2027-01-15", 15, "2027-01-15"),
        ("2027-01-31", 1, "2027-01"),
    ],
)
def test_day_belongs_to_one_period(day: str, anchor_day: int, label: str) -> None:
    """The one that started last."""
    assert BillingPeriod.of_day(date.fromisoformat(day), anchor_day).label == label


@pytest.mark.parametrize("label", ["2026-10", "2026-10-02", "2027-02-31"])
def test_label_is_the_whole_period(label: str) -> None:
    """What is read is what was written."""
    assert BillingPeriod.parse(label).label == label


@pytest.mark.parametrize(
    "label",
    ["2026", "2026-13", "9999-12", "x", "2026-1", "2026-10-", "2026-10-1", "2026-10-01", "2026-10-32"],
)
def test_labels_that_are_no_period(label: str) -> None:
    """A label is a year of this time, a month, and a day where it is not the first."""
    with pytest.raises(ValueError, match=r"period|format|time data|unconverted"):
        BillingPeriod.parse(label)


def test_periods_follow_one_another() -> None:
    """The year turns with December."""
    december = BillingPeriod(2026, 12)

    assert december.next() == BillingPeriod(2027, 1)
    assert december.next().previous() == december
    assert december.previous() < december < BillingPeriod(2026, 12, 15) < december.next()


# ------------------------------------------------------------------------------- days and hours


@pytest.mark.parametrize(
    ("zone", "instant", "day", "index"),
    [
        # A day of 25 hours: the hour that comes twice is two hours.
        ("Europe/Berlin", "2026-10-24 22:30", "2026-10-25", 0),
        ("Europe/Berlin", "2026-10-25 00:30", "2026-10-25", 2),
        ("Europe/Berlin", "2026-10-25 01:30", "2026-10-25", 3),
        ("Europe/Berlin", "2026-10-25 22:30", "2026-10-25", 24),
        ("Europe/Berlin", "2026-10-25 23:00", "2026-10-26", 0),
        # A day of 23.
        ("Europe/Berlin", "2026-03-29 21:59", "2026-03-29", 22),
        # Midnight that clocks skip.
        ("America/Santiago", "2026-09-06 03:59", "2026-09-05", 23),
        ("America/Santiago", "2026-09-06 04:00", "2026-09-06", 0),
        # Midnight that comes twice.
        ("America/Havana", "2026-11-01 04:00", "2026-11-01", 0),
        ("America/Havana", "2026-11-01 05:30", "2026-11-01", 1),
        # Clocks go from 00:01 back to 23:01 of a day that is over.
        ("America/St_Johns", "2010-11-07 02:29", "2010-11-06", 23),
        ("America/St_Johns", "2010-11-07 02:30", "2010-11-07", 0),
        ("America/St_Johns", "2010-11-07 03:00", "2010-11-07", 0),
        # After the twenty-ninth comes the thirty-first.
        ("Pacific/Apia", "2011-12-30 09:59", "2011-12-29", 23),
        ("Pacific/Apia", "2011-12-30 10:00", "2011-12-31", 0),
    ],
)
def test_hours_of_days_on_which_clocks_change(zone: str, instant: str, day: str, index: int) -> None:
    """Hours are counted from the start of the day, and every instant is of one day."""
    hour = Calendar(zone).local_hour(to_ms(utc(instant)))

    assert hour == LocalHour(date.fromisoformat(day), index)
