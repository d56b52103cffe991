"""Usage: totals by hour, and the records behind them."""

from datetime import date, timedelta

import pytest

from botmeter.domain.errors import NotAllowed, NotFound, Refused
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.services.show_usage import HourOfUse, ShowUsage
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, STRANGER, VIEWER, World

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)


def show(world: World) -> ShowUsage:
    return ShowUsage(world.show_bots, world.usage)


def count(
    world: World, day: date, hour: int, usage: int, *, bot_id: str = "bot_standard", plan: str = "a@1"
) -> None:
    world.usage.counts[bot_id, TotalKey(day, plan), Bucket(Unit.USAGE, hour)] += usage


def test_hours_come_by_bot_day_and_hour() -> None:
    """Over all plan versions, both units in one; hours without sessions are left out."""
    world = World()
    count(world, date(2026, 11, 2), 9, 3)
    count(world, date(2026, 10, 2), 23, 2, plan="a@1")
    count(world, date(2026, 10, 2), 23, 5, plan="b@1")
    count(world, date(2026, 10, 2), 7, 1)
    count(world, date(2026, 10, 2), 7, 4, bot_id="bot_essential")
    world.usage.counts["bot_standard", TotalKey(date(2026, 10, 2), "a@1"), Bucket(Unit.ALERT, 7)] = 6

    assert show(world).totals(ADMIN, FIRST, LAST, None) == [
        HourOfUse("bot_essential", date(2026, 10, 2), 7, 4),
        HourOfUse("bot_standard", date(2026, 10, 2), 7, 1, 6),
        HourOfUse("bot_standard", date(2026, 10, 2), 23, 7),
        HourOfUse("bot_standard", date(2026, 11, 2), 9, 3),
    ]


def test_days_are_included_at_both_ends() -> None:
    """And none beyond."""
    world = World()
    for day in range(1, 6):
        count(world, date(2026, 10, day), 0, day)
    hours = show(world).totals(ADMIN, date(2026, 10, 2), date(2026, 10, 4), "bot_standard")

    assert [hour.usage_sessions for hour in hours] == [2, 3, 4]


@pytest.mark.parametrize("days", [-1, 92, 400])
def test_range_is_limited(days: int) -> None:
    """From one day to 92; the last day is the field that is wrong."""
    with pytest.raises(Refused, match="91 days later at most") as refused:
        show(World()).totals(ADMIN, FIRST, FIRST + timedelta(days=days), None)

    assert refused.value.field == "to"
    assert show(World()).totals(ADMIN, FIRST, FIRST + timedelta(days=91), None) == []


def test_totals_are_of_the_bots_that_a_member_sees() -> None:
    """An owner its own; of one bot only if it may be seen."""
    world = World()
    world.change_owner(ADMIN, "bot_essential", COLLEAGUE.user_id, NOW)
    for name in ("bot_essential", "bot_standard"):
        count(world, FIRST, 0, 1, bot_id=name)
    seen = {
        who.user_id: [hour.bot_id for hour in show(world).totals(who, FIRST, LAST, None)]
        for who in (ADMIN, VIEWER, OWNER, COLLEAGUE, STRANGER)
    }

    both = ["bot_essential", "bot_standard"]
    assert seen == {
        "u-admin": both,
        "u-viewer": both,
        # The former owner keeps seeing.
        "u-owner": both,
        "u-colleague": ["bot_essential"],
        "u-stranger": [],
    }
    with pytest.raises(NotAllowed):
        show(world).totals(COLLEAGUE, FIRST, LAST, "bot_standard")
    with pytest.raises(NotFound):
        show(world).totals(STRANGER, FIRST, LAST, "bot_standard")


def test_records_are_the_windows_of_a_month() -> None:
    """By start, with what took some of them back."""
    world = World()
    world.use(2)
    october = BillingPeriod(2026, 10)
    records = show(world).records(ADMIN, "bot_standard", october)

    assert [record.sessions for record in records] == [1, 1]
    assert show(world).records(ADMIN, "bot_standard", october.next()) == []
    with pytest.raises(NotAllowed):
        show(world).records(COLLEAGUE, "bot_standard", october)
