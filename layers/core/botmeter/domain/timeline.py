"""Marks of a conversation and the windows they form: the heart of metering.

The rule is a pure function of the *set* of marks. Order of arrival, duplicates and batching
cannot change its result, because a set has neither order nor duplicates. `docs/metering.md`
explains each choice to the people who get billed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

MINUTE_MS = 60_000
IDLE_TIMEOUT_MINUTES = range(5, 20_161)
DEFAULT_IDLE_TIMEOUT_MINUTES = 15


class Kind(IntEnum):
    """What happened at an instant. The value orders marks of the same instant."""

    USER_MESSAGE = 0
    BOT_MESSAGE = 1
    AGENT_MESSAGE = 2
    AGENT_JOINED = 3
    AGENT_LEFT = 4
    CONVERSATION_ENDED = 5
    ALERT_DELIVERED = 6


_KIND_BITS = 3
_KIND_MASK = (1 << _KIND_BITS) - 1
# Plain integers: looking a member up in an enum costs more than the rest of the loop.
_USER_MESSAGE = int(Kind.USER_MESSAGE)
_AGENT_JOINED = int(Kind.AGENT_JOINED)
_AGENT_LEFT = int(Kind.AGENT_LEFT)
_CONVERSATION_ENDED = int(Kind.CONVERSATION_ENDED)


def encode_mark(instant_ms: int, kind: Kind) -> int:
    """One integer for `(instant, kind)`; its natural order is instant first, then kind."""
    return instant_ms << _KIND_BITS | kind


def mark_instant_ms(mark: int) -> int:
    """Milliseconds since 1970-01-01 UTC at which `mark` was made."""
    return mark >> _KIND_BITS


def mark_kind(mark: int) -> Kind:
    """What `mark` says has happened."""
    return Kind(mark & _KIND_MASK)


@dataclass(frozen=True, slots=True)
class MeteringRule:
    """The parameters of the rule.

    `idle_timeout_ms` is a bot's setting (5 minutes to 14 days), `session_length_ms` is Botmeter's.
    """

    idle_timeout_ms: int = DEFAULT_IDLE_TIMEOUT_MINUTES * MINUTE_MS
    session_length_ms: int = 15 * MINUTE_MS

    def __post_init__(self) -> None:
        """Refuse an idle timeout that no bot may have."""
        minutes, rest = divmod(self.idle_timeout_ms, MINUTE_MS)
        if rest or minutes not in IDLE_TIMEOUT_MINUTES:
            first, last = IDLE_TIMEOUT_MINUTES[0], IDLE_TIMEOUT_MINUTES[-1]
            raise ValueError(f"idle_timeout_ms: must be whole minutes from {first} to {last}")

    @property
    def name(self) -> str:
        """What is stamped on usage records: version of the rule and idle timeout in minutes, `v1-15`."""
        return f"v1-{self.idle_timeout_ms // MINUTE_MS}"


@dataclass(frozen=True, slots=True)
class Window:
    """One sitting: marks with no gap longer than the idle timeout. Instants in ms since 1970 UTC.

    `agent_spans` are the disjoint, ordered spans in which a human agent held the conversation.
    """

    start_ms: int
    end_ms: int
    agent_spans: tuple[tuple[int, int], ...]
    billable: bool

    @property
    def agent_ms(self) -> int:
        """Time that belonged to a human agent."""
        return sum(left - joined for joined, left in self.agent_spans)

    @property
    def bot_ms(self) -> int:
        """Time that belonged to the bot: all that is not an agent's."""
        return self.end_ms - self.start_ms - self.agent_ms


def windows(marks: Iterable[int], rule: MeteringRule) -> list[Window]:
    """Windows of a conversation's marks, in order of time."""
    return [_window(sitting) for sitting in _sittings(sorted(set(marks)), rule.idle_timeout_ms)]


def _sittings(marks: Sequence[int], idle_timeout_ms: int) -> Iterator[Sequence[int]]:
    """Cut sorted marks where the idle timeout was exceeded, and after each end of the conversation."""
    first = 0
    for following in range(1, len(marks)):
        previous = marks[following - 1]
        gap_ms = (marks[following] >> _KIND_BITS) - (previous >> _KIND_BITS)
        if gap_ms > idle_timeout_ms or previous & _KIND_MASK == _CONVERSATION_ENDED:
            yield marks[first:following]
            first = following
    if marks:
        yield marks[first:]


def _window(marks: Sequence[int]) -> Window:
    """The window that the sorted marks of one sitting form."""
    billable = False
    joined_ms: int | None = None
    spans: list[tuple[int, int]] = []
    for mark in marks:
        kind = mark & _KIND_MASK
        if kind == _USER_MESSAGE:
            billable = billable or joined_ms is None
        elif kind == _AGENT_JOINED and joined_ms is None:
            joined_ms = mark >> _KIND_BITS
        elif kind == _AGENT_LEFT and joined_ms is not None:
            spans.append((joined_ms, mark >> _KIND_BITS))
            joined_ms = None
    end_ms = marks[-1] >> _KIND_BITS
    if joined_ms is not None:
        spans.append((joined_ms, end_ms))
    return Window(marks[0] >> _KIND_BITS, end_ms, tuple(spans), billable)
