"""The drawing of a window: who held it when, and where its sessions begin."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.console.formats import Formats
from api.console.timelines import WIDTH, Part, Timeline, timeline

START = datetime(2026, 10, 5, 7, 30, tzinfo=UTC)
FORMATS = Formats("en-GB", "Europe/Berlin")
LEAST = 6


def at(minutes: float) -> str:
    """An instant of the window, as the API writes it."""
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def window(
    minutes: float,
    segments: list[tuple[str, float, float]],
    sessions: list[float],
    marks: tuple[float, ...] = (0,),
) -> dict[str, Any]:
    return {
        "started_at": at(0),
        "ended_at": at(minutes),
        "segments": [
            {"held_by": who, "since": at(first), "until": at(last)} for who, first, last in segments
        ],
        "sessions": [{"number": n, "starts_at": at(start)} for n, start in enumerate(sessions, start=1)],
        "marks": [{"at": at(mark)} for mark in marks],
    }


def drawn(*args: Any, **more: Any) -> Timeline:
    return timeline(window(*args, **more), FORMATS)


@pytest.mark.parametrize("segments", [[], [("bot", 0, 0)]])
def test_window_of_one_mark_is_a_narrow_block(segments: list[tuple[str, float, float]]) -> None:
    """It has no length, and is drawn all the same."""
    found = drawn(0, segments, [0])

    (part,) = found.parts
    assert (part.held_by, part.x, part.width) == ("bot", 0, LEAST)
    assert "09:30:00" in part.says
    assert [(tick.x, tick.number) for tick in found.ticks] == [(0, "1")]
    assert found.marks == (0,)


def test_window_that_bills_nothing_has_no_ticks() -> None:
    """Whoever held it is drawn."""
    assert drawn(10, [("agent", 0, 10)], []).ticks == ()


def test_parts_are_in_proportion_and_say_who_held_them() -> None:
    """The time of an agent stands between the bot's, in the reader's time zone."""
    found = drawn(30, [("bot", 0, 10), ("agent", 10, 20), ("bot", 20, 30)], [0])

    assert found.parts == (
        Part("bot", 0, 331, "With the bot from 09:30:00 to 09:40:00"),
        Part("agent", 331, 332, "With an agent from 09:40:00 to 09:50:00"),
        Part("bot", 663, 331, "With the bot from 09:50:00 to 10:00:00"),
    )


def test_instant_of_an_agent_is_seen() -> None:
    """However short a part is, it has a width, and none leaves the drawing."""
    found = drawn(
        1_000, [("bot", 0, 500), ("agent", 500, 500), ("bot", 500, 999), ("agent", 999, 1_000)], [0]
    )

    assert min(part.width for part in found.parts) == LEAST
    assert max(part.x + part.width for part in found.parts) <= WIDTH


def test_few_sessions_are_all_numbered() -> None:
    """Even where two of them are close."""
    ticks = drawn(20, [("bot", 0, 20)], [0, 1, 15]).ticks

    assert [tick.number for tick in ticks] == ["1", "2", "3"]
    assert ticks[2].says == "Session 3 begins at 09:45:00"


@pytest.mark.parametrize("count", [12, 20, 200])
def test_many_sessions_are_numbered_where_there_is_room(count: int) -> None:
    """Along the whole drawing, each number with room beside it; what has none says itself under the mouse."""
    ticks = drawn(15 * count, [("bot", 0, 15 * count)], [15 * n for n in range(count)]).ticks
    numbered = [tick.x for tick in ticks if tick.number]

    assert len(ticks) == count
    assert numbered[0] == 0
    assert 5 <= len(numbered) <= 12
    assert all(90 <= after - before < 180 for before, after in pairwise(numbered))
    assert all(f"Session {n} begins" in tick.says for n, tick in enumerate(ticks, start=1))


def test_marks_at_one_place_are_drawn_once() -> None:
    """In their order, inside the drawing."""
    found = drawn(1_000, [("bot", 0, 1_000)], [0], marks=(1_000, 0, 0.01, 500))

    assert found.marks == (0, 497, WIDTH - LEAST)
