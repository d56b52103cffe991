"""A bot that everybody talks to, a conversation without end, and one that goes on for a year."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

import pytest

import ingest.handler
import meter.handler
from botmeter.domain.events import Subject
from botmeter.domain.periods import to_rfc3339, to_utc
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.metering import MarkAddition
from botmeter.services.settle_conversations import SettleConversations, SettlementRun
from tests.fakes.context import FakeContext
from tests.fakes.demo import STANDARD, bot, conversation
from tests.fakes.stores import FakeUsageTable
from tests.fakes.world import World
from tests.faults import oracle
from tests.faults.cloud import Cloud

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
BEGIN_MS = 1_800_000_000_000
BATCH = 1_000
TRANSACTION = "TransactWriteItems"


class Counting:
    """Counts calls; those of several threads take turns."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._lock = Lock()

    def call(self, operation: str, parameters: Any, perform: Any) -> Any:
        with self._lock:
            self.calls[operation] += 1
            return perform()


@contextmanager
def counting(cloud: Cloud) -> Iterator[Counter[str]]:
    """The calls that are made inside."""
    cloud.fire = counter = Counting()  # type: ignore[assignment]
    yield counter.calls
    cloud.fire = None


def text_of(subject: Subject, at_ms: int, role: str = "user") -> str:
    data = {"account_id": subject.account_id, "bot_id": subject.bot_id, "conversation_id": subject.name}
    event = {"specversion": "1.0", "id": f"{subject.name}-{at_ms}", "source": "s", "time": to_rfc3339(at_ms)}
    return json.dumps({**event, "type": "conversation.message", "data": {**data, "role": role}})


def ingest_all(cloud: Cloud, texts: Sequence[str], now_ms: int) -> None:
    cloud.now_ms = now_ms
    for first in range(0, len(texts), BATCH):
        batch = texts[first : first + BATCH]
        records = [{"messageId": str(n), "body": text} for n, text in enumerate(batch)]
        assert ingest.handler.handler({"Records": records}, FakeContext()) == {"batchItemFailures": []}


def settle(now_ms: int) -> dict[str, int]:
    counts: dict[str, int] = meter.handler.handler({"now": to_utc(now_ms).isoformat()}, FakeContext())
    return counts


def heat(cloud: Cloud, conversations: int) -> dict[Subject, set[int]]:
    """Let so many conversations of one bot become due in the same minute; answers their marks."""
    cloud.empty()
    instants = {conversation(f"c-{n}"): BEGIN_MS - n % MINUTE for n in range(conversations)}
    ingest_all(cloud, [text_of(subject, at_ms) for subject, at_ms in instants.items()], BEGIN_MS)
    return {subject: {encode_mark(at_ms, Kind.USER_MESSAGE)} for subject, at_ms in instants.items()}


@pytest.fixture
def conversations(request: pytest.FixtureRequest) -> int:
    """How many a hot bot has."""
    number: int = request.config.getoption("--conversations", default=2_000)
    return number


def test_hot_bot_is_settled_in_one_run_without_conflicts(cloud: Cloud, conversations: int) -> None:
    """Each transaction takes as many conversations as it holds; no two meet in one item."""
    marks = heat(cloud, conversations)

    with counting(cloud) as calls:
        counts = settle(BEGIN_MS + 60 * MINUTE)

    assert (counts["settled"], counts["conflicts"], counts["due"]) == (conversations, 0, 0)
    assert calls[TRANSACTION] <= conversations / 70 + 1
    oracle.check_bills(cloud, marks)


def test_two_meters_at_once_settle_a_hot_bot_once(cloud: Cloud, conversations: int) -> None:
    """Who is second in a transaction leaves it: none is tried more than twice."""
    marks = heat(cloud, conversations // 4)
    runs: list[SettlementRun] = []

    def work() -> None:
        of_its_own = cloud.new_process().settle_conversations
        now_ms = BEGIN_MS + 60 * MINUTE
        runs.extend(of_its_own(shard, now_ms) for shard in of_its_own.timelines.shards())

    with counting(cloud) as calls:
        meters = [Thread(target=work) for _ in range(2)]
        for one in meters:
            one.start()
        for one in meters:
            one.join()

    assert sum(run.settled for run in runs) == len(marks)
    assert calls[TRANSACTION] <= 2 * (len(marks) / 70 + 1)
    oracle.check_bills(cloud, marks)


def test_hotter_bot_in_memory(conversations: int) -> None:
    """Of a store that takes no time ten times as many conversations ask as few transactions."""
    number = 10 * conversations
    billing = World([bot(STANDARD)]).billing
    table = FakeUsageTable(billing)
    mark = encode_mark(BEGIN_MS, Kind.USER_MESSAGE)
    table.add_marks([MarkAddition(conversation(f"c-{n}"), [mark], BEGIN_MS) for n in range(number)])

    began = time.perf_counter()
    run = SettleConversations(table, billing.accounts, billing, table, 2 * MINUTE)("all", BEGIN_MS + DAY)
    seconds = time.perf_counter() - began
    sys.stdout.write(f"{number} conversations: {seconds:.1f} s, {len(table.transactions)} transactions\n")

    assert (run.settled, run.conflicts, run.due) == (number, 0, 0)
    assert len(table.transactions) <= number / 70 + 1


def test_conversation_of_50000_messages_is_metered(cloud: Cloud) -> None:
    """More marks than an item holds: none goes to the dead letters, and the bill is the rule's."""
    cloud.empty()
    subject = conversation("endless")
    instants = range(BEGIN_MS - 50_000_000, BEGIN_MS, 1_000)
    ingest_all(cloud, [text_of(subject, at_ms) for at_ms in instants], BEGIN_MS)

    counts = settle(BEGIN_MS + DAY)

    assert (counts["settled"], counts["stuck"], counts["due"]) == (1, 0, 0)
    oracle.check_bills(cloud, {subject: {encode_mark(at_ms, Kind.USER_MESSAGE) for at_ms in instants}})


def test_conversation_that_goes_on_for_a_year_does_not_grow(
    cloud: Cloud, request: pytest.FixtureRequest
) -> None:
    """A message a day under one id: what nothing can change any more is dropped, the bill is the same."""
    cloud.empty()
    subject, largest = conversation("daily"), 0
    instants = [BEGIN_MS + day * DAY for day in range(365)]
    # Moto takes long for items of such length: the meter works once a week, unless there is time.
    pause = 7 if request.config.getoption("--scale", default=1) == 1 else 1
    for day, at_ms in enumerate(instants):
        ingest_all(cloud, [text_of(subject, at_ms)], at_ms + MINUTE)
        if day % pause and day < len(instants) - 1:
            continue
        settle(at_ms + 60 * MINUTE)
        (timeline,) = cloud.wiring.settle_conversations.timelines.load([subject])
        largest = max(largest, len(timeline.marks), len(timeline.standing))

    assert largest <= 106 + pause
    oracle.check_bills(cloud, {subject: {encode_mark(at_ms, Kind.USER_MESSAGE) for at_ms in instants}})
