"""Use over time: counted hours in the days of other time zones, also where clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.periods import Calendar, Move, to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Metered, TotalKey, UsageRecord
from botmeter.domain.timeline import MINUTE_MS
from botmeter.domain.use_over_time import By, GroupBy, UseCount, UseSpan, days_of_windows
from tests.fakes.demo import conversation

BERLIN, UTC_DAYS = Calendar("Europe/Berlin"), Calendar("UTC")
KOLKATA = Calendar("Asia/Kolkata")
# Clocks go back on the first and forward on the second.
LONG_DAY, SHORT_DAY = date(2026, 10, 25), date(2026, 3, 29)


def every_hour(calendar: Calendar, day: date) -> list[UseCount]:
    """One session in each hour of a counted day, 25 on the longest of ordinary ones."""
    length = calendar.start_of_day(day + timedelta(days=1)) - calendar.start_of_day(day)
    return [UseCount("b", day, hour, Unit.USAGE, 1) for hour in range(-(-length // timedelta(hours=1)))]


def labels(span: UseSpan, counts: list[UseCount]) -> dict[str, int]:
    """Sessions by what their bucket is called."""
    return {use.bucket.label: use.usage_sessions for use in span.add_up(counts, GroupBy.ACCOUNT)}


@pytest.mark.parametrize(("day", "hours"), [(LONG_DAY, 25), (SHORT_DAY, 23), (date(2026, 7, 1), 24)])
def test_hours_of_a_day_begin_one_after_the_other(day: date, hours: int) -> None:
    """Also on days on which clocks change: each has its own instant, an hour after the one before."""
    span = UseSpan(BERLIN, BERLIN, day, day, By.HOUR)
    found = span.add_up(every_hour(BERLIN, day), GroupBy.BOT)
    start = BERLIN.start_of_day(day)

    assert [use.bucket.label for use in found] == [f"{day}/{n:02d}" for n in range(hours)]
    assert [use.bucket.starts_at for use in found] == [start + timedelta(hours=n) for n in range(hours)]
    assert not span.is_whole(day)


@pytest.mark.parametrize(
    ("day", "counted"),
    [
        # UTC has two hours of the day before the change, and an hour less of the day after it.
        (LONG_DAY, {"2026-10-24": 2, "2026-10-25": 23}),
        (SHORT_DAY, {"2026-03-28": 1, "2026-03-29": 22}),
    ],
)
def test_day_on_which_clocks_change_is_cut_where_the_other_one_ends(
    day: date, counted: dict[str, int]
) -> None:
    """No session is lost or counted twice."""
    span = UseSpan(BERLIN, UTC_DAYS, day - timedelta(days=1), day, By.DAY)

    assert labels(span, every_hour(BERLIN, day)) == counted


def test_other_zone_has_a_day_of_25_hours() -> None:
    """Its day is made up of the hours of two counted days."""
    counts = every_hour(UTC_DAYS, LONG_DAY - timedelta(days=1)) + every_hour(UTC_DAYS, LONG_DAY)
    span = UseSpan(UTC_DAYS, BERLIN, LONG_DAY, LONG_DAY, By.DAY)

    assert labels(span, counts) == {"2026-10-25": 25}
    assert list(span.days()) == [LONG_DAY - timedelta(days=1), LONG_DAY]


def test_hour_that_straddles_midnight_counts_where_it_begins() -> None:
    """Kolkata is 5:30 ahead: its midnight is in the middle of an hour of UTC; its hours begin there too."""
    day = date(2026, 7, 1)
    counts = [UseCount("b", day, hour, Unit.USAGE, 1) for hour in (17, 18, 19)]
    of_days = UseSpan(UTC_DAYS, KOLKATA, day, day + timedelta(days=1), By.DAY)
    of_hours = UseSpan(UTC_DAYS, KOLKATA, day, day + timedelta(days=1), By.HOUR)

    # 18:00 UTC is 23:30 there.
    assert labels(of_days, counts) == {"2026-07-01": 2, "2026-07-02": 1}
    assert labels(of_hours, counts) == {"2026-07-01/22:30": 1, "2026-07-01/23:30": 1, "2026-07-02/00:30": 1}


def test_hour_is_the_one_that_was_counted() -> None:
    """Whatever clocks show there: its beginning and its end are the account's."""
    day = date(2026, 10, 2)
    span = UseSpan(BERLIN, KOLKATA, day, day, By.HOUR)
    (found,) = span.add_up([UseCount("b", day, 11, Unit.USAGE, 6)], GroupBy.BOT)

    assert found.bucket == (
        datetime(2026, 10, 2, 9, tzinfo=UTC),
        datetime(2026, 10, 2, 10, tzinfo=UTC),
        "2026-10-02/14:30",
    )


def test_day_begins_with_the_first_hour_that_does_so_on_it() -> None:
    """And ends where the next one begins: between these lie exactly the sessions that it counts."""
    day = date(2026, 7, 1)
    span = UseSpan(UTC_DAYS, KOLKATA, day, day, By.DAY)

    assert list(span.buckets()) == [
        (datetime(2026, 6, 30, 19, tzinfo=UTC), datetime(2026, 7, 1, 19, tzinfo=UTC), "2026-07-01")
    ]


def test_last_hour_of_a_day_may_be_half_of_one() -> None:
    """On Lord Howe clocks go back by 30 minutes: elsewhere, two hours begin in one."""
    lord_howe = Calendar("Australia/Lord_Howe")
    span = UseSpan(lord_howe, UTC_DAYS, date(2026, 4, 5), date(2026, 4, 5), By.HOUR)
    hours = [bucket for bucket in span.buckets() if "/13" in bucket.label]

    assert [(bucket.label, bucket.ends_at - bucket.starts_at) for bucket in hours] == [
        ("2026-04-05/13", timedelta(minutes=30)),
        ("2026-04-05/13:30", timedelta(hours=1)),
    ]


def test_what_has_no_sessions_is_there_if_it_is_asked_for() -> None:
    """Every day of the span, of no bot."""
    days = [date(2026, 10, day) for day in (24, 25, 26)]
    span = UseSpan(BERLIN, BERLIN, days[0], days[-1], By.DAY)
    counts = [UseCount("b", LONG_DAY, 0, Unit.USAGE, 3)]
    found = span.add_up(counts, GroupBy.ACCOUNT, with_empty=True)

    assert [(use.bot_id, use.bucket.label, use.usage_sessions) for use in found] == [
        (None, "2026-10-24", 0),
        (None, "2026-10-25", 3),
        (None, "2026-10-26", 0),
    ]
    assert found == span.add_up([*counts], GroupBy.ACCOUNT, with_empty=True)
    assert len(span.add_up(counts, GroupBy.ACCOUNT)) == 1


def test_days_are_whole_where_the_calendars_agree() -> None:
    """London and Lisbon always do, London and UTC until the end of the day on which clocks change."""
    london = Calendar("Europe/London")
    days = [SHORT_DAY + timedelta(days=n) for n in (-1, 0, 1)]
    for other, whole in ((Calendar("Europe/Lisbon"), [True, True, True]), (UTC_DAYS, [True, True, False])):
        span = UseSpan(london, other, days[0], days[-1], By.DAY)
        assert [span.is_whole(day) for day in days] == whole


def test_day_that_reaches_out_of_the_span_is_not_whole() -> None:
    """On the day of a move west an account's day is longer than any day elsewhere, on both sides."""
    moved = date(2026, 11, 1)
    account = Calendar("Pacific/Kiritimati", (Move(moved, "Etc/GMT+12"),))
    span = UseSpan(account, UTC_DAYS, moved, moved, By.RANGE)

    assert list(span.days()) == [moved]
    assert not span.is_whole(moved)
    # It has 14 hours before the day in UTC, and 12 after it.
    assert labels(span, every_hour(account, moved)) == {"2026-11-01": 24}


def test_hours_before_a_cut_are_left_out() -> None:
    """The last 24 hours are the end of one day and the beginning of the next, all in one bucket."""
    days = [date(2026, 10, 5), date(2026, 10, 6)]
    cut = datetime(2026, 10, 5, 15, tzinfo=UTC)
    span = UseSpan(BERLIN, BERLIN, days[0], days[1], By.RANGE, cut)

    assert [span.is_whole(day) for day in span.days()] == [False, True]
    (found,) = span.add_up([count for day in days for count in every_hour(BERLIN, day)], GroupBy.BOT)
    # From 17:00 of the first day on.
    assert (found.bucket.starts_at, found.usage_sessions) == (cut, 7 + 24)


def test_cut_before_the_first_day_leaves_nothing_out() -> None:
    """A span never begins before its first day."""
    day = date(2026, 10, 5)
    span = UseSpan(BERLIN, BERLIN, day, day, By.DAY, datetime(2026, 10, 1, tzinfo=UTC))

    assert labels(span, every_hour(BERLIN, day)) == {"2026-10-05": 24}


def test_bucket_of_a_month_begins_where_the_span_does() -> None:
    """So that all of its sessions lie between its beginning and the next one's."""
    span = UseSpan(BERLIN, BERLIN, date(2026, 10, 20), date(2026, 11, 10), By.MONTH)
    counts = [UseCount("b", date(2026, month, 5 + month), 0, Unit.ALERT, 1) for month in (10, 11)]
    counts += [
        UseCount("b", date(2026, 10, 25), 24, Unit.ALERT, 2),
        UseCount("b", date(2026, 11, 1), 0, Unit.ALERT, 4),
    ]
    found = span.add_up(counts, GroupBy.BOT)

    assert [(use.bucket.label, use.bucket.starts_at, use.alert_sessions) for use in found] == [
        ("2026-10", datetime(2026, 10, 19, 22, tzinfo=UTC), 2),
        ("2026-11", datetime(2026, 10, 31, 23, tzinfo=UTC), 4),
    ]


def test_days_of_windows_are_named_by_the_days_of_their_sessions() -> None:
    """Only where a window began on another day than its session: most name none."""
    midnight_ms = to_ms(BERLIN.start_of_day(LONG_DAY))
    quarter_ms = 15 * MINUTE_MS
    starts = (midnight_ms - quarter_ms, midnight_ms, midnight_ms + quarter_ms)
    over = UsageRecord(conversation(), 1, Metered(starts[0], starts[-1], 0, starts), "a@1", "v1-15")
    within = UsageRecord(conversation(), 2, Metered(starts[1], starts[-1], 0, starts[1:]), "b@1", "v1-15")

    day_before = LONG_DAY - timedelta(days=1)
    assert days_of_windows([over, within], BERLIN) == {TotalKey(LONG_DAY, "a@1"): {day_before}}
