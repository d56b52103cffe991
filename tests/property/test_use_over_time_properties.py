"""What holds of use over time for every account, every zone that it is shown in, and all sessions."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from botmeter.domain.periods import Calendar, Move, to_ms, to_utc
from botmeter.domain.sessions import Unit
from botmeter.domain.use_over_time import By, GroupBy, UseCount, UseOfTime, UseSpan
from tests.property.test_period_properties import calendars, zones

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Whose clocks differ from those of most others by a part of an hour, some of them only in summer.
ODD = ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Australia/Lord_Howe"]
LONG_DAY = datetime.fromisoformat("2026-10-25T00:30Z")

odd_or_any = st.sampled_from(ODD) | zones
parts = st.sampled_from(list(By))
# Minutes from the middle of the span; there is no session of less.
offsets = st.lists(st.integers(-6 * 24 * 60, 6 * 24 * 60), max_size=40)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """An account that may have moved, and a time near one of its moves, or near a change of clocks."""
    calendar, near = draw(calendars())
    if draw(st.booleans()):
        return Calendar(draw(odd_or_any)), LONG_DAY + draw(st.sampled_from([0, 7, 161, 252])) * DAY
    return calendar, near


@given(accounts(), odd_or_any, st.integers(0, 4), parts, offsets)
@example((Calendar("Europe/Berlin"), LONG_DAY), "Asia/Kolkata", 1, By.DAY, [-1, 0, 29, 30, 59, 60])
@example((Calendar("Asia/Kathmandu"), LONG_DAY), "America/St_Johns", 1, By.HOUR, [0, 15, 30, 45])
@example(
    (Calendar("Europe/Berlin", (Move(date(2026, 10, 1), "Asia/Kolkata"),)), LONG_DAY - 24 * DAY),
    "UTC",
    2,
    By.HOUR,
    list(range(-60 * 24, 60 * 24, 25)),
)
def test_item_counts_the_sessions_between_its_instants(
    account: tuple[Calendar, datetime], zone: str, days: int, by: By, minutes: list[int]
) -> None:
    """Neither more nor fewer; and items follow one another, so that no session is counted twice."""
    calendar, near = account
    span = span_of(calendar, zone, near, days, by)
    starts = [near + n * timedelta(minutes=1) for n in minutes]
    found = added_up(span, starts)

    for use in found:
        inside = [at for at in starts if use.bucket.starts_at <= at < use.bucket.ends_at]
        assert use.usage_sessions == len(inside), use
    assert all(before.bucket.ends_at == after.bucket.starts_at for before, after in pairwise(found))
    assert len({use.bucket.label for use in found}) == len(found)
    with_some = [use for use in found if use.usage_sessions]
    assert span.add_up(counts(span, starts), GroupBy.ACCOUNT) == with_some


@given(accounts(), odd_or_any, st.integers(0, 4), offsets)
def test_hours_of_a_day_add_up_to_it(
    account: tuple[Calendar, datetime], zone: str, days: int, minutes: list[int]
) -> None:
    """As the days of a range do, whichever hours straddle two of them; each hour is on its own day."""
    calendar, near = account
    starts = [near + n * timedelta(minutes=1) for n in minutes]
    hours, of_days, (whole,) = (
        added_up(span_of(calendar, zone, near, days, by), starts) for by in (By.HOUR, By.DAY, By.RANGE)
    )
    of_hours: Counter[str] = Counter()
    for use in hours:
        of_hours[use.bucket.label.partition("/")[0]] += use.usage_sessions
        assert use.bucket.ends_at - use.bucket.starts_at <= HOUR

    assert of_hours == Counter({use.bucket.label: use.usage_sessions for use in of_days})
    assert whole.usage_sessions == sum(use.usage_sessions for use in of_days)
    # A day by itself has the same hours.
    day = date.fromisoformat(of_days[0].bucket.label)
    alone = added_up(UseSpan(calendar, Calendar(zone), day, day, By.HOUR), starts)
    assert sum(use.usage_sessions for use in alone) == of_days[0].usage_sessions


def span_of(calendar: Calendar, zone: str, near: datetime, days: int, by: By) -> UseSpan:
    """Some days around a time."""
    shown = Calendar(zone)
    first = shown.day(near)
    return UseSpan(calendar, shown, first - days * DAY, first + days * DAY, by)


def added_up(span: UseSpan, starts: list[datetime]) -> list[UseOfTime]:
    """All items of a span, with the sessions that begin at `starts`."""
    return span.add_up(counts(span, starts), GroupBy.ACCOUNT, with_empty=True)


def counts(span: UseSpan, starts: list[datetime]) -> list[UseCount]:
    """What is stored of sessions, and read of the span: by hour only where hours matter."""
    stored = Counter(span.calendar.local_hour(to_ms(at)) for at in starts)
    days = set(span.days())
    assert all(to_utc(to_ms(at)) == at for at in starts)
    return [
        UseCount("b", hour.day, 0 if span.is_whole(hour.day) else hour.index, Unit.USAGE, count)
        for hour, count in stored.items()
        if hour.day in days
    ]
