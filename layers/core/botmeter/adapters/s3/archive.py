"""The archive: every accepted event, in compressed lines, by account and day."""

import gzip
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.cloudevents import parse_event
from botmeter.adapters.dynamo.errors import store_errors
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report, Subject
from botmeter.ports.metering import ArchiveUnreadable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Of text that repeats itself so much, more effort saves a twentieth of the bytes and takes twice the time.
_EFFORT = 4


class S3Archive:
    """Keeps events in `bucket` as `archive/account=A/day=D/hash.jsonl.gz`.

    Accounts and days (UTC, of the event) are named as Hive names partitions. An object holds what a batch
    brought of one account and day, and is named after its content: a batch that comes again is one object.
    """

    def __init__(self, client: "S3Client", bucket: str, in_flight: int = 8) -> None:
        self._client = client
        self._bucket = bucket
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="archive")

    def keep(self, reports: Sequence[Report]) -> set[int]:
        """Store each at least once; returns the positions of those not stored."""
        parts: dict[tuple[str, date], list[int]] = defaultdict(list)
        for position, report in enumerate(reports):
            parts[report.sighting.subject.account_id, report.day].append(position)
        kept = self._pool.map(
            lambda part: self._put(part[0], [reports[position].canonical for position in part[1]]),
            parts.items(),
        )
        return {p for positions, ok in zip(parts.values(), kept, strict=True) if not ok for p in positions}

    def marks(self, subject: Subject, days: Sequence[date], most_objects: int | None) -> frozenset[int]:
        """The marks of the archived events of `subject` on `days`, without test traffic.

        Reads all that the account has of these days. Raises `ArchiveUnreadable` for a damaged object, and
        where there are more than `most_objects`; raises `StoreUnavailable`.
        """
        found = (key for day in days for key in self.keys(subject.account_id, day))
        keys = list(islice(found, None if most_objects is None else most_objects + 1))
        if most_objects is not None and len(keys) > most_objects:
            raise ArchiveUnreadable(f"the archive has more than {most_objects:,} objects of these days")
        return frozenset().union(*self._pool.map(lambda key: self._marks_in(key, subject), keys))

    def keys(self, account_id: str, day: date) -> Iterator[str]:
        """The names of the objects of an account and day; raises `StoreUnavailable`."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix(account_id, day)
        )
        with store_errors():
            for page in pages:
                yield from (found["Key"] for found in page.get("Contents", []))

    @store_errors()
    def read(self, key: str) -> bytes:
        """One object as it is stored, for `lines_of`; raises `StoreUnavailable`."""
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _marks_in(self, key: str, subject: Subject) -> set[int]:
        """The marks of a subject in one object."""
        lines = lines_of(key, self.read(key))
        if lines is None:
            raise ArchiveUnreadable(f"{key} is damaged")
        # Most lines are of others, and to look for a name costs a fiftieth of reading the line.
        name = f'"{subject.name.partition("/")[0]}"'.encode()
        try:
            found = [parse_event(line) for line in lines.splitlines() if name in line]
        except InvalidEvent as error:
            raise ArchiveUnreadable(f"{key} has lines that are no events: {error}") from error
        return {sighting.mark for sighting in found if sighting.subject == subject and not sighting.test}

    def _put(self, partition: tuple[str, date], lines: Sequence[str]) -> bool:
        """Whether the lines of one account and day were stored."""
        content = "".join(f"{line}\n" for line in sorted(set(lines))).encode()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=prefix(*partition) + name_of(content),
                Body=gzip.compress(content, _EFFORT, mtime=0),
                ContentType="application/x-ndjson",
                ContentEncoding="gzip",
            )
        except (ClientError, BotoCoreError):
            return False
        return True


def prefix(account_id: str, day: date) -> str:
    """What the names of the objects of an account and day begin with."""
    return f"archive/account={account_id}/day={day.isoformat()}/"


def lines_of(key: str, content: bytes) -> bytes | None:
    """The lines of an object, unpacked; None if it is damaged: it does not hold what it was named after."""
    try:
        lines = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return None
    return lines if key.endswith(f"/{name_of(lines)}") else None


def name_of(lines: bytes) -> str:
    """What an object with these lines is called."""
    return f"{hashlib.sha256(lines).hexdigest()[:32]}.jsonl.gz"
