"""Timelines with more marks than one item holds: their further parts, and who is faster than whom."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from botmeter.adapters.dynamo import timelines as module
from botmeter.adapters.dynamo.keys import DUE_SHARDS, timeline_key
from botmeter.adapters.dynamo.settlements import DynamoSettlements
from botmeter.adapters.dynamo.timelines import DynamoTimelines
from botmeter.bootstrap import Wiring
from botmeter.domain.events import Subject
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.settlement import Metered, Timeline, meter
from botmeter.domain.timeline import Kind, MeteringRule, encode_mark
from botmeter.ports.metering import BotSettlement, MarkAddition
from botmeter.services.settle_conversations import SettlementRun
from tests.fakes.demo import ACCOUNT, conversation
from tests.integration.conftest import USAGE

MINUTE = 60_000
DAY = 24 * 60
START_MS = 1_791_000_000_000  # 2026-10-03T04:00:00Z
TALK = conversation("c-crowded")


@pytest.fixture
def wired(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """The services, where an item holds three marks."""
    monkeypatch.setattr(module, "MARKS_OF_A_PART", 3)
    return provisioned


def mark(minute: int) -> int:
    return encode_mark(START_MS + minute * MINUTE, Kind.USER_MESSAGE)


def see(timelines: DynamoTimelines, *minutes: int) -> bool:
    """Marks come one by one; whether all were written."""
    refused: set[Subject] = set()
    for minute in minutes:
        refused |= timelines.add_marks([MarkAddition(TALK, [mark(minute)], START_MS + 20 * MINUTE)])
    return not refused


def fresh() -> DynamoTimelines:
    """Ingest of another process."""
    return DynamoTimelines(boto3.client("dynamodb"), USAGE)


def settle(wired: Wiring, minute: int) -> SettlementRun:
    run = SettlementRun()
    for shard in DUE_SHARDS:
        run += wired.settle_conversations(shard, START_MS + minute * MINUTE)
    return run


def read(wired: Wiring) -> Timeline:
    (timeline,) = wired.timelines.load([TALK])
    return timeline


def stored(part: int) -> set[int]:
    """The marks of a part."""
    item = boto3.client("dynamodb").get_item(TableName=USAGE, Key=timeline_key(TALK, part)).get("Item", {})
    return {int(number) for number in item.get("marks", {"NS": []})["NS"]}


def billed(wired: Wiring) -> list[Metered]:
    """The windows for which records stand."""
    found: list[Metered] = []
    for period in (BillingPeriod(2026, 10), BillingPeriod(2027, 1), BillingPeriod(2027, 5)):
        for record in wired.usage.records(ACCOUNT.account_id, TALK.bot_id, period):
            if record.reverses:
                found.remove(record.metered)
            else:
                found.append(record.metered)
    return found


def before_the_write(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens between the meter's reading and its writing, once."""
    write, waiting = DynamoSettlements.write, [happens]

    def slowly(store: DynamoSettlements, settlement: BotSettlement) -> None:
        while waiting:
            waiting.pop()()
        write(store, settlement)

    monkeypatch.setattr(DynamoSettlements, "write", slowly)


def test_marks_go_on_in_further_parts_and_are_metered_as_one(wired: Wiring) -> None:
    """Ten marks, three to an item, in one window."""
    minutes = [3 * n for n in range(10)]
    assert see(wired.timelines, *minutes)
    run = settle(wired, 100)

    assert [len(stored(part)) for part in range(5)] == [3, 3, 3, 1, 0]
    assert (run.settled, run.records, run.due) == (1, 1, 0)
    assert billed(wired) == meter(TALK, {mark(m) for m in minutes}, MeteringRule())
    assert read(wired).due_at_ms is None


def test_process_that_knows_nothing_finds_the_part_with_room(wired: Wiring) -> None:
    """It begins with the first item and goes on to the last."""
    see(fresh(), *range(5))
    see(fresh(), 5, 6)

    assert [stored(part) for part in range(3)] == [
        {mark(0), mark(1), mark(2)},
        {mark(3), mark(4), mark(5)},
        {mark(6)},
    ]


def test_mark_that_comes_into_a_part_after_settlement_makes_the_timeline_due(wired: Wiring) -> None:
    """And the window is corrected."""
    see(wired.timelines, 0, 5, 10, 12)
    settle(wired, 100)
    see(wired.timelines, 20)
    assert read(wired).due_at_ms == START_MS + 20 * MINUTE
    settle(wired, 200)

    assert billed(wired) == meter(TALK, {mark(m) for m in (0, 5, 10, 12, 20)}, MeteringRule())


def test_mark_in_a_part_that_was_read_before_is_never_overlooked(
    wired: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settlement does not hold, and the next one has it all."""
    see(wired.timelines, 0, 5, 10, 12)
    before_the_write(monkeypatch, lambda: see(wired.timelines, 20))

    assert settle(wired, 100).conflicts == 1
    assert settle(wired, 100).settled == 1
    assert billed(wired) == meter(TALK, {mark(m) for m in (0, 5, 10, 12, 20)}, MeteringRule())


def test_part_that_is_begun_meanwhile_is_never_overlooked(
    wired: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the first further part, nor one more."""
    see(wired.timelines, 0, 5, 10)
    before_the_write(monkeypatch, lambda: see(wired.timelines, 12))
    assert settle(wired, 100).conflicts == 1
    see(wired.timelines, 14, 16)
    before_the_write(monkeypatch, lambda: see(wired.timelines, 18))
    assert settle(wired, 100).conflicts == 1
    settle(wired, 100)

    assert billed(wired) == meter(TALK, {mark(m) for m in (0, 5, 10, 12, 14, 16, 18)}, MeteringRule())


@pytest.mark.parametrize("lived_for", range(5))
def test_process_that_dies_while_it_begins_a_part_leaves_no_mark_that_is_billed_again(
    wired: Wiring, monkeypatch: pytest.MonkeyPatch, lived_for: int
) -> None:
    """After so many writes. The first item has room when the mark comes again, and forgets it later."""
    see(wired.timelines, 0, 60)
    settle(wired, 200)
    later, much_later = 110 * DAY, 217 * DAY
    see(wired.timelines, later)
    assert not see(dying(monkeypatch, lived_for), later + 30)
    assert not stored(1) or 1 in read(wired).parts
    settle(wired, later + 25)
    see(fresh(), later + 30)
    settle(wired, later + 100)
    for minute in range(much_later, much_later + 5):
        see(fresh(), minute)
        settle(wired, much_later + 100)

    minutes = [0, 60, later, later + 30, *range(much_later, much_later + 5)]
    assert billed(wired) == meter(TALK, {mark(minute) for minute in minutes}, MeteringRule())


def dying(monkeypatch: pytest.MonkeyPatch, lived_for: int) -> DynamoTimelines:
    """Ingest of a process that gets no further than so many writes."""
    client = boto3.client("dynamodb")
    update, left = client.update_item, iter(range(lived_for))

    def update_item(**request: Any) -> Any:
        if next(left, None) is None:
            raise ReadTimeoutError(endpoint_url="")
        return update(**request)

    monkeypatch.setattr(client, "update_item", update_item)
    return DynamoTimelines(client, USAGE)


def test_duplicates_in_further_parts_are_dropped_at_the_next_settlement(wired: Wiring) -> None:
    """The first item is full, so the same marks once more lie in others: until the meter has been there."""
    see(wired.timelines, 0, 5, 10)
    see(wired.timelines, 0, 5, 10, 12)
    assert [len(stored(part)) for part in range(3)] == [3, 3, 1]
    settle(wired, 100)

    assert [len(stored(part)) for part in range(3)] == [3, 0, 1]
    see(fresh(), 0)
    settle(wired, 200)
    assert [len(stored(part)) for part in range(3)] == [3, 0, 1]
    assert billed(wired) == meter(TALK, {mark(m) for m in (0, 5, 10, 12)}, MeteringRule())


def test_old_windows_are_dropped_from_all_parts(wired: Wiring) -> None:
    """After 105 days; what was billed stays billed, and the emptied items take marks again."""
    see(wired.timelines, 0, 5, 10, 12, 14, 16)
    settle(wired, 100)
    see(wired.timelines, 110 * DAY)
    settle(wired, 111 * DAY)

    assert [len(stored(part)) for part in range(4)] == [0, 0, 1, 0]
    assert [record.metered.start_ms for record in read(wired).standing] == [START_MS + 110 * DAY * MINUTE]
    see(fresh(), 110 * DAY + 5)
    assert stored(0) == {mark(110 * DAY + 5)}
    settle(wired, 112 * DAY)
    everything = {mark(m) for m in (0, 5, 10, 12, 14, 16, 110 * DAY, 110 * DAY + 5)}
    assert billed(wired) == meter(TALK, everything, MeteringRule())
    assert read(wired).due_at_ms is None


def test_part_whose_first_is_gone_takes_no_more_marks(wired: Wiring) -> None:
    """What it holds was billed, and only the first part knew: the conversation goes on beyond it."""
    see(wired.timelines, 0, 30, 60, 90, 120)
    settle(wired, 300)
    boto3.client("dynamodb").delete_item(TableName=USAGE, Key=timeline_key(TALK))
    minutes = [200 * DAY + 30 * n for n in range(4)]
    for minute in minutes:
        fresh().add_marks([MarkAddition(TALK, [mark(minute)], START_MS + (minute + 17) * MINUTE)])
    settle(wired, 201 * DAY)

    assert [stored(part) for part in range(3)] == [
        {mark(m) for m in minutes[:3]},
        {mark(90), mark(120)},
        {mark(minutes[3])},
    ]
    assert [r.metered.start_ms for r in read(wired).standing] == [START_MS + m * MINUTE for m in minutes]


def test_further_parts_outlive_the_first(wired: Wiring) -> None:
    """A timeline that comes back to life in its last hour has all its marks."""
    see(wired.timelines, 0, 5, 10, 12)
    settle(wired, 100)
    client = boto3.client("dynamodb")
    first, second = (
        int(client.get_item(TableName=USAGE, Key=timeline_key(TALK, n))["Item"]["expires_at"]["N"])
        for n in (0, 1)
    )

    assert first == (START_MS + 12 * MINUTE) // 1000 + 180 * DAY * 60
    assert second == first + 90 * DAY * 60
