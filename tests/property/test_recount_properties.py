"""The recount from the archive says what the rule of the domain says, whatever the marks."""

import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain.sessions import usage_session_starts
from botmeter.domain.timeline import Kind, MeteringRule, encode_mark, mark_instant_ms, mark_kind, windows
from botmeter_cli.reconcile.recount import Recount, Span, Window
from tests.property.strategies import MINUTE, START_MS, mark_sets

RULES = {
    f"bot_{minutes}": MeteringRule(idle_timeout_ms=minutes * MINUTE) for minutes in (5, 15, 30, 60, 20_160)
}
TIMEOUTS_MS = {bot_id: rule.idle_timeout_ms for bot_id, rule in RULES.items()}
ALWAYS = Span(0, 10**14)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (the offset is written by hand)
TYPES: dict[Kind, tuple[str, str | None]] = {
    Kind.USER_MESSAGE: ("conversation.message", "user"),
    Kind.BOT_MESSAGE: ("conversation.message", "bot"),
    Kind.AGENT_MESSAGE: ("conversation.message", "agent"),
    Kind.AGENT_JOINED: ("conversation.agent.joined", None),
    Kind.AGENT_LEFT: ("conversation.agent.left", None),
    Kind.CONVERSATION_ENDED: ("conversation.ended", None),
}


class Talk(NamedTuple):
    """A conversation, and how its events are written: with which offset, digits, and how often."""

    bot_id: str
    marks: frozenset[int]
    offset_minutes: int
    digits: str
    times: int
    small: bool


talks = st.lists(
    st.builds(
        Talk,
        st.sampled_from(sorted(RULES)),
        mark_sets,
        st.integers(-14 * 60, 14 * 60),
        st.sampled_from(["", "0", "999", "999999"]),
        st.integers(1, 3),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def written(instant_ms: int, talk: Talk) -> str:
    """An instant in one of the many forms in which it may come."""
    sign, (hours, minutes) = "-" if talk.offset_minutes < 0 else "+", divmod(abs(talk.offset_minutes), 60)
    local = EPOCH + timedelta(milliseconds=instant_ms, minutes=talk.offset_minutes)
    text = f"{local.isoformat(timespec='milliseconds')}{talk.digits}{sign}{hours:02d}:{minutes:02d}"
    return text.lower() if talk.small else text


def event(name: str, mark: int, talk: Talk, **more: Any) -> str:
    kind, role = TYPES[mark_kind(mark)]
    data = {"bot_id": talk.bot_id, "conversation_id": name, "test": False, **more}
    if role:
        data["role"] = role
    return json.dumps({"time": written(mark_instant_ms(mark), talk), "type": kind, "data": data})


def lines(talks: Sequence[Talk]) -> Iterator[str]:
    """Their events, disordered, and what is not billed: tests, and bots that nobody knows."""
    for number, talk in enumerate(talks):
        for mark in talk.marks:
            yield from [event(f"c-{number}", mark, talk)] * talk.times
            yield event(f"c-{number}", mark + 8 * MINUTE, talk, test=True)
            yield event(f"c-{number}", mark, talk, bot_id="bot_unknown")


def recounted(folder: Path, events: Iterator[str], period: Span = ALWAYS) -> list[Window]:
    """What the SQL says of events in two files."""
    files = [folder / "1.jsonl.gz", folder / "2.jsonl.gz"]
    texts = sorted(events, key=lambda text: crc32(text.encode()))
    for number, file in enumerate(files):
        file.write_bytes(gzip.compress("".join(f"{text}\n" for text in texts[number::2]).encode(), 1))
    counted = Recount(files, TIMEOUTS_MS, period, folder)
    try:
        return sorted(counted.windows())
    finally:
        counted.close()


def by_the_rule(talks: Sequence[Talk]) -> list[Window]:
    """What the domain says."""
    return sorted(
        Window(
            "usage",
            talk.bot_id,
            f"c-{number}",
            window.start_ms,
            window.end_ms,
            window.agent_ms,
            usage_session_starts(window, RULES[talk.bot_id]),
        )
        for number, talk in enumerate(talks)
        for window in windows(talk.marks, RULES[talk.bot_id])
    )


@given(talks)
@settings(max_examples=80)
def test_recount_is_the_rule(tmp_path_factory: pytest.TempPathFactory, talks: list[Talk]) -> None:
    """Windows, agent time, and where each session starts, to the millisecond."""
    assert recounted(tmp_path_factory.mktemp("archive"), lines(talks)) == by_the_rule(talks)


def test_windows_of_a_period_are_those_that_share_time_with_it(tmp_path: Path) -> None:
    """From a session that began before it to one that begins with its last millisecond."""
    talk = Talk(
        "bot_15",
        frozenset(encode_mark(START_MS + n * 10 * MINUTE, Kind.USER_MESSAGE) for n in (0, 1, 5, 6, 9)),
        0,
        "",
        1,
        small=False,
    )
    period = Span(START_MS + 10 * MINUTE, START_MS + 90 * MINUTE)
    found = recounted(tmp_path, lines([talk]), period)

    starts_ms = [window.start_ms for window in found]
    assert starts_ms == [START_MS, START_MS + 50 * MINUTE]


def test_alert_counts_when_it_was_first_delivered(tmp_path: Path) -> None:
    """Once for each user, whatever is said again later."""
    at = [Talk("bot_15", frozenset(), 0, "", 1, small=False)] * 3
    told = [("a-1", "u-1", 5), ("a-1", "u-1", 3), ("a-1", "u-2", 4)]
    events = [
        json.dumps(
            {
                "time": written(START_MS + minutes * MINUTE, talk),
                "type": "alert.delivered",
                "data": {"bot_id": "bot_15", "alert_id": alert, "user_id": user, "test": False},
            }
        )
        for talk, (alert, user, minutes) in zip(at, told, strict=True)
    ]
    found = [
        (w.unit, w.name, (w.start_ms - START_MS) // MINUTE, len(w.session_starts_ms))
        for w in recounted(tmp_path, iter(events))
    ]

    assert found == [("alert", "a-1/u-1", 3, 1), ("alert", "a-1/u-2", 4, 1)]


def test_windows_that_may_go_on_beyond_what_was_read_are_noticed(tmp_path: Path) -> None:
    """At either end, as far as the bot's idle timeout reaches."""
    file = tmp_path / "1.jsonl.gz"
    talk = Talk("bot_15", frozenset(), 0, "", 1, small=False)
    file.write_bytes(gzip.compress(event("c-1", START_MS << 3, talk).encode()))
    counted = Recount([file], TIMEOUTS_MS, ALWAYS, tmp_path)
    quarter = 15 * MINUTE
    edges = [(quarter, quarter + 1), (quarter - 1, quarter + 1), (quarter, quarter)]
    found = [counted.reaches_beyond(Span(START_MS - before, START_MS + after)) for before, after in edges]
    counted.close()

    assert found == [False, True, True]
