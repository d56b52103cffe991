"""Usage: sessions over time, and the records behind them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.errors import NotAllowed, NotFound, Refused
from botmeter.domain.members import Member
from botmeter.domain.periods import BillingPeriod, Move, to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.domain.use_over_time import By, GroupBy
from botmeter.ports.metering import MarkAddition
from botmeter.services.show_usage import AskedRecords, AskedUse, ShowUsage
from tests.fakes.demo import ACCOUNT, conversation, delivery
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, STRANGER, VIEWER, World

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
MONTHS = AskedUse(FIRST, LAST)


def show(world: World) -> ShowUsage:
    return ShowUsage(world.show_bots, world.usage)


def count(
    world: World, day: date, hour: int, usage: int, *, bot_id: str = "bot_standard", plan: str = "a@1"
) -> None:
    world.usage.counts[bot_id, TotalKey(day, plan), Bucket(Unit.USAGE, hour)] += usage


def shown(world: World, asked: AskedUse, who: Member = ADMIN) -> list[tuple[str | None, str, int, int]]:
    """What is answered, without the instants."""
    return [
        (use.bot_id, use.bucket.label, use.usage_sessions, use.alert_sessions)
        for use in show(world).totals(who, asked)
    ]


@pytest.fixture
def busy() -> World:
    """Sessions of two bots, on three days of two months."""
    world = World()
    count(world, date(2026, 11, 2), 9, 3)
    count(world, date(2026, 10, 2), 23, 2, plan="a@1")
    count(world, date(2026, 10, 2), 23, 5, plan="b@1")
    count(world, date(2026, 10, 2), 7, 1)
    count(world, date(2026, 10, 3), 7, 4, bot_id="bot_essential")
    world.usage.counts["bot_standard", TotalKey(date(2026, 10, 2), "a@1"), Bucket(Unit.ALERT, 7)] = 6
    return world


def test_one_hour_of_all_bots(busy: World) -> None:
    """What is asked for by its start, and nothing beside it."""
    count(busy, date(2026, 10, 2), 7, 8, bot_id="bot_essential")

    assert shown(busy, replace(MONTHS, by=By.HOUR, start="2026-10-02/07")) == [
        ("bot_essential", "2026-10-02/07", 8, 0),
        ("bot_standard", "2026-10-02/07", 1, 6),
    ]


def test_what_begins_before_an_hour_is_left_out(busy: World) -> None:
    """As the first hours of a day of which only the end is wanted."""
    since = ACCOUNT.calendar.start_of_day(date(2026, 10, 2)) + timedelta(hours=8)
    asked = AskedUse(date(2026, 10, 2), date(2026, 10, 3), By.RANGE, GroupBy.ACCOUNT, since=since)

    assert shown(busy, asked) == [(None, "2026-10-02", 7 + 4, 0)]


@pytest.mark.parametrize(
    ("by", "items"),
    [
        (
            By.HOUR,
            [
                ("bot_essential", "2026-10-03/07", 4, 0),
                ("bot_standard", "2026-10-02/07", 1, 6),
                ("bot_standard", "2026-10-02/23", 7, 0),
                ("bot_standard", "2026-11-02/09", 3, 0),
            ],
        ),
        (
            By.DAY,
            [
                ("bot_essential", "2026-10-03", 4, 0),
                ("bot_standard", "2026-10-02", 8, 6),
                ("bot_standard", "2026-11-02", 3, 0),
            ],
        ),
        (
            By.MONTH,
            [
                ("bot_essential", "2026-10", 4, 0),
                ("bot_standard", "2026-10", 8, 6),
                ("bot_standard", "2026-11", 3, 0),
            ],
        ),
        (By.RANGE, [("bot_essential", "2026-10-01", 4, 0), ("bot_standard", "2026-10-01", 11, 6)]),
    ],
)
def test_use_is_added_up_by_bot_and_time(
    busy: World, by: By, items: list[tuple[str | None, str, int, int]]
) -> None:
    """Over all plan versions, both units in one; what has no sessions is left out."""
    assert shown(busy, replace(MONTHS, by=by)) == items


def test_use_of_the_account_is_that_of_its_bots(busy: World) -> None:
    """In the order of time, without a bot."""
    assert shown(busy, replace(MONTHS, group_by=GroupBy.ACCOUNT)) == [
        (None, "2026-10-02", 8, 6),
        (None, "2026-10-03", 4, 0),
        (None, "2026-11-02", 3, 0),
    ]
    assert shown(busy, replace(MONTHS, by=By.RANGE, group_by=GroupBy.ACCOUNT)) == [
        (None, "2026-10-01", 15, 6)
    ]


def test_days_are_included_at_both_ends() -> None:
    """And none beyond."""
    world = World()
    for day in range(1, 6):
        count(world, date(2026, 10, day), 0, day)
    asked = AskedUse(date(2026, 10, 2), date(2026, 10, 4), bot_id="bot_standard")

    assert [usage for _, _, usage, _ in shown(world, asked)] == [2, 3, 4]


def test_hours_are_read_only_where_they_matter() -> None:
    """For days of the account's calendar its totals by day do; for a range elsewhere, but for both ends."""
    world = World()
    asked = AskedUse(date(2026, 10, 5), date(2026, 10, 8))
    show(world).totals(ADMIN, asked)
    # The same clock by another name.
    show(world).totals(ADMIN, replace(asked, time_zone="Europe/Vienna"))
    assert world.usage.read_by_hour == []

    show(world).totals(ADMIN, replace(asked, time_zone="Asia/Kolkata", by=By.RANGE))
    assert world.usage.read_by_hour == [date(2026, 10, 4), date(2026, 10, 8)]
    assert world.usage.read_by_day[-3:] == [date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 7)]


def test_days_of_an_account_that_has_moved_are_its_own() -> None:
    """Its calendar is not that of its first time zone; asked for in that one, days end otherwise."""
    world = World()
    moved = replace(ACCOUNT, moves=(Move(date(2026, 11, 1), "America/New_York"),))
    world.accounts.put_account(moved)
    count(world, date(2026, 11, 2), 23, 1)
    asked = AskedUse(date(2026, 11, 1), date(2026, 11, 5), bot_id="bot_standard")

    assert shown(world, asked) == [("bot_standard", "2026-11-02", 1, 0)]
    assert shown(world, replace(asked, time_zone="Europe/Berlin")) == [("bot_standard", "2026-11-03", 1, 0)]


@pytest.mark.parametrize("days", [-1, 92, 400])
def test_range_is_limited(days: int) -> None:
    """From one day to 92; the last day is the field that is wrong."""
    with pytest.raises(Refused, match="91 days later at most") as refused:
        show(World()).totals(ADMIN, AskedUse(FIRST, FIRST + timedelta(days=days)))

    assert refused.value.field == "to"
    assert shown(World(), AskedUse(FIRST, FIRST + timedelta(days=91))) == []


def test_days_without_sessions_are_of_the_account_alone() -> None:
    """A bot by itself has them too; bot by bot there are none."""
    world = World()
    count(world, FIRST, 0, 2)
    asked = AskedUse(FIRST, FIRST + timedelta(days=1), with_empty=True)
    of_account = replace(asked, group_by=GroupBy.ACCOUNT)

    assert shown(world, of_account) == [(None, "2026-10-01", 2, 0), (None, "2026-10-02", 0, 0)]
    assert [usage for *_, usage, _ in shown(world, replace(of_account, bot_id="bot_essential"))] == [0, 0]
    with pytest.raises(Refused) as refused:
        show(world).totals(ADMIN, asked)
    assert refused.value.field == "empty"


def test_totals_are_of_the_bots_that_a_member_sees() -> None:
    """An owner its own; of one bot only if it may be seen. Those of the account are added up of no others."""
    world = World()
    world.change_owner(ADMIN, "bot_essential", COLLEAGUE.user_id, NOW)
    for name in ("bot_essential", "bot_standard"):
        count(world, FIRST, 0, 1, bot_id=name)
    seen = {
        who.user_id: [bot_id for bot_id, *_ in shown(world, MONTHS, who)]
        for who in (ADMIN, VIEWER, OWNER, COLLEAGUE)
    }

    both = ["bot_essential", "bot_standard"]
    assert seen == {
        "u-admin": both,
        "u-viewer": both,
        # The former owner keeps seeing.
        "u-owner": both,
        "u-colleague": ["bot_essential"],
    }
    of_account = replace(MONTHS, group_by=GroupBy.ACCOUNT)
    assert shown(world, of_account, COLLEAGUE) == [(None, "2026-10-01", 1, 0)]
    assert shown(world, of_account, STRANGER) == []
    of_bot = replace(MONTHS, bot_id="bot_standard")
    with pytest.raises(NotAllowed):
        show(world).totals(COLLEAGUE, of_bot)
    with pytest.raises(NotFound):
        show(world).totals(STRANGER, of_bot)


def test_records_are_the_windows_of_a_month() -> None:
    """By start, with what took some of them back; by default of the running one."""
    world = World()
    world.use(2)
    october = BillingPeriod(2026, 10)
    service = show(world)
    records = service.records(ADMIN, "bot_standard", AskedRecords(october), NOW)

    assert [record.sessions for record in records] == [1, 1]
    assert service.records(ADMIN, "bot_standard", AskedRecords(), NOW) == records
    assert service.records(ADMIN, "bot_standard", AskedRecords(october.next()), NOW) == []
    with pytest.raises(NotAllowed):
        service.records(COLLEAGUE, "bot_standard", AskedRecords(october), NOW)


def test_records_between_instants_have_sessions_there() -> None:
    """The first instant belongs to it and the last does not; windows may have begun long before."""
    world = World()
    midnight = ACCOUNT.calendar.start_of_day(date(2026, 10, 4))
    begin = midnight - timedelta(minutes=20)
    # A message every 10 minutes: sessions begin at 23:40, 23:55, 00:10 and 00:25.
    marks = [encode_mark(to_ms(begin + timedelta(minutes=10 * n)), Kind.USER_MESSAGE) for n in range(6)]
    alert = [encode_mark(to_ms(midnight), Kind.ALERT_DELIVERED)]
    world.usage.add_marks(
        [MarkAddition(conversation(), marks, to_ms(NOW)), MarkAddition(delivery(), alert, to_ms(NOW))]
    )
    assert world.settle("all", to_ms(NOW)).settled == 2

    def found(since: int, until: int, unit: Unit | None = None) -> list[str]:
        """The units of what is there between two minutes after midnight."""
        first, end = (midnight + timedelta(minutes=m) for m in (since, until))
        records = show(world).records(ADMIN, "bot_standard", AskedRecords(None, first, end, unit), NOW)
        return [record.unit for record in records]

    assert found(0, 60) == ["usage", "alert"]
    assert found(10, 11) == ["usage"]
    assert found(-4, 10) == ["alert"]
    assert found(26, 60) == []
    assert found(0, 60, Unit.ALERT) == ["alert"]
    assert found(0, 60, Unit.USAGE) == ["usage"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (AskedRecords(since=NOW), "to"),
        (AskedRecords(until=NOW), "from"),
        (AskedRecords(BillingPeriod(2026, 10), NOW - timedelta(1), NOW), "period"),
        (AskedRecords(since=NOW, until=NOW), "to"),
        (AskedRecords(since=NOW - timedelta(days=92, milliseconds=1), until=NOW), "to"),
    ],
)
def test_limits_that_are_none_are_refused(asked: AskedRecords, field: str) -> None:
    """One end alone, a period beside them, no time at all or more than 92 days."""
    with pytest.raises(Refused) as refused:
        show(World()).records(ADMIN, "bot_standard", asked, NOW)

    assert refused.value.field == field
    longest = AskedRecords(since=NOW - timedelta(days=92), until=datetime(2026, 10, 5, 12, tzinfo=UTC))
    assert show(World()).records(ADMIN, "bot_standard", longest, NOW) == []
