"""Events per second and core through the ingest handler, without a network."""

import contextlib
import io
import json
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from bench.clients import client_without_socket
from bench.report import cpu_seconds, table
from botmeter.adapters.dynamo.timelines import DynamoTimelines
from botmeter.adapters.event_reader import read
from botmeter.adapters.s3.archive import S3Archive
from botmeter.domain.events import Report, Subject
from botmeter.domain.periods import to_rfc3339
from botmeter.ports.metering import BotRegistry, EventArchive, MarkAddition, Quarantine, TimelineWriter
from botmeter.services.record_events import RecordEvents
from ingest import handler as entry_point
from tests.fakes.context import FakeContext

BATCH = 1000
PER_CONVERSATION = 10


class _Registry:
    def idle_timeout_ms(self, account_id: str, bot_id: str) -> int | None:
        return 900_000


class _Timelines:
    def add_marks(self, additions: Sequence[MarkAddition]) -> set[Subject]:
        return set()


class _Archive:
    def keep(self, reports: Sequence[Report]) -> set[int]:
        return set()


class _Quarantine:
    def keep(self, rejected: Sequence[object]) -> set[int]:
        raise AssertionError("the events are sound")


def run() -> None:
    """Measure and print."""
    batch = _batch()
    decoding = cpu_seconds(lambda: [json.loads(record["body"]) for record in batch["Records"]], 20)
    faked = _handler_seconds(batch, _Timelines(), _Archive())
    stubbed = handler_seconds(batch)
    rows = [
        [name, f"{BATCH / seconds:,.0f}", f"{seconds / BATCH * 1e6:.1f}", f"{seconds / decoding:.1f}"]
        for name, seconds in (
            ("json.loads of the same bodies (yardstick)", decoding),
            ("handler, table and archive faked", faked),
            ("handler with botocore, socket stubbed", stubbed),
        )
    ]
    table(
        f"Ingest, batches of {BATCH} events, {PER_CONVERSATION} of each conversation",
        ["", "events/s and core", "µs/event", "x yardstick"],
        rows,
    )


def _batch() -> dict[str, Any]:
    """A queue's batch of canonical events."""
    now_ms = time.time_ns() // 1_000_000
    return {"Records": [{"messageId": str(n), "body": _event(n, now_ms)} for n in range(BATCH)]}


def _event(n: int, now_ms: int) -> str:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"01JB8W2M3Q6Y{n:08d}",
            "source": "bots/acme/eu-1",
            "type": "conversation.message",
            "time": to_rfc3339(now_ms - (BATCH - n) * 100),
            "data": {
                "account_id": "acct_acme",
                "bot_id": "bot_orders",
                "conversation_id": f"c-{n % (BATCH // PER_CONVERSATION)}",
                "user_id": "u-7",
                "role": "user" if n % 2 else "bot",
                "channel": "web",
                "test": False,
            },
        }
    )


def handler_seconds(batch: dict[str, Any]) -> float:
    """Processor time of one invocation with botocore, which is answered without a connection."""
    timelines = DynamoTimelines(client_without_socket("dynamodb"), "usage")
    return _handler_seconds(batch, timelines, S3Archive(client_without_socket("s3", b""), "archive"))


def _handler_seconds(batch: dict[str, Any], timelines: TimelineWriter, archive: EventArchive) -> float:
    """Processor time of one invocation; what it logs is thrown away."""
    registry: BotRegistry = _Registry()
    quarantine: Quarantine = _Quarantine()
    service = RecordEvents(read, registry, archive, timelines, quarantine, grace_ms=120_000)
    wired = SimpleNamespace(record_events=service)
    with patch.object(entry_point, "wiring", lambda: wired), contextlib.redirect_stdout(io.StringIO()):
        return cpu_seconds(lambda: entry_point.handler(batch, FakeContext()), 20)
