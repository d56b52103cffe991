"""When the meter first looks at what has opened: at times of a bot, so that much is settled together."""

from zlib import crc32

from botmeter.domain.events import Subject, SubjectKind


def first_look_ms(subject: Subject, idle_at_ms: int, interval_ms: int) -> int:
    """When to look at a subject that could be settled from `idle_at_ms` on; never earlier.

    A bot's times are `interval_ms` apart (0: any time will do), and those of different bots are spread. A
    conversation has at least one interval more, since a second look at one that goes on costs a move.
    """
    if not interval_ms:
        return idle_at_ms
    is_alert = subject.kind is SubjectKind.ALERT_DELIVERY
    earliest_ms = idle_at_ms if is_alert else idle_at_ms + interval_ms
    bots_own_ms = crc32(f"{subject.account_id}#{subject.bot_id}".encode()) % interval_ms
    return earliest_ms + (bots_own_ms - earliest_ms) % interval_ms
