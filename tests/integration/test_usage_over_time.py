"""Use over time, and the records behind it, as they are stored."""

from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.adapters.dynamo.keys import DUE_SHARDS
from botmeter.bootstrap import Wiring
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import UsageRecord
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.domain.use_over_time import UseCount
from botmeter.ports.metering import MarkAddition
from tests.fakes.demo import ACCOUNT, conversation

BOTS = frozenset({"bot_essential", "bot_standard", "bot_trial"})
END_OF_OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 1)
MIDNIGHT = datetime(2026, 10, 31, 23, tzinfo=UTC)
LATER_MS = to_ms(datetime(2026, 11, 20, tzinfo=UTC))


def talk(on: Wiring, minutes: range, name: str = "c-1", bot_id: str = "bot_standard") -> None:
    """User messages so many minutes after the midnight that begins November, settled."""
    marks = [encode_mark(to_ms(MIDNIGHT + timedelta(minutes=m)), Kind.USER_MESSAGE) for m in minutes]
    assert not on.timelines.add_marks([MarkAddition(conversation(name, bot_id), marks, LATER_MS)])
    assert sum(on.settle_conversations(shard, LATER_MS).settled for shard in DUE_SHARDS) == 1


def at(minute: int) -> range:
    """One message."""
    return range(minute, minute + 1)


@pytest.fixture
def used(provisioned: Wiring) -> Wiring:
    """Sessions of two bots on both sides of midnight."""
    talk(provisioned, at(-150), "c-1")
    talk(provisioned, at(-149), "c-2")
    talk(provisioned, at(61), "c-3")
    talk(provisioned, at(62), "c-4", "bot_essential")
    return provisioned


def test_days_of_bots_are_read_beside_each_other(used: Wiring) -> None:
    """Over the end of a month, of the bots and days that are asked for."""
    account, days = ACCOUNT.account_id, [END_OF_OCTOBER, NOVEMBER]

    assert set(used.usage.days_of_use(account, BOTS, days)) == set(
        used.usage.days_of_use(account, None, days)
    )
    assert set(used.usage.days_of_use(account, None, days)) == {
        UseCount("bot_standard", END_OF_OCTOBER, 0, Unit.USAGE, 2),
        UseCount("bot_standard", NOVEMBER, 0, Unit.USAGE, 1),
        UseCount("bot_essential", NOVEMBER, 0, Unit.USAGE, 1),
    }
    # The bot that is left out stands between the two.
    assert list(
        used.usage.days_of_use(account, frozenset({"bot_enterprise", "bot_standard"}), [NOVEMBER])
    ) == [UseCount("bot_standard", NOVEMBER, 0, Unit.USAGE, 1)]
    assert not list(used.usage.days_of_use(account, frozenset(), days))
    assert not list(used.usage.days_of_use(account, None, []))


@pytest.mark.parametrize("bot_ids", [frozenset({"bot_standard"}), BOTS - {"bot_trial"}, BOTS, None])
def test_hours_are_the_same_bot_by_bot_and_day_by_day(used: Wiring, bot_ids: frozenset[str] | None) -> None:
    """However they are read, they are those of the bots that are asked for."""
    found = set(used.usage.hours_of_use(ACCOUNT.account_id, bot_ids, [END_OF_OCTOBER, NOVEMBER]))
    counts = {
        UseCount("bot_standard", END_OF_OCTOBER, 21, Unit.USAGE, 2),
        UseCount("bot_standard", NOVEMBER, 1, Unit.USAGE, 1),
        UseCount("bot_essential", NOVEMBER, 1, Unit.USAGE, 1),
    }

    assert found == {count for count in counts if count.bot_id in (bot_ids or BOTS)}
    assert not list(used.usage.hours_of_use(ACCOUNT.account_id, bot_ids, []))


def test_page_of_bots_has_the_use_that_each_bot_has(used: Wiring) -> None:
    """Read together or one by one."""
    bots = used.accounts.bots(ACCOUNT.account_id)
    now, october = datetime(2026, 11, 2, tzinfo=UTC), BillingPeriod(2026, 10)
    for period in (None, october):
        together = used.show_bots.views(bots, now, period)
        assert [v.used for v in together] == [used.show_bots.view(b, now, period).used for b in bots]


def records(on: Wiring, first: date, last: date) -> list[UsageRecord]:
    return on.usage.records_of_sessions(ACCOUNT.account_id, "bot_standard", first, last)


def sessions(found: list[UsageRecord], day: date) -> int:
    """What records add to a day."""
    calendar = ACCOUNT.calendar
    return sum(
        (-1 if record.reverses else 1) * (calendar.local_hour(ms).day == day)
        for record in found
        for ms in record.metered.session_starts_ms
    )


def test_records_of_a_day_are_those_of_windows_that_began_before(provisioned: Wiring) -> None:
    """A conversation of three days is behind each of its days; those of other days are not read."""
    talk(provisioned, range(-30, 2 * 24 * 60, 10), "long")
    talk(provisioned, at(60), "day-before")
    talk(provisioned, at(3 * 24 * 60), "after")
    middle = NOVEMBER + timedelta(days=1)
    found = records(provisioned, middle, middle)

    assert [record.subject.name for record in found] == ["long"]
    assert sessions(found, middle) == sum(
        count.sessions
        for count in provisioned.usage.days_of_use(ACCOUNT.account_id, frozenset({"bot_standard"}), [middle])
    )
    assert not records(provisioned, NOVEMBER + timedelta(days=5), NOVEMBER + timedelta(days=9))


def test_late_event_that_moves_a_window_to_the_day_before_is_found(provisioned: Wiring) -> None:
    """Also where the day's own counts stay as they were: the session moved within its hour."""
    talk(provisioned, at(5))
    talk(provisioned, at(-2))
    found = records(provisioned, NOVEMBER, NOVEMBER)

    # 00:05 was recorded and taken back; now sessions begin at 23:58 alone.
    assert sessions(found, NOVEMBER) == 0
    talk(provisioned, at(14))
    found = records(provisioned, NOVEMBER, NOVEMBER)
    # 00:13 is the second one of the window.
    assert sessions(found, NOVEMBER) == 1
    assert sum(record.sessions for record in records(provisioned, END_OF_OCTOBER, NOVEMBER)) == 2


def test_window_that_moves_within_an_hour_leaves_its_day(provisioned: Wiring) -> None:
    """One transaction takes a session back and adds one in the same hour: the totals do not change."""
    talk(provisioned, range(5, 7))
    talk(provisioned, range(-4, 15, 9))
    found = records(provisioned, NOVEMBER, NOVEMBER)

    assert [(record.sessions, bool(record.reverses)) for record in found] == [
        (2, False),
        (1, False),
        (-1, True),
    ]
    assert sessions(found, NOVEMBER) == 1
    (hour,) = provisioned.usage.hours_of_use(ACCOUNT.account_id, frozenset({"bot_standard"}), [NOVEMBER])
    assert (hour.hour, hour.sessions) == (0, 1)
