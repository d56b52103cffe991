"""A month of ten million events, counted again from its archive.

The archive is a folder here, read as the command reads the bucket. Fewer objects are fetched from the
emulator's S3 as well; what a network adds is not measured.
"""

import gzip
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import duckdb

from bench.processes import in_a_new_process, peak_mb
from bench.report import table
from botmeter.adapters.s3.archive import S3Archive, name_of, prefix
from botmeter.domain.periods import BillingPeriod, Calendar, days_between, to_ms, to_rfc3339
from botmeter_cli import in_flight
from botmeter_cli.archive import Archive
from botmeter_cli.reconcile.recount import Recount, Span
from botmeter_local import Stack
from botmeter_local.emulator import Emulator
from botmeter_local.stack import LOCAL_REGION

EVENTS = 10_000_000
PER_CONVERSATION = 10
BOTS = 20
# What a call of `POST /events` brings: most, and what it often is.
PER_OBJECT = (500, 100)
# So many objects of the fewest events are fetched from the emulator, by so many requests at a time.
FETCHED = 2_000
AT_A_TIME = (1, 8, 32)
ACCOUNT = "acct_acme"
PERIOD = BillingPeriod(2026, 10)
DAYS = days_between(PERIOD.first_day, PERIOD.last_day)
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)
_LONGEST_PAUSE_MS = 200_000
# As the archive does.
_EFFORT = 4
_IDLE_MS = dict.fromkeys((f"bot_{n}" for n in range(BOTS)), 900_000)

_PART = """
import sys
from bench.recount import measure

measure(*sys.argv[1:])
"""
_YARDSTICKS = {
    "lines": "SELECT count(*) FROM read_ndjson_objects(getvariable('files'), compression = 'gzip')",
    "columns": """
        SELECT count(time), count(type), count(data.bot_id), count(data.conversation_id), count(data.role)
        FROM read_json(
            getvariable('files'), format = 'newline_delimited', compression = 'gzip', auto_detect = false,
            columns = {time: 'VARCHAR', type: 'VARCHAR',
                       data: 'STRUCT(bot_id VARCHAR, conversation_id VARCHAR, role VARCHAR)'}
        )
    """,
}
_ROWS = {
    "join-500": "objects of 500 events read from disk, checked and joined by day",
    "join-100": "objects of 100 events",
    "lines": "yardstick: DuckDB counts the lines",
    "columns": "yardstick: DuckDB reads the columns and counts them",
    "recount": "recount: windows and sessions of each conversation",
}


def run() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor() as pool:
            sizes = [*pool.map(partial(_write_day, Path(folder)), DAYS)]
        rows = [[title, *_measured(name, folder)] for name, title in _ROWS.items()]
        fetched = _fetched(Path(folder))
    megabytes = " and ".join(f"{sum(size) / 1e6:,.0f}" for size in zip(*sizes, strict=True))
    table(
        f"recount of {EVENTS:,} events, {megabytes} MB compressed with {PER_OBJECT} an object",
        ["", "seconds", "processor seconds", "peak memory, MB", "found"],
        rows,
    )
    table(
        f"{FETCHED:,} objects of {min(PER_OBJECT)} events from the emulator's S3, checked and joined",
        ["requests at a time", "seconds", "objects/s"],
        fetched,
    )


def _measured(name: str, folder: str) -> list[str]:
    """What a part says in a process of its own."""
    seconds, processor, peak, found = in_a_new_process(_PART, name, folder)[-4:]
    return [f"{float(seconds):.1f}", f"{float(processor):.1f}", f"{float(peak):,.0f}", f"{int(found):,}"]


def measure(name: str, folder: str) -> None:
    """Do one part, and tell its times, the process's peak, and what it found."""
    parts = {f"join-{size}": partial(_join, size) for size in PER_OBJECT} | {"recount": _recount}
    part = parts.get(name) or partial(_yardstick, name)
    began, processor = time.perf_counter(), time.process_time()
    found = part(Path(folder))
    took = time.perf_counter() - began, time.process_time() - processor
    sys.stderr.write(f"{took[0]} {took[1]} {peak_mb()} {found}\n")


# ------------------------------------------------------------------------------------------ parts


def _join(per_object: int, folder: Path) -> int:
    """What the command does with a bucket; returns how many files there are."""
    joined = folder / f"joined-{per_object}"
    joined.mkdir()
    archive = Archive(S3Archive(cast("Any", _Folder(folder / str(per_object))), ""))
    files = archive.download(ACCOUNT, DAYS, joined)
    assert not archive.damaged
    return len(files)


def _fetched(folder: Path) -> list[list[str]]:
    """How fast objects come from the emulator's S3, which is Python too."""
    objects = folder / str(min(PER_OBJECT))
    emulator = Emulator.of("bench")
    emulator.start()
    try:
        client = Stack("bench", LOCAL_REGION, emulator.endpoint_url, {}).client("s3")
        client.create_bucket(Bucket="archive")
        for file in islice((objects / prefix(ACCOUNT, DAYS[0])).iterdir(), FETCHED):
            client.put_object(Bucket="archive", Key=str(file.relative_to(objects)), Body=file.read_bytes())
        return [_fetch(client, workers, folder / f"fetched-{workers}") for workers in AT_A_TIME]
    finally:
        emulator.stop()


def _fetch(client: Any, workers: int, joined: Path) -> list[str]:
    """Fetch all objects of a day, so many at a time."""
    joined.mkdir()
    archive = Archive(S3Archive(client, "archive"))
    began = time.perf_counter()
    with patch.object(in_flight, "WORKERS", workers):
        archive.download(ACCOUNT, DAYS[:1], joined)
    took = time.perf_counter() - began
    assert not archive.damaged
    return [str(workers), f"{took:.1f}", f"{FETCHED / took:,.0f}"]


def _yardstick(name: str, folder: Path) -> int:
    """A question that takes the same files."""
    connection = duckdb.connect(config={"preserve_insertion_order": False})
    connection.execute("SET VARIABLE files = $files", {"files": [str(file) for file in _joined(folder)]})
    row = connection.execute(_YARDSTICKS[name]).fetchone()
    return int(row[0]) if row else 0


def _recount(folder: Path) -> int:
    """The period's sessions."""
    calendar = Calendar("Europe/Berlin")
    period = Span(to_ms(PERIOD.start(calendar)), to_ms(PERIOD.end(calendar)))
    counted = Recount(_joined(folder), _IDLE_MS, period, folder)
    return sum(len(window.session_starts_ms) for window in counted.windows())


def _joined(folder: Path) -> list[Path]:
    return sorted((folder / f"joined-{max(PER_OBJECT)}").iterdir())


class _Folder:
    """A folder as a client of S3."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_paginator(self, operation: str) -> "_Folder":
        """Itself: it is listed in one page."""
        return self

    def paginate(self, **asked: str) -> Iterator[Any]:
        """The names that begin so."""
        found = (self._folder / asked["Prefix"]).iterdir()
        yield {"Contents": [{"Key": str(file.relative_to(self._folder))} for file in found]}

    def get_object(self, **asked: str) -> Any:
        """One file."""
        return {"Body": (self._folder / asked["Key"]).open("rb")}


# ----------------------------------------------------------------------------------------- events


def _write_day(folder: Path, day: date) -> list[int]:
    """The objects of a day, of each size, in order of time as they come; returns the bytes of each size."""
    lines = [line for _, line in sorted(_day(day))]
    return [_write_objects(folder / str(size), day, lines, size) for size in PER_OBJECT]


def _write_objects(folder: Path, day: date, lines: list[str], per_object: int) -> int:
    """The same with so many events an object; returns their size in bytes."""
    place = folder / prefix(ACCOUNT, day)
    place.mkdir(parents=True)
    size = 0
    for first in range(0, len(lines), per_object):
        content = "".join(sorted(lines[first : first + per_object])).encode()
        packed = gzip.compress(content, _EFFORT, mtime=0)
        (place / name_of(content)).write_bytes(packed)
        size += len(packed)
    return size


def _day(day: date) -> Iterator[tuple[int, str]]:
    """Conversations at random times of a day, none over midnight; in one of twenty an agent helps out."""
    chance = random.Random(day.toordinal())
    for number in range(EVENTS // len(DAYS) // PER_CONVERSATION):
        at_ms = chance.randrange(_DAY_MS - PER_CONVERSATION * _LONGEST_PAUSE_MS)
        for step in range(PER_CONVERSATION):
            kind, role = "conversation.message", f',"role":"{"bot" if step % 2 else "user"}"'
            if number % 20 == 0 and step in {4, 7}:
                kind, role = f"conversation.agent.{'joined' if step == 4 else 'left'}", ""
            yield at_ms, _line(day, at_ms, number, kind, role)
            at_ms += chance.randrange(1_000, _LONGEST_PAUSE_MS)


def _line(day: date, at_ms: int, number: int, kind: str, role: str) -> str:
    """An event as ingest writes it."""
    instant = to_rfc3339((day - _EPOCH).days * _DAY_MS + at_ms)
    return (
        f'{{"specversion":"1.0","id":"01JB8W2M{day.day:02d}{number:07d}{at_ms:08d}",'
        f'"source":"bots/acme/eu-1","time":"{instant}","type":"{kind}",'
        f'"data":{{"account_id":"{ACCOUNT}","bot_id":"bot_{number % BOTS}",'
        f'"conversation_id":"c-{day:%m%d}-{number:07d}","user_id":"u-{number % 5000}",'
        f'"channel":"web","test":false{role}}}}}\n'
    )
