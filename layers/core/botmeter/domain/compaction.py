"""Compaction: what no event can change any more is not kept as marks. Its records are.

So the timeline of a conversation that never ends does not grow without end.
"""

from collections.abc import Sequence

from botmeter.domain.events import RETENTION_MS
from botmeter.domain.timeline import IDLE_TIMEOUT_MINUTES, MINUTE_MS

# The oldest event that is accepted joins no window that ended an idle timeout before it; a day is for
# clocks that differ.
FORGOTTEN_AFTER_MS = RETENTION_MS + (IDLE_TIMEOUT_MINUTES[-1] + 24 * 60) * MINUTE_MS
# Before all marks.
NOTHING_MS = -1


def forgettable_until_ms(ends_ms: Sequence[int | None], now_ms: int) -> int:
    """The instant (ms) up to which the marks of a subject may be dropped; `NOTHING_MS` if none may.

    `ends_ms` are the ends of its windows, those that share time as one, in order; None where something is
    still to be recorded, behind which nothing is dropped. The last window is kept: a timeline has marks.
    """
    until_ms = NOTHING_MS
    for end_ms in ends_ms[:-1]:
        if end_ms is None or end_ms >= now_ms - FORGOTTEN_AFTER_MS:
            break
        until_ms = end_ms
    return until_ms
