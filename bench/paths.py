"""The whole way of an event beside the handler alone, PostgreSQL and DuckDB, with the same events."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import urllib3

from bench.checked import since_ms
from bench.ingest import handler_seconds
from bench.load import ACCOUNT, Load, Way, prepare
from bench.postgres import server, version
from bench.processes import family_seconds, processor_seconds
from bench.report import table
from botmeter_cli.wiring import operator, wiring_for
from botmeter_local import Stack, down, up
from botmeter_local.emulator import Emulator

NAME = "bench-paths"
LOAD = Load(Way.HTTPS, batch=100, conversations=5_000)
# Requests that are under way at the same time.
_SENDERS = 2

# Silence of more than 15 minutes begins a window.
_WINDOWS = """
    WITH marks AS (
        SELECT data.conversation_id AS conversation, time::TIMESTAMPTZ AS instant
        FROM read_json(?, format = 'nd')
    ), starts AS (
        SELECT *, coalesce(instant - lag(instant) OVER w > INTERVAL 15 MINUTE, true) AS begins
        FROM marks WINDOW w AS (PARTITION BY conversation ORDER BY instant)
    ), numbered AS (
        SELECT *, sum(begins::INT) OVER (PARTITION BY conversation ORDER BY instant) AS number FROM starts
    )
    SELECT conversation, number, min(instant), max(instant) FROM numbered GROUP BY ALL
"""
_TABLE = """
    CREATE TABLE event (
        id text PRIMARY KEY, account text NOT NULL, bot text NOT NULL, conversation text NOT NULL,
        role text NOT NULL, at timestamptz NOT NULL
    )
"""
_INSERT = "INSERT INTO event VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"


@dataclass(frozen=True)
class Taken:
    """What the events took: seconds by the clock, and processor seconds.

    Those of this process, of a server, and of the functions that the server runs.
    """

    clock: float
    client: float
    server: float = 0.0
    functions: float = 0.0


def run() -> None:
    """Measure and print."""
    batches = [batch.texts for batch in LOAD.batches(1, since_ms())]
    ways = {
        "HTTP, function, the emulator's DynamoDB and S3": _whole_way(batches),
        "handler alone, socket stubbed": _handler_alone(batches),
        f"PostgreSQL {version()}, INSERT": _postgres(batches, _insert),
        f"PostgreSQL {version()}, COPY and INSERT": _postgres(batches, _copy),
        f"DuckDB {duckdb.__version__}, windows of the file": _duckdb(batches),
    }
    table(
        f"{LOAD.events:,} events, batches of {LOAD.batch}; processor time in µs/event",
        ["", "events/s", "all", "this process", "server", "functions"],
        [[name, *_row(taken)] for name, taken in ways.items()],
    )


def _row(taken: Taken) -> Iterator[str]:
    """The figures of one way."""
    yield f"{LOAD.events / taken.clock:,.0f}"
    users = (taken.client, taken.server, taken.functions)
    yield from (f"{seconds / LOAD.events * 1e6:,.1f}" for seconds in (sum(users), *users))


def _taken(work: Callable[[], object], pid: int | None = None) -> Taken:
    """What `work` took, here and in a server with all that it has started."""
    before = family_seconds(pid) if pid else 0.0
    began, clock = time.process_time(), time.perf_counter()
    work()
    clock = time.perf_counter() - clock
    client = time.process_time() - began
    return Taken(clock, client, family_seconds(pid) - before if pid else 0.0)


def _whole_way(batches: Sequence[Sequence[str]]) -> Taken:
    """Over HTTP to the deployed stack, which answers when the marks are in its table."""
    down(NAME)
    try:
        stack = up(NAME, on_progress=print)
        prepare(stack)
        deliver = _sender(stack)
        # The first calls start the function.
        for _, texts in replace(LOAD, conversations=100).batches(1, since_ms()):
            deliver(texts)
        emulator = Emulator.of(NAME).pid
        before = processor_seconds(emulator)
        with ThreadPoolExecutor(_SENDERS) as senders:
            taken = _taken(lambda: [*senders.map(deliver, batches)], emulator)
        server = processor_seconds(emulator) - before
        return replace(taken, server=server, functions=taken.server - server)
    finally:
        down(NAME)


def _handler_alone(batches: Sequence[Sequence[str]]) -> Taken:
    """In this process, without a connection."""
    records = [{"messageId": str(n), "body": text} for n, text in enumerate(batches[0])]
    seconds = handler_seconds({"Records": records}) * len(batches)
    return Taken(seconds, seconds)


def _postgres(
    batches: Sequence[Sequence[str]], write: Callable[[psycopg.Cursor[Any], list[tuple[str, ...]]], None]
) -> Taken:
    """Into a table with a unique id, a transaction for each batch."""

    def work() -> None:
        with psycopg.connect(running.address) as connection:
            for texts in batches:
                with connection.transaction(), connection.cursor() as cursor:
                    write(cursor, [_columns(text) for text in texts])

    with server() as running:
        with psycopg.connect(running.address) as connection:
            connection.execute(_TABLE)
        taken = _taken(work, running.pid)
        with psycopg.connect(running.address) as connection:
            assert connection.execute("SELECT count(*) FROM event").fetchone() == (LOAD.events,)
    return taken


def _columns(text: str) -> tuple[str, ...]:
    """An event as a row."""
    event = json.loads(text)
    data = event["data"]
    names = ("account_id", "bot_id", "conversation_id", "role")
    return f"{event['source']}/{event['id']}", *(data[name] for name in names), event["time"]


def _insert(cursor: psycopg.Cursor[Any], rows: list[tuple[str, ...]]) -> None:
    """One statement for each row, sent together."""
    cursor.executemany(_INSERT, rows)


def _copy(cursor: psycopg.Cursor[Any], rows: list[tuple[str, ...]]) -> None:
    """Into a temporary table, and from there those that are new."""
    cursor.execute("CREATE TEMP TABLE arrived (LIKE event) ON COMMIT DROP")
    with cursor.copy("COPY arrived FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute("INSERT INTO event SELECT * FROM arrived ON CONFLICT DO NOTHING")


def _duckdb(batches: Sequence[Sequence[str]]) -> Taken:
    """From a file of events to windows, with all processors."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        file.write_text("".join(f"{text}\n" for texts in batches for text in texts))
        with duckdb.connect() as database:
            found: list[Any] = []
            taken = _taken(lambda: found.extend(database.execute(_WINDOWS, [str(file)]).fetchall()))
    assert len(found) == LOAD.conversations
    return taken


def _sender(stack: Stack) -> Callable[[Sequence[str]], None]:
    """What sends a batch to the API, with a key, and waits until it is recorded."""
    manage, now = wiring_for(stack).manage_event_sources, datetime.now(UTC)
    _, key = manage.add(operator(), ACCOUNT, "bench", now, key="bench")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents-batch+json"}
    pool = urllib3.PoolManager(maxsize=_SENDERS)

    def send(texts: Sequence[str]) -> None:
        body = f"[{','.join(texts)}]".encode()
        answer = pool.request("POST", f"{stack.api_url}/events", body=body, headers=headers, timeout=60)
        assert answer.json()["accepted"] == len(texts), answer.data

    return send
