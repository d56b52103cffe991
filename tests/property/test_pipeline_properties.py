"""What holds of ingest and settlement together, in whatever order things happen."""

from collections import Counter
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain import settlement
from botmeter.domain.events import Subject
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Metered, UsageRecord, meter, usage_totals
from botmeter.ports import BotSettlement, MarkAddition
from botmeter.services.settle_conversations import SettleConversations
from tests.fakes.demo import ACCOUNT, STANDARD, bot, conversation, delivery
from tests.fakes.stores import FakeAccounts, FakeUsageTable
from tests.property.strategies import MINUTE, START_MS, mark

SUBJECTS = [conversation("c-1"), conversation("c-2"), delivery("a-1/u-1")]
GRACE_MS = 2 * MINUTE

sightings = st.tuples(st.sampled_from(SUBJECTS), mark)
# A step of the world: some marks arrive, or the meter runs at some time; either may die half-way.
arrival = st.tuples(st.just("arrive"), st.lists(sightings, min_size=1, max_size=6))
run = st.tuples(st.just("settle"), st.integers(0, 400 * MINUTE))
crash = st.tuples(st.just("die"), st.integers(0, 400 * MINUTE))
steps = st.lists(st.one_of(arrival, arrival, run, crash), min_size=1, max_size=14)


class Died(Exception):
    """The process is gone."""


class World:
    """A table, and a meter that may be killed before or after any transaction."""

    def __init__(self) -> None:
        self.table = FakeUsageTable()
        self.accounts = FakeAccounts()
        self.sent: dict[Subject, set[int]] = {}

    def arrive(self, batch: list[tuple[Subject, int]]) -> None:
        for subject, seen in batch:
            self.sent.setdefault(subject, set()).add(seen)
            self.table.add_marks([MarkAddition(subject, [seen], START_MS)])

    def settle(self, now_ms: int) -> None:
        SettleConversations(self.table, self.accounts, self.table, GRACE_MS)("all", now_ms)

    def die(self, now_ms: int) -> None:
        """A run that dies right after its first transaction was written, before it knows."""
        real = self.table.write

        def write_and_die(settlement: BotSettlement) -> None:
            real(settlement)
            raise Died

        self.table.write = write_and_die  # type: ignore[method-assign]
        try:
            self.settle(now_ms)
        except Died:
            pass
        finally:
            self.table.write = real  # type: ignore[method-assign]

    def come_to_rest(self) -> None:
        for _ in range(40):
            self.settle(START_MS + 10**9)


@pytest.fixture(autouse=True, params=[2, settlement.MAX_CHANGES])
def max_changes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Once in portions as small as can be, once as in production."""
    with patch.object(settlement, "MAX_CHANGES", request.param):
        yield


def play(world: World, script: list[tuple[str, object]]) -> None:
    acts: dict[str, Callable[..., None]] = {"arrive": world.arrive, "settle": world.settle, "die": world.die}
    for name, argument in script:
        acts[name](START_MS + argument if isinstance(argument, int) else argument)
    world.come_to_rest()


@given(steps)
@settings(max_examples=120)
def test_after_all_has_come_to_rest_records_say_what_the_rule_says(script: list[tuple[str, object]]) -> None:
    """Whatever arrived, in whatever order, with whatever crashes: what stands is the pure rule's result."""
    world = World()
    play(world, script)
    rule = bot(STANDARD).rule

    for subject, marks in world.sent.items():
        standing = [record.metered for record in world.table.timelines[subject].standing]
        assert standing == meter(subject, marks, rule)
        assert world.table.timelines[subject].due_at_ms is None


@given(steps)
@settings(max_examples=120)
def test_totals_debits_and_records_agree(script: list[tuple[str, object]]) -> None:
    """Records with their reversals, hour totals and debits are three ways to say one thing."""
    world = World()
    play(world, script)
    standing = [r for timeline in world.table.timelines.values() for r in timeline.standing]

    assert net(world.table.appended) == Counter(r.metered for r in standing)
    expected = {
        ("bot_standard", key, bucket): count
        for key, counts in usage_totals(standing, ACCOUNT.zone).items()
        for bucket, count in counts.items()
    }
    assert {k: n for k, n in world.table.totals.items() if n} == expected
    by_unit = Counter({unit: sum(r.sessions for r in standing if r.unit is unit) for unit in Unit})
    debit = by_unit[Unit.USAGE] * 200_000 + by_unit[Unit.ALERT] * 50_000
    assert world.table.debits["bot_standard"] == debit


@given(steps)
def test_record_ids_are_unique_and_reversals_name_one(script: list[tuple[str, object]]) -> None:
    """Every reversal names a record that was written before it, and none is reversed twice."""
    world = World()
    play(world, script)
    ids = [(r.subject, r.record_id) for r in world.table.appended]
    reversed_ids = [(r.subject, r.reverses) for r in world.table.appended if r.reverses]

    assert len(set(ids)) == len(ids)
    assert len(set(reversed_ids)) == len(reversed_ids)
    assert set(reversed_ids) <= set(ids)


def net(records: list[UsageRecord]) -> Counter[Metered]:
    counts: Counter[Metered] = Counter()
    for record in records:
        counts[record.metered] += -1 if record.reverses else 1
    return +counts
