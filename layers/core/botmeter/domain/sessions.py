"""Billing sessions: the started 15 minutes of a window, and the alerts delivered."""

from collections.abc import Iterable
from enum import StrEnum

from botmeter.domain.timeline import MeteringRule, Window, mark_instant_ms


class Unit(StrEnum):
    """What is counted."""

    USAGE = "usage"
    ALERT = "alert"


def usage_sessions(window: Window, rule: MeteringRule) -> int:
    """Sessions that `window` bills: one for each started `rule.session_length_ms` of bot time."""
    if not window.billable:
        return 0
    return max(1, -(-window.bot_ms // rule.session_length_ms))


def usage_session_starts(window: Window, rule: MeteringRule) -> tuple[int, ...]:
    """Instants (ms) at which sessions of `window` start: the k-th when the bot clock reaches k lengths."""
    count = usage_sessions(window, rule)
    return tuple(_instant_at(window, k * rule.session_length_ms) for k in range(count))


def usage_session_ends(window: Window, rule: MeteringRule) -> tuple[int, ...]:
    """Instants (ms) at which these sessions end: a length of bot time after their start.

    So each ends where the next one starts. The last one ends at the window's end if that comes first.
    """
    count = usage_sessions(window, rule)
    ends = (_instant_at(window, k * rule.session_length_ms) for k in range(1, count + 1))
    return tuple(min(end_ms, window.end_ms) for end_ms in ends)


def alert_session_starts(marks: Iterable[int]) -> tuple[int, ...]:
    """The one session of a delivery: at the earliest instant at which it was reported."""
    return (min(mark_instant_ms(mark) for mark in marks),)


def _instant_at(window: Window, bot_ms: int) -> int:
    """The first instant at which `bot_ms` of bot time have passed since the window's start."""
    instant_ms = window.start_ms + bot_ms
    for joined_ms, left_ms in window.agent_spans:
        if instant_ms <= joined_ms:
            break
        instant_ms += left_ms - joined_ms
    return instant_ms
