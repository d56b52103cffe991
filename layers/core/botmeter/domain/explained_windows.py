"""Explained windows: who held a conversation when, and where each of its sessions begins and ends.

It says in detail what `sessions` counts, for the people who get billed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from botmeter.domain.sessions import usage_session_ends, usage_session_starts
from botmeter.domain.settlement import Metered, Timeline, UsageRecord
from botmeter.domain.timeline import Kind, MeteringRule, Window, mark_instant_ms, mark_kind, windows


class Holder(StrEnum):
    """Whose a stretch of a conversation is."""

    BOT = "bot"
    AGENT = "agent"


class WhyNotBilled(StrEnum):
    """Why a window counts no session."""

    NO_USER_MESSAGE = "no_user_message"
    USER_SPOKE_TO_AGENTS_ONLY = "user_spoke_to_agents_only"


class Segment(NamedTuple):
    """A stretch of a window, in ms since 1970 UTC, and who held it."""

    start_ms: int
    end_ms: int
    held_by: Holder


class SessionSpan(NamedTuple):
    """Session `number` (1, 2, …) of a window, in ms since 1970 UTC; time with an agent may lie in it."""

    number: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class ExplainedWindow:
    """A window with its marks in their order, its stretches, its sessions, and the record that stands for it.

    `record` is None while the window, as it is now, has not been settled.
    """

    window: Window
    marks: tuple[int, ...]
    segments: tuple[Segment, ...]
    sessions: tuple[SessionSpan, ...]
    record: UsageRecord | None

    @property
    def why_not(self) -> WhyNotBilled | None:
        """Why it counts no session; None if it does."""
        if self.window.billable:
            return None
        asked = any(mark_kind(mark) is Kind.USER_MESSAGE for mark in self.marks)
        return WhyNotBilled.USER_SPOKE_TO_AGENTS_ONLY if asked else WhyNotBilled.NO_USER_MESSAGE


def explain_windows(timeline: Timeline, rule: MeteringRule) -> list[ExplainedWindow]:
    """The windows of a conversation, in order of time."""
    marks = sorted(timeline.marks)
    recorded = {record.metered: record for record in timeline.standing}
    return [_explain(window, marks, rule, recorded) for window in windows(marks, rule)]


def _explain(
    window: Window, marks: Sequence[int], rule: MeteringRule, recorded: dict[Metered, UsageRecord]
) -> ExplainedWindow:
    """One window. No two windows share an instant, so its marks are those within its time."""
    first = bisect_left(marks, window.start_ms, key=mark_instant_ms)
    after = bisect_right(marks, window.end_ms, key=mark_instant_ms)
    starts, ends = usage_session_starts(window, rule), usage_session_ends(window, rule)
    metered = Metered(window.start_ms, window.end_ms, window.agent_ms, starts)
    return ExplainedWindow(
        window=window,
        marks=tuple(marks[first:after]),
        segments=tuple(_segments(window)),
        sessions=tuple(
            SessionSpan(number, start_ms, end_ms)
            for number, (start_ms, end_ms) in enumerate(zip(starts, ends, strict=True), start=1)
        ),
        record=recorded.get(metered),
    )


def _segments(window: Window) -> Iterator[Segment]:
    """The stretches of a window, by turns the bot's and an agent's, without empty ones."""
    at_ms = window.start_ms
    for joined_ms, left_ms in window.agent_spans:
        # An agent who left at once has not interrupted the bot.
        if joined_ms < left_ms:
            yield from _segment(at_ms, joined_ms, Holder.BOT)
            yield Segment(joined_ms, left_ms, Holder.AGENT)
            at_ms = left_ms
    yield from _segment(at_ms, window.end_ms, Holder.BOT)


def _segment(start_ms: int, end_ms: int, held_by: Holder) -> Iterator[Segment]:
    """A stretch, unless it is empty."""
    if start_ms < end_ms:
        yield Segment(start_ms, end_ms, held_by)
