"""What holds of the metering rule for every set of marks."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.sessions import usage_session_starts, usage_sessions
from botmeter.domain.timeline import Kind, MeteringRule, Window, mark_instant_ms, mark_kind, windows
from botmeter.ports.metering import MarkAddition
from tests.fakes.demo import conversation
from tests.fakes.stores import FakeUsageTable
from tests.property.strategies import mark, mark_sets, rules


def bill(found: list[Window], rule: MeteringRule) -> list[int]:
    return [usage_sessions(window, rule) for window in found]


@given(mark_sets, rules, st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_change_a_bill(
    marks: frozenset[int], rule: MeteringRule, random: Random
) -> None:
    """Any order and any duplication of the same marks give the same windows."""
    delivered = [*marks, *random.choices(sorted(marks), k=len(marks))]
    random.shuffle(delivered)

    assert windows(delivered, rule) == windows(sorted(marks), rule)


@given(mark_sets, st.sets(st.integers(0, 24)), rules)
def test_batching_does_not_change_a_bill(marks: frozenset[int], cut: set[int], rule: MeteringRule) -> None:
    """Splitting a set over two batches and uniting them is the identity."""
    table, subject = FakeUsageTable(), conversation()
    first = {seen for n, seen in enumerate(sorted(marks)) if n in cut}
    for batch in (first, marks - first, first):
        table.add_marks([MarkAddition(subject, batch, due_at_ms=0)])

    assert windows(table.timelines[subject].marks, rule) == windows(marks, rule)


@given(mark_sets, rules)
def test_agent_time_and_bot_time_add_up(marks: frozenset[int], rule: MeteringRule) -> None:
    """Every millisecond of a window is the bot's or an agent's, and none is both."""
    for window in windows(marks, rule):
        assert window.agent_ms >= 0
        assert window.bot_ms >= 0
        assert window.agent_ms + window.bot_ms == window.end_ms - window.start_ms


@given(mark_sets, mark, rules)
def test_adding_an_event_never_loses_time(marks: frozenset[int], added: int, rule: MeteringRule) -> None:
    """What a window covered is covered after one more mark, in one window unless the mark is an end."""
    before, after = windows(marks, rule), windows(marks | {added}, rule)
    ends = mark_kind(added) is Kind.CONVERSATION_ENDED
    for window in before:
        covering = [w for w in after if w.start_ms <= window.end_ms and window.start_ms <= w.end_ms]
        assert covering[0].start_ms <= window.start_ms
        assert covering[-1].end_ms >= window.end_ms
        assert ends or len(covering) == 1


@given(mark_sets, rules)
def test_windows_are_the_marks_apart_by_more_than_the_timeout(
    marks: frozenset[int], rule: MeteringRule
) -> None:
    """Windows are disjoint, in order, and hold every mark."""
    found = windows(marks, rule)
    for mark_ in marks:
        assert any(w.start_ms <= mark_instant_ms(mark_) <= w.end_ms for w in found)
    for earlier, later in pairwise(found):
        assert earlier.end_ms <= later.start_ms


@given(mark_sets, rules)
def test_sessions_lie_in_their_window_and_follow_one_another(
    marks: frozenset[int], rule: MeteringRule
) -> None:
    """There is a start for each session, the first at the window's start, no two at once."""
    for window in windows(marks, rule):
        starts = usage_session_starts(window, rule)
        assert len(starts) == usage_sessions(window, rule)
        assert list(starts) == sorted(set(starts))
        if starts:
            assert starts[0] == window.start_ms
            assert starts[-1] <= window.end_ms


@given(mark_sets, rules)
def test_only_windows_with_a_user_are_billed(marks: frozenset[int], rule: MeteringRule) -> None:
    """Without a user's message nothing is billed."""
    silent = {m for m in marks if mark_kind(m) is not Kind.USER_MESSAGE}

    assert sum(bill(windows(silent, rule), rule)) == 0
