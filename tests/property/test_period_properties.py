"""What holds of days and periods for every zone, anchor and history of moves."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.periods import BillingPeriod, Calendar, Move, time_zones, to_ms
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.subscriptions import Subscription

DAY = timedelta(days=1)
LAST = timedelta(microseconds=1)
LONGEST_HOURS = 50
PLAN = PlanVersion("essential", 1, "Essential", PlanKind.SUBSCRIPTION, "EUR", monthly_fee_micros=1)

zones = st.sampled_from(sorted(time_zones()))
anchors = st.integers(1, 31)
# Clocks and zones of these years are history, the future's are as they are today.
instants = st.integers(0, 30 * 365 * 86_400).map(
    lambda s: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """An account that has moved up to three times, to anywhere and back, and a time near one of the moves."""
    anchor_day, near = draw(anchors), draw(instants)
    period = BillingPeriod.of_day(near.date(), anchor_day)
    moves = []
    for _ in range(draw(st.integers(0, 3))):
        moves.append(Move(period.first_day, draw(zones)))
        for _ in range(draw(st.integers(1, 2))):
            period = period.next()
    return Calendar(draw(zones), tuple(moves), anchor_day), near


@given(calendars(), st.integers(-60, 90), st.integers(0, 86_399_999_999))
def test_every_instant_is_of_one_day_and_one_period(
    history: tuple[Calendar, datetime], days: int, micros: int
) -> None:
    """The day that has started last, and the period to which this day belongs."""
    calendar, near = history
    instant = near + days * DAY + timedelta(microseconds=micros)
    day, period = calendar.day(instant), calendar.period_containing(instant)

    assert calendar.start_of_day(day) <= instant < calendar.start_of_day(day + DAY)
    assert period.start(calendar) <= instant < period.end(calendar)
    assert period.first_day <= day <= period.last_day
    hour = calendar.local_hour(to_ms(instant))
    assert hour.day == calendar.day(instant.replace(microsecond=instant.microsecond // 1000 * 1000))
    assert 0 <= hour.index < LONGEST_HOURS


@given(calendars())
def test_days_follow_one_another(history: tuple[Calendar, datetime]) -> None:
    """Each starts later than the one before, or is skipped; its first and its last instant are its own."""
    calendar, near = history
    days = [near.date() + n * DAY for n in range(-40, 70)]
    for day, following in pairwise(days):
        start, end = calendar.start_of_day(day), calendar.start_of_day(following)
        assert start <= end <= start + LONGEST_HOURS * timedelta(hours=1)
        if start < end:
            assert calendar.day(start) == calendar.day(end - LAST) == day


@given(calendars())
def test_periods_follow_one_another(history: tuple[Calendar, datetime]) -> None:
    """Each ends where the next starts, on days without gap, and no day is charged twice or left out."""
    calendar, near = history
    period = calendar.period_containing(near).previous()
    subscription = Subscription.begin(PLAN, near - 1000 * DAY)
    for _ in range(6):
        assert period.end(calendar) == period.next().start(calendar) > period.start(calendar)
        assert period.next().previous() == period
        charged = [day for day, _ in subscription.days(period, calendar)]
        assert charged == [period.first_day + n * DAY for n in range(period.days)]
        period = period.next()


@given(calendars(), zones, st.integers(-60, 90))
def test_move_changes_nothing_that_may_have_been_metered(
    history: tuple[Calendar, datetime], zone: str, days: int
) -> None:
    """Up to a day after it is decided all days and periods stay; the new zone follows within two periods."""
    calendar, near = history
    now = near + days * DAY
    moved = calendar.moved(zone, now)

    assert moved.moved(zone, now) == moved
    assert moved.moved(zone, now + 31 * DAY) == moved
    assert moved.zone_at(now + 70 * DAY).key == moved.latest_time_zone == zone
    for hours in range(-2000, 25, 7):
        instant = now + timedelta(hours=hours)
        assert moved.local_hour(to_ms(instant)) == calendar.local_hour(to_ms(instant))
        assert moved.period_containing(instant) == calendar.period_containing(instant)


@given(calendars())
def test_history_before_a_move_is_what_it_was(history: tuple[Calendar, datetime]) -> None:
    """Without its last move, everything before it is reckoned alike."""
    calendar, _ = history
    if not calendar.moves:
        return
    before = replace(calendar, moves=calendar.moves[:-1])
    at = before.start_of_day(calendar.moves[-1].first_day)

    assert calendar.start_of_day(calendar.moves[-1].first_day) == at
    for hours in range(1, 3000, 11):
        instant = at - timedelta(hours=hours)
        assert calendar.local_hour(to_ms(instant)) == before.local_hour(to_ms(instant))
        assert calendar.zone_at(instant) == before.zone_at(instant)


@given(st.dates(date(2001, 1, 1), date(2199, 1, 1)), anchors)
def test_label_and_period_are_one(day: date, anchor_day: int) -> None:
    """A period is read as it was written, and its days are of no other."""
    period = BillingPeriod.of_day(day, anchor_day)

    assert BillingPeriod.parse(period.label) == period
    assert period.first_day <= day <= period.last_day
    assert period.previous().last_day < period.first_day <= period.last_day < period.next().first_day
