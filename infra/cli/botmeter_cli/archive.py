"""The archive as commands read it: an account's events by day, several objects at a time."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from botmeter.adapters.s3.archive import prefix
from botmeter_cli.in_flight import in_flight
from botmeter_local import Stack

# What an object's name has of the hash of its content.
_NAMED_BY = 32


@dataclass(frozen=True, slots=True)
class ArchivedObject:
    """Accepted events of one account and day (UTC): `content` is compressed lines of canonical JSON.

    `lines` is the same, unpacked; None if the object is damaged: it does not hold what it was named after.
    """

    key: str
    day: date
    content: bytes
    lines: bytes | None

    @classmethod
    def of(cls, key: str, day: date, content: bytes) -> "ArchivedObject":
        """An object as it was read, unpacked and checked."""
        try:
            lines = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return cls(key, day, content, None)
        name = hashlib.sha256(lines).hexdigest()[:_NAMED_BY]
        return cls(key, day, content, lines if key.endswith(f"/{name}.jsonl.gz") else None)


@dataclass(slots=True)
class Archive:
    """Reads the archive in `bucket`. `damaged` are the names of the objects that were of no use so far."""

    client: Any
    bucket: str
    damaged: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, stack: Stack) -> "Archive":
        """The archive of a stack."""
        return cls(stack.client("s3"), stack.outputs["ArchiveBucketName"])

    def objects(self, account_id: str, days: Iterable[date]) -> Iterator[ArchivedObject]:
        """The objects of an account and of `days`, in any order. Damaged ones are noted and left out."""
        named = in_flight(lambda day: self._keys(account_id, day), days)
        for one in in_flight(lambda asked: self._read(*asked), chain.from_iterable(named)):
            if one.lines is None:
                self.damaged.append(one.key)
            else:
                yield one

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

    def _keys(self, account_id: str, day: date) -> list[tuple[str, date]]:
        """The names of a day's objects."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix(account_id, day)
        )
        return [(found["Key"], day) for page in pages for found in page.get("Contents", [])]

    def _read(self, key: str, day: date) -> ArchivedObject:
        """One object."""
        answer = self.client.get_object(Bucket=self.bucket, Key=key)
        return ArchivedObject.of(key, day, answer["Body"].read())


def days_between(first: date, last: date) -> Sequence[date]:
    """All days from `first` to `last`; none if that is before."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
