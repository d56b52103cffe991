"""A conversation that never ends: its timeline stays small, and its bill is that of all its marks."""

from collections import Counter
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain import compaction, events, settling
from botmeter.domain.settlement import Metered, Timeline, meter
from botmeter.domain.settling import settle
from botmeter.domain.timeline import IDLE_TIMEOUT_MINUTES, mark_instant_ms
from tests.fakes.demo import conversation
from tests.property.strategies import CONVERSATION_KINDS, MINUTE, START_MS
from tests.unit.test_compaction import TERMS, written

# As in production, but shorter, so that a script of some hours sees much of it forgotten: marks are accepted
# for an hour, and windows end after a quarter.
RETENTION_MS = 60 * MINUTE
FORGOTTEN_AFTER_MS = RETENTION_MS + TERMS.rule.idle_timeout_ms + MINUTE

steps = st.lists(
    st.tuples(
        st.integers(1, 40 * MINUTE),
        st.lists(st.tuples(st.integers(0, RETENTION_MS), st.sampled_from(CONVERSATION_KINDS)), max_size=4),
        st.booleans(),
    ),
    min_size=1,
    max_size=30,
)


@given(steps, st.sampled_from([MINUTE, 20 * MINUTE, settling.RECORDED_AT_ONCE_MS]))
@settings(max_examples=300)
def test_bill_is_that_of_all_marks_whatever_was_forgotten(
    script: list[tuple[int, list[tuple[int, int]], bool]], recorded_at_once_ms: int
) -> None:
    """Late marks come as late as they may, settlements when they like; windows are recorded as they grow."""
    with (
        patch.object(compaction, "FORGOTTEN_AFTER_MS", FORGOTTEN_AFTER_MS),
        patch.object(settling, "RECORDED_AT_ONCE_MS", recorded_at_once_ms),
    ):
        timeline, seen, billed = Timeline(conversation(), frozenset(), None), set[int](), Counter[Metered]()
        now_ms = START_MS
        for passed_ms, late, settles in [*script, (10 * RETENTION_MS, [], True)]:
            now_ms += passed_ms
            came = {(now_ms - late_ms) << 3 | kind for late_ms, kind in late}
            seen |= came
            timeline = Timeline(
                timeline.subject, timeline.marks | came, 0, timeline.standing, timeline.revision
            )
            if settles and timeline.marks:
                timeline = settled(timeline, billed, now_ms)
        while seen and timeline.due_at_ms is not None:
            timeline = settled(timeline, billed, now_ms)

    assert +billed == Counter(meter(conversation(), seen, TERMS.rule))
    assert not any(count < 0 for count in billed.values())


def settled(timeline: Timeline, billed: "Counter[Metered]", now_ms: int) -> Timeline:
    """The timeline after a settlement, whose records are added to the bill."""
    done = settle(timeline, TERMS, now_ms)
    for record in done.appended:
        billed[record.metered] += -1 if record.reverses else 1
    kept = {mark_instant_ms(mark) for mark in timeline.marks - done.forgotten}
    assert {r.metered.start_ms for r in done.standing} <= kept
    return written(done)


def test_margin_covers_every_idle_timeout() -> None:
    """What is accepted today can join no window that is forgotten today."""
    longest_ms = IDLE_TIMEOUT_MINUTES[-1] * MINUTE

    assert events.RETENTION_MS + longest_ms < compaction.FORGOTTEN_AFTER_MS
