"""An account moves to another time zone: nothing is billed twice, nothing is left out."""

from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.periods import BillingPeriod, Calendar, LocalHour, Move, to_ms

NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)


def utc(text: str) -> datetime:
    """A time such as `2026-10-31 23:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moved(old: str, new: str) -> Calendar:
    """An account that moves on the first of November 2026."""
    return Calendar(old, (Move(NOVEMBER, new),))


# From, to, the first instant of the new zone, the start of the second day there.
MOVES = [
    ("Europe/Berlin", "America/New_York", "2026-10-31 23:00", "2026-11-02 05:00"),
    ("Europe/Berlin", "Asia/Kolkata", "2026-10-31 23:00", "2026-11-01 18:30"),
    ("Europe/Berlin", "Europe/Paris", "2026-10-31 23:00", "2026-11-01 23:00"),
    ("Pacific/Kiritimati", "Etc/GMT+12", "2026-10-31 10:00", "2026-11-02 12:00"),
    # So far east that the first day is over there: it is empty, and the second starts at once.
    ("Pacific/Pago_Pago", "Pacific/Kiritimati", "2026-11-01 11:00", "2026-11-01 11:00"),
]


@pytest.mark.parametrize(("old", "new", "at", "second_day"), MOVES)
def test_day_of_a_move_starts_in_the_old_zone_and_ends_in_the_new(
    old: str, new: str, at: str, second_day: str
) -> None:
    """The first day is longer to the west, and shorter to the east."""
    calendar = moved(old, new)

    assert calendar.start_of_day(NOVEMBER) == utc(at)
    assert calendar.start_of_day(date(2026, 11, 2)) == utc(second_day)
    assert calendar.zone_at(utc(at)).key == new
    assert calendar.zone_at(utc(at) - timedelta(microseconds=1)).key == old
    assert calendar.period_containing(utc(at)) == BillingPeriod(2026, 11)
    assert calendar.day(utc(at) - timedelta(microseconds=1)) == date(2026, 10, 31)


def test_longest_day_has_fifty_hours() -> None:
    """From the farthest east to the farthest west, hours are counted on."""
    calendar = moved("Pacific/Kiritimati", "Etc/GMT+12")

    assert calendar.local_hour(to_ms(utc("2026-11-02 11:59"))) == LocalHour(NOVEMBER, 49)
    assert calendar.local_hour(to_ms(utc("2026-11-02 12:00"))) == LocalHour(date(2026, 11, 2), 0)


def test_move_and_back() -> None:
    """Each move takes effect where the one before has left the account."""
    calendar = Calendar("Europe/Berlin", (Move(NOVEMBER, "Asia/Tokyo"), Move(DECEMBER, "Europe/Berlin")))

    assert BillingPeriod(2026, 10).start(calendar) == utc("2026-09-30 22:00")
    assert BillingPeriod(2026, 11).start(calendar) == utc("2026-10-31 23:00")
    assert BillingPeriod(2026, 12).start(calendar) == utc("2026-11-30 15:00")
    assert BillingPeriod(2027, 1).start(calendar) == utc("2026-12-31 23:00")
    assert calendar.day(utc("2026-11-30 15:30")) == DECEMBER


@pytest.mark.parametrize(
    ("days", "anchor_day"),
    [([date(2026, 11, 2)], 1), ([NOVEMBER], 31), ([DECEMBER, NOVEMBER], 1), ([NOVEMBER, NOVEMBER], 1)],
)
def test_moves_that_cannot_be(days: list[date], anchor_day: int) -> None:
    """A move is on the first day of a period, each after the one before."""
    with pytest.raises(ValueError, match="moves: each must be"):
        Calendar("UTC", tuple(Move(day, "Asia/Tokyo") for day in days), anchor_day)


@pytest.mark.parametrize(
    ("now", "anchor_day", "first_day"),
    [
        ("2026-10-05 12:00", 1, "2026-11-01"),
        ("2026-10-30 23:00", 1, "2026-11-01"),
        ("2026-10-30 23:01", 1, "2026-12-01"),
        ("2026-10-05 12:00", 15, "2026-10-15"),
        ("2027-02-01 12:00", 31, "2027-02-28"),
    ],
)
def test_move_is_on_the_first_period_that_starts_a_day_later(
    now: str, anchor_day: int, first_day: str
) -> None:
    """The start of a period in the present zone, at least 24 hours ahead."""
    calendar = Calendar("Europe/Berlin", (), anchor_day).moved("Asia/Kolkata", utc(now))

    assert calendar.moves == (Move(date.fromisoformat(first_day), "Asia/Kolkata"),)
    assert calendar.latest_time_zone == "Asia/Kolkata"


def test_same_move_again_is_the_same() -> None:
    """At any later time: before it takes effect, the day before, and after."""
    calendar = Calendar("Europe/Berlin").moved("Asia/Kolkata", NOW)

    for now in (utc("2026-10-20 00:00"), utc("2026-10-31 12:00"), utc("2027-05-05 00:00")):
        assert calendar.moved("Asia/Kolkata", now) == calendar


def test_pending_move_is_replaced_or_taken_back() -> None:
    """Until a day before it takes effect."""
    calendar = Calendar("Europe/Berlin").moved("Asia/Kolkata", NOW)

    assert calendar.moved("Asia/Tokyo", NOW).moves == (Move(NOVEMBER, "Asia/Tokyo"),)
    assert calendar.moved("Europe/Berlin", NOW) == Calendar("Europe/Berlin")


def test_move_of_the_next_day_stands() -> None:
    """What is less than a day ahead is not changed any more; the next move follows it."""
    calendar = Calendar("Europe/Berlin").moved("Asia/Kolkata", NOW)
    again = calendar.moved("Asia/Tokyo", utc("2026-10-31 12:00"))

    assert again.moves == (Move(NOVEMBER, "Asia/Kolkata"), Move(DECEMBER, "Asia/Tokyo"))
