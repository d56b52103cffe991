"""The archive as commands read it: an account's events by day, several objects at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from botmeter.adapters.s3.archive import S3Archive, lines_of
from botmeter_cli.in_flight import in_flight


class ArchivedObject(NamedTuple):
    """Accepted events of one account and day (UTC): `content` is compressed `lines` of canonical JSON."""

    day: date
    content: bytes
    lines: bytes


@dataclass(slots=True)
class Archive:
    """Reads the archive `store`. `damaged` are the names of the objects that were of no use so far."""

    store: S3Archive
    damaged: list[str] = field(default_factory=list)

    def objects(self, account_id: str, days: Iterable[date]) -> Iterator[ArchivedObject]:
        """The objects of an account and of `days`, in any order. Damaged ones are noted and left out."""
        named = in_flight(lambda day: [(key, day) for key in self.store.keys(account_id, day)], days)
        for key, day, content in in_flight(self._read, chain.from_iterable(named)):
            lines = lines_of(key, content)
            if lines is None:
                self.damaged.append(key)
            else:
                yield ArchivedObject(day, content, lines)

    def download(self, account_id: str, days: Iterable[date], folder: Path) -> list[Path]:
        """Put the events of `days` into `folder`, a compressed file for each day that has any."""
        files = set()
        for one in self.objects(account_id, days):
            file = folder / f"{one.day.isoformat()}.jsonl.gz"
            # Compressed files one behind the other are a compressed file.
            with file.open("ab") as joined:
                joined.write(one.content)
            files.add(file)
        return sorted(files)

    def _read(self, named: tuple[str, date]) -> tuple[str, date, bytes]:
        """The content of an object, beside its name and day."""
        return *named, self.store.read(named[0])
