"""What holds of ingest and settlement together, in whatever order things happen."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain import settling
from botmeter.domain.events import Subject
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Metered, UsageRecord, meter, usage_totals
from botmeter.ports.metering import MarkAddition
from botmeter.services.settle_conversations import SettleConversations
from tests.fakes.billing import FakeBilling
from tests.fakes.demo import ACCOUNT, STANDARD, bot, conversation, delivery
from tests.fakes.stores import FakeUsageTable
from tests.fakes.world import Died, World, die
from tests.property.strategies import MINUTE, START_MS, mark

SUBJECTS = [conversation("c-1"), conversation("c-2"), delivery("a-1/u-1")]
GRACE_MS = 2 * MINUTE

sightings = st.tuples(st.sampled_from(SUBJECTS), mark)
# A step of the world: some marks arrive, or the meter runs at some time; either may die half-way.
arrival = st.tuples(st.just("arrive"), st.lists(sightings, min_size=1, max_size=6))
run = st.tuples(st.just("settle"), st.integers(0, 400 * MINUTE))
crash = st.tuples(st.just("die"), st.integers(0, 400 * MINUTE))
steps = st.lists(st.one_of(arrival, arrival, run, crash), min_size=1, max_size=14)


class Plant:
    """A table, and a meter that may be killed after any transaction."""

    def __init__(self) -> None:
        self.billing: FakeBilling = World([bot(STANDARD)]).billing
        self.table = FakeUsageTable(self.billing)
        self.sent: dict[Subject, set[int]] = {}

    def arrive(self, batch: list[tuple[Subject, int]]) -> None:
        for subject, seen in batch:
            self.sent.setdefault(subject, set()).add(seen)
            self.table.add_marks([MarkAddition(subject, [seen], START_MS)])

    def settle(self, now_ms: int) -> None:
        settle = SettleConversations(self.table, self.billing.accounts, self.billing, self.table, GRACE_MS)
        settle("all", now_ms)

    def die(self, now_ms: int) -> None:
        """A run that dies right after its first transaction was written, before it knows."""
        self.billing.afterwards = [die]
        with suppress(Died):
            self.settle(now_ms)
        self.billing.afterwards = []

    def come_to_rest(self) -> None:
        for _ in range(40):
            self.settle(START_MS + 10**9)


@pytest.fixture(
    autouse=True,
    params=[(2, 20 * MINUTE), (settling.MAX_CHANGES, settling.RECORDED_AT_ONCE_MS)],
    ids=["small portions", "as in production"],
)
def portions(request: pytest.FixtureRequest) -> Iterator[None]:
    """Once in portions as small as can be, once as in production."""
    most, at_once_ms = request.param
    with (
        patch.object(settling, "MAX_CHANGES", most),
        patch.object(settling, "RECORDED_AT_ONCE_MS", at_once_ms),
    ):
        yield


def play(plant: Plant, script: list[tuple[str, object]]) -> None:
    acts: dict[str, Callable[..., None]] = {"arrive": plant.arrive, "settle": plant.settle, "die": plant.die}
    for name, argument in script:
        acts[name](START_MS + argument if isinstance(argument, int) else argument)
    plant.come_to_rest()


@given(steps)
@settings(max_examples=120)
def test_after_all_has_come_to_rest_records_say_what_the_rule_says(script: list[tuple[str, object]]) -> None:
    """Whatever arrived, in whatever order, with whatever crashes: what stands is the pure rule's result."""
    plant = Plant()
    play(plant, script)
    rule = bot(STANDARD).rule

    for subject, marks in plant.sent.items():
        standing = [record.metered for record in plant.table.timelines[subject].standing]
        assert standing == meter(subject, marks, rule)
        assert plant.table.timelines[subject].due_at_ms is None


@given(steps)
@settings(max_examples=120)
def test_totals_debits_and_records_agree(script: list[tuple[str, object]]) -> None:
    """Records with their reversals, hour totals and debits are three ways to say one thing."""
    plant = Plant()
    play(plant, script)
    standing = [r for timeline in plant.table.timelines.values() for r in timeline.standing]

    assert net(plant.table.appended) == Counter(r.metered for r in standing)
    expected = {
        ("bot_standard", key, bucket): count
        for key, counts in usage_totals(standing, ACCOUNT.calendar).items()
        for bucket, count in counts.items()
    }
    assert {k: n for k, n in plant.table.counts.items() if n} == expected
    by_unit = Counter({unit: sum(r.sessions for r in standing if r.unit is unit) for unit in Unit})
    debit = by_unit[Unit.USAGE] * 200_000 + by_unit[Unit.ALERT] * 50_000
    assert plant.billing.balance(ACCOUNT.account_id, "bot_standard").wallet.balance_micros == -debit


@given(steps)
def test_record_ids_are_unique_and_reversals_name_one(script: list[tuple[str, object]]) -> None:
    """Every reversal names a record that was written before it, and none is reversed twice."""
    plant = Plant()
    play(plant, script)
    ids = [(r.subject, r.record_id) for r in plant.table.appended]
    reversed_ids = [(r.subject, r.reverses) for r in plant.table.appended if r.reverses]

    assert len(set(ids)) == len(ids)
    assert len(set(reversed_ids)) == len(reversed_ids)
    assert set(reversed_ids) <= set(ids)


def net(records: list[UsageRecord]) -> Counter[Metered]:
    counts: Counter[Metered] = Counter()
    for record in records:
        counts[record.metered] += -1 if record.reverses else 1
    return +counts
