"""`botmeter sessions`: what a file of events bills, without a stack. The rule itself is the domain's.

Only marks are kept: eight bytes an event, and each conversation's name once. The text of the events is
read once and forgotten, so a file may be larger than memory.
"""

import gzip
import json
import sys
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any

from botmeter.adapters.cloudevents import parse_event
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Sighting, Subject, SubjectKind
from botmeter.domain.periods import to_rfc3339
from botmeter.domain.sessions import usage_sessions
from botmeter.domain.timeline import MeteringRule, Window, windows

# No queue or bus takes a longer event; what exceeds it is rejected, not loaded.
LONGEST_LINE = 1 << 20
# From this many marks on, the duplicates of a conversation are dropped before they pile up.
CROWDED = 4096

_GZIP_MAGIC = b"\x1f\x8b"

Readable = BufferedReader | gzip.GzipFile
Reject = Callable[[int, InvalidEvent], None]


# ---------------------------------------------------------------------------------------- reading


@contextmanager
def open_file(path: str) -> Iterator[Readable]:
    """A file, or standard input for `-`; a compressed one is unpacked on the way.

    Raises `OSError`, also for what is done with it, where a compressed one is damaged or cut off.
    """
    source = sys.stdin.fileno() if path == "-" else path
    with open(source, "rb", closefd=path != "-") as raw:
        if raw.peek(2)[:2] != _GZIP_MAGIC:
            yield raw
            return
        with gzip.open(raw) as unpacked:
            try:
                yield unpacked
            except (EOFError, zlib.error) as error:
                raise OSError(f"damaged gzip file: {error}") from error


@contextmanager
def open_lines(path: str) -> Iterator[Iterator[bytes]]:
    """The lines of such a file."""
    with open_file(path) as stream:
        yield lines_of(stream)


def count_lines(path: str) -> int | None:
    """How many lines a file has; None for a pipe, which can be read only once."""
    if path == "-" or not Path(path).is_file():
        return None
    with open_lines(path) as lines:
        return sum(1 for _ in lines)


def lines_of(stream: Readable) -> Iterator[bytes]:
    """Lines of `stream`, each cut at `LONGEST_LINE`."""
    for line in iter(partial(stream.readline, LONGEST_LINE), b""):
        if len(line) == LONGEST_LINE:
            _skip_rest(line, stream)
        yield line


def _skip_rest(line: bytes, stream: Readable) -> None:
    """Read on to the end of a line that was cut."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(LONGEST_LINE)


# ------------------------------------------------------------------------------------- collecting


@dataclass(slots=True)
class Collection:
    """All that metering needs of the events seen so far."""

    timelines: "dict[Subject, array[int]]" = field(default_factory=dict)
    alerts: set[Subject] = field(default_factory=set)
    _crowded_from: dict[Subject, int] = field(default_factory=dict)

    def add(self, sighting: Sighting) -> None:
        """Take note of one event. Test traffic leaves no trace."""
        subject, mark, test = sighting
        if test:
            return
        marks = self.timelines.get(subject)
        if marks is not None:
            marks.append(mark)
            if len(marks) >= CROWDED:
                self._drop_duplicates(subject, marks)
        elif subject.kind is SubjectKind.CONVERSATION:
            self.timelines[_interned(subject)] = array("q", (mark,))
        else:
            self.alerts.add(_interned(subject))

    def _drop_duplicates(self, subject: Subject, marks: "array[int]") -> None:
        """Keep each mark of a crowded conversation once; again only when it has doubled."""
        if len(marks) < self._crowded_from.get(subject, CROWDED):
            return
        marks[:] = array("q", set(marks))
        self._crowded_from[subject] = 2 * len(marks) + CROWDED

    def windows(self, rule: MeteringRule) -> Iterator[tuple[Subject, Window]]:
        """Every window, by account, bot, conversation and time."""
        for subject in sorted(self.timelines):
            for window in windows(self.timelines[subject], rule):
                yield subject, window


def _interned(subject: Subject) -> Subject:
    """The same subject, sharing the names that many subjects have in common."""
    return subject._replace(account_id=sys.intern(subject.account_id), bot_id=sys.intern(subject.bot_id))


def collect(lines: Iterable[bytes | str], reject: Reject) -> Collection:
    """Read canonical events, one a line. What cannot be metered goes to `reject` with its line number."""
    collection = Collection()
    for number, line in enumerate(lines, 1):
        try:
            collection.add(parse_event(line))
        except InvalidEvent as error:
            if line.strip():
                reject(number, error)
    return collection


# ---------------------------------------------------------------------------------------- showing


@dataclass(slots=True)
class Rejects:
    """Counts rejected lines, or records, and tells of the first ones on standard error."""

    shown: int = 20
    count: int = 0
    unit: str = "line"

    def __call__(self, number: int, error: InvalidEvent) -> None:
        """Line `number` was rejected for `error`."""
        self.count += 1
        if self.count <= self.shown:
            sys.stderr.write(f"{self.unit} {number}: {error.field}: {error.rule}\n")

    def finish(self) -> None:
        """Tell how many were not shown."""
        if self.count > self.shown:
            sys.stderr.write(f"and {self.count - self.shown} more rejected {self.unit}s\n")


def window_line(subject: Subject, window: Window, rule: MeteringRule) -> dict[str, Any]:
    """What is printed of a window."""
    return {
        "account_id": subject.account_id,
        "bot_id": subject.bot_id,
        "conversation_id": subject.name,
        "start": to_rfc3339(window.start_ms),
        "end": to_rfc3339(window.end_ms),
        "bot_ms": window.bot_ms,
        "agent_ms": window.agent_ms,
        "billable": window.billable,
        "sessions": usage_sessions(window, rule),
    }


def summary(collection: Collection, rule: MeteringRule, rejected: int) -> dict[str, int]:
    """What is printed instead with `--summary`."""
    return {
        "usage_sessions": sum(usage_sessions(window, rule) for _, window in collection.windows(rule)),
        "alert_sessions": len(collection.alerts),
        "rejected": rejected,
    }


def print_sessions(path: str, rule: MeteringRule, *, summarise: bool) -> None:
    """Meter the events of `path` and print the result on standard output."""
    rejects = Rejects()
    with open_lines(path) as lines:
        collection = collect(lines, rejects)
    print_collection(collection, rule, rejects, summarise=summarise)


def print_collection(
    collection: Collection, rule: MeteringRule, rejects: Rejects, *, summarise: bool
) -> None:
    """Print what events bill on standard output, and how many were rejected."""
    rejects.finish()
    if summarise:
        sys.stdout.write(json.dumps(summary(collection, rule, rejects.count)) + "\n")
        return
    for subject, window in collection.windows(rule):
        sys.stdout.write(json.dumps(window_line(subject, window, rule)) + "\n")
