"""`botmeter import`: files of native records, as events on the stack's bus, or counted without a stack.

Each record is read here first. One that does not matter is not sent. One that cannot be used is not sent
either: it is kept in a file.
"""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from botmeter.adapters.event_reader import read
from botmeter.adapters.sources import Origin
from botmeter.adapters.sources.canonical import member
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report
from botmeter_cli.bot_parties import FORMAT as WITH_PARTIES
from botmeter_cli.bot_parties import bot_parties
from botmeter_cli.files import BadFile, Problem
from botmeter_cli.offline import Collection, Readable, Rejects, open_file
from botmeter_cli.output import Output
from botmeter_cli.refused_records import REMARK, RefusedRecords, is_file
from botmeter_cli.replay import LARGEST_BATCH, replay
from botmeter_local import Stack

# So much of a file is looked at to see whether it is an array.
_LOOKED_AT = 64


@dataclass(slots=True)
class Import:
    """The records of a file and what they report; `rejects` tells of those that cannot be used.

    `refused` keeps these, if it is given.
    """

    path: str
    origin: Origin
    refused: RefusedRecords | None = None
    rejects: Rejects = field(default_factory=lambda: Rejects(unit="record"))
    records: int = 0
    ignored: int = 0
    by_type: Counter[str] = field(default_factory=Counter)

    def envelopes(self) -> Iterator[str]:
        """The records that report something, as event sources send them.

        Of one that is too large for the bus, with pictures in it for example, the canonical events.
        """
        for text, reports in self._usable():
            events = [report.canonical for report in reports]
            self.by_type.update(json.loads(event)["type"] for event in events)
            yield from [text] if len(text) <= LARGEST_BATCH else events

    def collect(self) -> Collection:
        """What the records report, to be metered here."""
        collection = Collection()
        for _, reports in self._usable():
            for report in reports:
                collection.add(report.sighting)
        return collection

    def _usable(self) -> Iterator[tuple[str, list[Report]]]:
        """Each record that reports something, in its envelope, and what it reports."""
        bots = self._bots()
        for number, record in _records(self.path):
            self.records += 1
            try:
                text = _envelope(_parsed(record), self.origin, bots)
                reports = read(text)
            except InvalidEvent as error:
                self._refuse(number, record, error)
                continue
            if reports:
                yield text, reports
            else:
                self.ignored += 1

    def _bots(self) -> dict[str, str]:
        """Who is the bot, by conversation, unless that is told. The file is read for it; a pipe cannot be."""
        is_needed = self.origin.format == WITH_PARTIES and self.origin.bot_party is None
        return bot_parties(_readable(self.path)) if is_needed and is_file(self.path) else {}

    def _refuse(self, number: int, record: str | bytes, error: InvalidEvent) -> None:
        """Tell of a record that cannot be used, and keep it."""
        self.rejects(number, error)
        if self.refused is not None:
            self.refused.keep(f"{self.rejects.unit} {number}", error, record)


def import_records(stack: Stack, path: str, origin: Origin, output: Output) -> dict[str, Any]:
    """Put the records of a file on the bus, wait until they are ingested, and count what came of them."""
    refused = RefusedRecords(path)
    run = Import(path, origin, refused)
    try:
        done = replay(stack, run.envelopes(), output)
    finally:
        refused.close()
    run.rejects.finish()
    return {
        "records": run.records,
        "events": run.by_type.total(),
        "by_type": dict(sorted(run.by_type.items())),
        "ignored": run.ignored,
        "refused": run.rejects.count,
        "refused_file": refused.name,
        **{name: done[name] for name in ("failed", "dead_letters", "seconds")},
    }


def _envelope(record: Any, origin: Origin, bots: dict[str, str]) -> str:
    """A record in its envelope, which names the bot of its conversation if that is known."""
    conversation = member(record, "conversation", "id")
    if isinstance(conversation, str) and conversation in bots:
        origin = origin._replace(bot_party=bots[conversation])
    named = {name: value for name, value in origin._asdict().items() if value is not None}
    return json.dumps({**named, "record": record})


def _parsed(record: str | bytes) -> Any:
    """A record as JSON; raises `InvalidEvent` for what is none."""
    try:
        return json.loads(record, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidEvent("record", "must be JSON") from error


def _refuse_constant(constant: str) -> None:
    """`NaN` and the infinities are no JSON."""
    raise ValueError(constant)


def _readable(path: str) -> Iterator[Any]:
    """The records of a file that are JSON."""
    for _, record in _records(path):
        with suppress(InvalidEvent):
            yield _parsed(record)


def _records(path: str) -> Iterator[tuple[int, str | bytes]]:
    """The records of a file with their numbers: lines of any length, or the items of a JSON array.

    Remarks on refused records are none.
    """
    with open_file(path) as stream:
        if stream.peek(_LOOKED_AT).removeprefix(BOM_UTF8).lstrip().startswith(b"["):
            yield from _items(stream)
        else:
            yield from ((number, line) for number, line in enumerate(stream, 1) if _is_record(line))


def _is_record(line: bytes) -> bool:
    """Whether a line is more than blanks, and no remark."""
    return bool(line.strip()) and not line.startswith(REMARK.encode())


def _items(stream: Readable) -> Iterator[tuple[int, str]]:
    """The items of a JSON array; it is read as a whole."""
    try:
        items = [json.dumps(item) for item in json.loads(stream.read())]
    except (ValueError, RecursionError) as error:
        raise BadFile(
            [Problem("file", f"must be a JSON array, or have a record a line ({error})")]
        ) from error
    yield from enumerate(items, 1)
