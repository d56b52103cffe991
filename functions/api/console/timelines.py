"""The timeline of a window, as numbers to draw: who held it when, and where each 15 minutes begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.console.formats import Formats

# In thousandths of the drawing's width. A window without length, as of one message, is a narrow block.
WIDTH = 1000
_LEAST = 6
_ROOM = 90


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the drawing: who held it (`bot` or `agent`), and what to say about it."""

    held_by: str
    x: int
    width: int
    says: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Where a session begins; `number` is left out where there is no room for it."""

    x: int
    number: str
    says: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What to draw of a window."""

    parts: tuple[Part, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[int, ...]


def timeline(window: Mapping[str, Any], formats: Formats) -> Timeline:
    """The drawing of a window, as the API explains it."""
    scale = _Scale(_at(window["started_at"]), _at(window["ended_at"]))
    parts = [_part(segment, scale, formats) for segment in window["segments"]]
    if not parts:
        at = formats.clock(window["started_at"], seconds=True)
        parts = [Part("bot", 0, _LEAST, f"With the bot at {at}")]
    ticks = tuple(_ticks(window["sessions"], scale, formats))
    marks = sorted({scale.x(mark["at"]) for mark in window["marks"]})
    return Timeline(tuple(parts), ticks, tuple(marks))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Instants of a window as places of the drawing."""

    start: datetime
    end: datetime

    def x(self, at: str) -> int:
        """The place of an instant."""
        length = (self.end - self.start).total_seconds()
        passed = (_at(at) - self.start).total_seconds()
        return round((WIDTH - _LEAST) * passed / length) if length else 0


def _ticks(sessions: Sequence[Mapping[str, Any]], scale: _Scale, formats: Formats) -> Iterator[Tick]:
    """Where sessions begin; where there are many, a number needs room beside the one before it."""
    numbered_at = -_ROOM
    for session in sessions:
        x, number = scale.x(session["starts_at"]), str(session["number"])
        has_room = x - numbered_at >= _ROOM or len(sessions) <= WIDTH // _ROOM
        if has_room:
            numbered_at = x
        at = formats.clock(session["starts_at"], seconds=True)
        yield Tick(x, number if has_room else "", f"Session {number} begins at {at}")


def _part(segment: Mapping[str, Any], scale: _Scale, formats: Formats) -> Part:
    """A stretch that the bot or an agent held."""
    first, last = scale.x(segment["since"]), scale.x(segment["until"])
    who = "an agent" if segment["held_by"] == "agent" else "the bot"
    since, until = (formats.clock(segment[end], seconds=True) for end in ("since", "until"))
    return Part(segment["held_by"], first, max(_LEAST, last - first), f"With {who} from {since} to {until}")


def _at(text: str) -> datetime:
    """An instant, from the form in which the API gives it."""
    return datetime.fromisoformat(text)
