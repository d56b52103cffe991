"""`botmeter import`: files of native records, as events on the stack's bus, or counted without a stack.

Each record is read here first. One that does not matter is not sent, nor is one that cannot be used.
"""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botmeter.adapters.event_reader import read
from botmeter.adapters.sources import Origin
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report
from botmeter_cli.files import BadFile, Problem
from botmeter_cli.offline import Collection, Readable, Rejects, lines_of, open_file
from botmeter_cli.output import Output
from botmeter_cli.replay import LARGEST_BATCH, replay
from botmeter_local import Stack

# So much of a file is looked at to see whether it is an array.
_LOOKED_AT = 64


@dataclass(slots=True)
class Import:
    """The records of a file and what they report; `rejects` tells of those that cannot be used."""

    path: str
    origin: Origin
    rejects: Rejects = field(default_factory=lambda: Rejects(unit="record"))
    records: int = 0
    ignored: int = 0
    by_type: Counter[str] = field(default_factory=Counter)

    def envelopes(self) -> Iterator[str]:
        """The records that report something, as event sources send them."""
        for text, reports in self._usable():
            self.by_type.update(json.loads(report.canonical)["type"] for report in reports)
            yield text

    def collect(self) -> Collection:
        """What the records report, to be metered here."""
        collection = Collection()
        for _, reports in self._usable():
            for report in reports:
                collection.add(report.sighting)
        return collection

    def _usable(self) -> Iterator[tuple[str, list[Report]]]:
        """Each record that reports something, in its envelope, and what it reports."""
        for number, record in _records(self.path):
            self.records += 1
            try:
                text = _envelope(record, self.origin)
                reports = read(text)
            except InvalidEvent as error:
                self.rejects(number, error)
                continue
            if reports:
                yield text, reports
            else:
                self.ignored += 1


def import_records(stack: Stack, path: str, origin: Origin, output: Output) -> dict[str, Any]:
    """Put the records of a file on the bus, wait until they are ingested, and count what came of them."""
    run = Import(path, origin)
    done = replay(stack, run.envelopes(), output)
    run.rejects.finish()
    return {
        "records": run.records,
        "events": run.by_type.total(),
        "by_type": dict(sorted(run.by_type.items())),
        "ignored": run.ignored,
        "refused": run.rejects.count,
        **{name: done[name] for name in ("failed", "dead_letters", "seconds")},
    }


def _envelope(record: str | bytes, origin: Origin) -> str:
    """A record in its envelope; raises `InvalidEvent` for what is no JSON, or more than the bus carries."""
    named = {name: value for name, value in origin._asdict().items() if value is not None}
    try:
        text = json.dumps({**named, "record": json.loads(record, parse_constant=_refuse)})
    except (ValueError, RecursionError) as error:
        raise InvalidEvent("record", "must be JSON") from error
    if len(text) > LARGEST_BATCH:
        raise InvalidEvent("record", f"must have at most {LARGEST_BATCH:,} bytes in its envelope")
    return text


def _refuse(constant: str) -> None:
    """`NaN` and the infinities are no JSON."""
    raise ValueError(constant)


def _records(path: str) -> Iterator[tuple[int, str | bytes]]:
    """The records of a file with their numbers: lines, or the items of a JSON array."""
    with open_file(path) as stream:
        if stream.peek(_LOOKED_AT).removeprefix(BOM_UTF8).lstrip().startswith(b"["):
            yield from _items(stream)
        else:
            yield from ((number, line) for number, line in enumerate(lines_of(stream), 1) if line.strip())


def _items(stream: Readable) -> Iterator[tuple[int, str]]:
    """The items of a JSON array; it is read as a whole."""
    try:
        items = [json.dumps(item) for item in json.loads(stream.read())]
    except (ValueError, RecursionError) as error:
        raise BadFile(
            [Problem("file", f"must be a JSON array, or have a record a line ({error})")]
        ) from error
    yield from enumerate(items, 1)
