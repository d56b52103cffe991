"""The metering rule, row by row as it is promised."""

import pytest

from botmeter.domain.sessions import usage_session_starts, usage_sessions
from botmeter.domain.timeline import (
    Kind,
    MeteringRule,
    encode_mark,
    mark_instant_ms,
    mark_kind,
    windows,
)

MINUTE = 60_000
RULE = MeteringRule()
USER, BOT, AGENT = Kind.USER_MESSAGE, Kind.BOT_MESSAGE, Kind.AGENT_MESSAGE
JOINED, LEFT, ENDED = Kind.AGENT_JOINED, Kind.AGENT_LEFT, Kind.CONVERSATION_ENDED

Step = tuple[float, Kind]


def marks(*steps: Step) -> set[int]:
    return {encode_mark(round(minutes * MINUTE), kind) for minutes, kind in steps}


def talk(first: float, last: float, kind: Kind = USER) -> list[Step]:
    """Messages ten minutes apart from `first` to `last`: nowhere idle."""
    steps = []
    at = first
    while at < last:
        steps.append((at, kind))
        at += 10
    return [*steps, (last, kind)]


def sessions_of(*steps: Step, rule: MeteringRule = RULE) -> list[int]:
    return [usage_sessions(window, rule) for window in windows(marks(*steps), rule)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([(0, USER)], [1], id="one user message"),
        pytest.param([(0, USER), (899.999 / 60, BOT)], [1], id="14:59.999"),
        pytest.param([(0, USER), (15, BOT)], [1], id="15:00.000"),
        pytest.param([(0, USER), (10, USER), (900.001 / 60, BOT)], [2], id="15:00.001"),
        pytest.param(talk(0, 31), [3], id="31 minutes"),
        pytest.param(
            [*talk(0, 10), (10, JOINED), *talk(10, 40, AGENT), (40, LEFT), *talk(40, 50)],
            [2],
            id="bot 0-10, agent 10-40, bot 40-50",
        ),
        pytest.param(
            [*talk(0, 5), (5, JOINED), *talk(5, 125, AGENT)], [1], id="bot 0-5, agent to the end at 125"
        ),
        pytest.param([(0, JOINED), *talk(1, 20), (21, LEFT)], [0], id="straight to an agent"),
        pytest.param([(0, USER), (16, USER)], [1, 1], id="user at 0 and 16"),
        pytest.param([(0, USER), (15, USER)], [1], id="user at 0 and at 15 exactly"),
        pytest.param([(0, BOT)], [0], id="bot greeting only"),
        pytest.param([(0, USER), (3, ENDED), (5, USER)], [1, 1], id="ended at 3, user again at 5"),
    ],
)
def test_table_of_the_rule(steps: list[Step], expected: list[int]) -> None:
    """Each row of the table in the design bills what it says."""
    assert sessions_of(*steps) == expected


@pytest.mark.parametrize(
    ("steps", "agent_minutes"),
    [
        pytest.param([(2, JOINED), (4, JOINED), (6, LEFT)], 4, id="joined twice"),
        pytest.param([(2, JOINED), (4, LEFT), (6, LEFT)], 2, id="left twice"),
        pytest.param([(2, LEFT)], 0, id="left without having joined"),
        pytest.param([(2, JOINED), (4, LEFT), (6, JOINED), (7, LEFT)], 3, id="two visits"),
        pytest.param([(2, JOINED)], 8, id="never left"),
    ],
)
def test_agent_time(steps: list[Step], agent_minutes: int) -> None:
    """Agent time runs from joined to the next left, or to the window's end, and counts once."""
    (window,) = windows(marks((0, USER), *steps, (10, USER)), RULE)

    assert window.agent_ms == agent_minutes * MINUTE
    assert window.bot_ms == (10 - agent_minutes) * MINUTE


def test_agent_is_forgotten_when_the_window_ends() -> None:
    """A joined agent does not hold the next window."""
    assert sessions_of((0, JOINED), (1, AGENT), (30, USER)) == [0, 1]


def test_message_of_the_instant_in_which_the_agent_joins_is_to_the_bot() -> None:
    """Marks of one instant are taken in the order of their kinds."""
    assert sessions_of((0, JOINED), (0, USER)) == [1]


def test_message_of_the_instant_in_which_the_agent_leaves_is_to_the_agent() -> None:
    """The user's message sorts before the agent's leaving."""
    assert sessions_of((0, JOINED), (5, USER), (5, LEFT)) == [0]


def test_sessions_start_where_the_bot_clock_reaches_their_length() -> None:
    """The bot clock stands still while an agent holds the conversation."""
    steps = [*talk(0, 10), (10, JOINED), *talk(10, 40, AGENT), (40, LEFT), *talk(40, 70)]
    (window,) = windows(marks(*steps), RULE)

    assert [start / MINUTE for start in usage_session_starts(window, RULE)] == [0, 45, 60]


def test_session_that_starts_when_the_agent_joins() -> None:
    """A length reached at the very instant of joining starts the next session at that instant."""
    steps = [*talk(0, 15), (15, JOINED), *talk(15, 40, AGENT), (40, LEFT), (41, USER)]
    (window,) = windows(marks(*steps), RULE)

    assert [start / MINUTE for start in usage_session_starts(window, RULE)] == [0, 15]


def test_idle_timeout_is_the_bots() -> None:
    """With a timeout of 30 minutes a gap of 29 does not end a window."""
    rule = MeteringRule(idle_timeout_ms=30 * MINUTE)

    assert sessions_of((0, USER), (29, USER), rule=rule) == [2]
    assert sessions_of((0, USER), (31, USER), rule=rule) == [1, 1]


@pytest.mark.parametrize("minutes", [0, 4, 20_161, 5.5])
def test_idle_timeout_out_of_range(minutes: float) -> None:
    """A bot's idle timeout is 5 to 20,160 whole minutes."""
    with pytest.raises(ValueError, match="idle_timeout_ms: must be whole minutes from 5 to 20160"):
        MeteringRule(idle_timeout_ms=round(minutes * MINUTE))


def test_no_marks_no_windows() -> None:
    """Nothing seen, nothing billed."""
    assert windows(set(), RULE) == []


def test_marks_keep_instant_and_kind() -> None:
    """A mark is one integer and loses nothing."""
    mark = encode_mark(1_790_000_000_123, LEFT)

    assert (mark_instant_ms(mark), mark_kind(mark)) == (1_790_000_000_123, LEFT)
