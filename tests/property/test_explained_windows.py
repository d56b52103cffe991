"""What holds of an explanation, for every set of marks."""

from itertools import pairwise

from hypothesis import given

from botmeter.domain.explained_windows import ExplainedWindow, Holder, explain_windows
from botmeter.domain.sessions import usage_sessions
from botmeter.domain.settlement import Timeline
from botmeter.domain.timeline import MeteringRule
from tests.fakes.demo import conversation
from tests.property.strategies import mark_sets, rules


def explained(marks: frozenset[int], rule: MeteringRule) -> list[ExplainedWindow]:
    return explain_windows(Timeline(conversation(), marks, None), rule)


def bot_ms_until(found: ExplainedWindow, instant_ms: int) -> int:
    """How much bot time has passed in a window until an instant."""
    spans = [(s.start_ms, min(s.end_ms, instant_ms)) for s in found.segments if s.held_by is Holder.BOT]
    return sum(max(0, end_ms - start_ms) for start_ms, end_ms in spans)


@given(mark_sets, rules)
def test_segments_cover_a_window_once(marks: frozenset[int], rule: MeteringRule) -> None:
    """One after another from its start to its end, and their sums are its times."""
    for found in explained(marks, rule):
        ends = [(s.start_ms, s.end_ms) for s in found.segments]
        assert all(before[1] == after[0] for before, after in pairwise(ends))
        assert all(start_ms < end_ms for start_ms, end_ms in ends)
        assert all(before.held_by != after.held_by for before, after in pairwise(found.segments))
        if ends:
            assert (ends[0][0], ends[-1][1]) == (found.window.start_ms, found.window.end_ms)
        assert bot_ms_until(found, found.window.end_ms) == found.window.bot_ms


@given(mark_sets, rules)
def test_sessions_are_those_that_are_billed(marks: frozenset[int], rule: MeteringRule) -> None:
    """Session k begins where the bot has had the conversation for k - 1 lengths, and ends after k of them."""
    for found in explained(marks, rule):
        assert len(found.sessions) == usage_sessions(found.window, rule)
        for session in found.sessions:
            passed_ms = bot_ms_until(found, session.start_ms)
            assert passed_ms == (session.number - 1) * rule.session_length_ms
            full_ms = session.number * rule.session_length_ms
            assert bot_ms_until(found, session.end_ms) == min(full_ms, found.window.bot_ms)
            if found.window.bot_ms < full_ms:
                assert session.end_ms == found.window.end_ms
        ends = [(s.start_ms, s.end_ms) for s in found.sessions]
        assert all(before[1] == after[0] for before, after in pairwise(ends))
        assert (found.why_not is None) == bool(found.sessions)


@given(mark_sets, rules)
def test_every_mark_is_in_one_window(marks: frozenset[int], rule: MeteringRule) -> None:
    """None is left out, none appears twice."""
    assert [mark for found in explained(marks, rule) for mark in found.marks] == sorted(marks)
