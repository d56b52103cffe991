"""When the meter first looks at what has opened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.events import Subject
from botmeter.domain.settle_times import first_look_ms
from tests.fakes.demo import conversation, delivery

MINUTE = 60_000
IDLE_AT = 1_790_000_000_000
TIMES = st.integers(0, 2**42)
INTERVALS = st.integers(1, 240).map(lambda minutes: minutes * MINUTE)


@given(TIMES, INTERVALS)
def test_conversation_has_an_interval_more(idle_at_ms: int, interval_ms: int) -> None:
    """A conversation is never looked at early, but one to two intervals after it could be settled."""
    waited_ms = first_look_ms(conversation("c-1"), idle_at_ms, interval_ms) - idle_at_ms
    assert interval_ms <= waited_ms < 2 * interval_ms


@given(TIMES, INTERVALS)
def test_alert_is_looked_at_within_an_interval(idle_at_ms: int, interval_ms: int) -> None:
    """No delivery goes on: the next one of its bot's times will do."""
    waited_ms = first_look_ms(delivery(), idle_at_ms, interval_ms) - idle_at_ms
    assert 0 <= waited_ms < interval_ms


@given(TIMES, TIMES, INTERVALS)
def test_bot_has_times_of_its_own(first_ms: int, second_ms: int, interval_ms: int) -> None:
    """All that a bot has is looked at on the same grid, whenever it came."""
    looks = [first_look_ms(conversation(f"c-{ms}"), ms, interval_ms) for ms in (first_ms, second_ms)]
    assert (looks[0] - looks[1]) % interval_ms == 0


def test_bots_are_spread() -> None:
    """Not all bots are looked at in the same minute: the work of an hour is even."""
    bots = [conversation("c-1", f"bot_{number}") for number in range(1_000)]
    minutes = [first_look_ms(bot, IDLE_AT, 10 * MINUTE) % (10 * MINUTE) // MINUTE for bot in bots]
    assert all(50 < minutes.count(minute) < 150 for minute in range(10))


@pytest.mark.parametrize("subject", [conversation("c-1"), delivery()])
def test_without_an_interval_nothing_waits(subject: Subject) -> None:
    """With an interval of 0 each subject is looked at as soon as it can be settled."""
    assert first_look_ms(subject, IDLE_AT, 0) == IDLE_AT
