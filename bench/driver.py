"""Runs loads through the real handlers and the real meter, and counts what they take."""

import contextlib
import io
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import api.app
import api.call
from bench.load import ACCOUNT, MINUTE_MS, Load, Way
from bench.requests import Requests, Taken
from bench.stand_in import StandIn
from botmeter.adapters.dynamo.keys import DUE_SHARDS
from botmeter.bootstrap import Wiring
from botmeter.bootstrap.clients import aws_client
from botmeter.domain.periods import to_utc
from botmeter_cli.provisioning import wiring_for
from botmeter_local import Stack
from ingest import handler as ingest
from tests.fakes.context import FakeContext, payload

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# How long after its last event everything is settled at the latest, in minutes.
_PATIENCE = 120


@dataclass
class Stage:
    """What a part of the way took: units and requests of DynamoDB, processor seconds."""

    taken: Taken = field(default_factory=Taken)
    seconds: float = 0.0

    def add(self, other: "Stage") -> None:
        """Add what another part took."""
        self.taken = self.taken.plus(other.taken)
        self.seconds += other.seconds


@dataclass
class Measured:
    """What a load took: calls of the handler, both stages, objects put to S3, what the handler logged.

    `settled` are conversations, `moved` those at which the meter looked too early. `timeline_bytes` and
    `usage_bytes` are what stays in the tables: timelines for a while, the rest for good.
    """

    events: int = 0
    calls: int = 0
    ingest: Stage = field(default_factory=Stage)
    settle: Stage = field(default_factory=Stage)
    objects: int = 0
    object_bytes: int = 0
    log_bytes: int = 0
    settled: int = 0
    moved: int = 0
    timelines: int = 0
    timeline_bytes: int = 0
    usage_bytes: int = 0

    @property
    def units(self) -> tuple[Taken, Taken]:
        """What ingest and the meter took of DynamoDB."""
        return self.ingest.taken, self.settle.taken


@dataclass
class _Clock:
    """The time that handlers see, and the meter is told."""

    now_ms: int = 0

    def time_ns(self) -> int:
        """As `time.time_ns`."""
        return self.now_ms * 1_000_000

    def now(self, zone: tzinfo) -> datetime:
        """As `datetime.now`."""
        return to_utc(self.now_ms).astimezone(zone)


class Driver:
    """Runs loads against a stack, or against its stand-in.

    `interval_minutes` is the template's, if another one than by default.
    """

    def __init__(
        self, requests: Requests, place: Stack | StandIn, interval_minutes: int | None = None
    ) -> None:
        self._requests = requests
        self._stand_in = place if isinstance(place, StandIn) else None
        self._wired = _function_wiring(place.stack if isinstance(place, StandIn) else place)
        if interval_minutes is not None:
            interval = timedelta(minutes=interval_minutes)
            self._wired = replace(
                self._wired, settings=replace(self._wired.settings, settle_interval=interval)
            )
        self._clock = _Clock()

    def run(self, load: Load, minutes: int, since_ms: int, *, settle: bool = True) -> Measured:
        """Let so many minutes of `load` happen from `since_ms` on, and settle them unless told otherwise.

        Batches are recorded when they arrive. The meter runs each minute; what finds nothing is not counted.
        """
        done = Measured(events=load.events * minutes)
        self._clock.now_ms = since_ms
        with ExitStack() as clocks:
            for place, name in ((ingest, "time"), (api.call, "datetime")):
                clocks.enter_context(patch.object(place, name, self._clock))
            for batch in load.batches(minutes, since_ms):
                self._wait_until(batch.arrived_ms, done, settle=settle)
                self._record(load.way, batch.texts, done)
            if settle:
                self._settle_the_rest(load.conversations * minutes, done)
        self._tidy(done, settled=settle)
        return done

    def _record(self, way: Way, texts: Sequence[str], done: Measured) -> None:
        """Call the handler as it is called on that way."""
        log, entry_point, call = io.StringIO(), *_HANDLERS[way]
        with (
            patch.object(entry_point, "wiring", lambda: self._wired),
            contextlib.redirect_stdout(log),
            self._counted(done.ingest),
        ):
            call(texts)
        done.calls += 1
        done.log_bytes += len(log.getvalue())

    def _wait_until(self, at_ms: int, done: Measured, *, settle: bool) -> None:
        """Let time pass, with a run of the meter at each full minute."""
        while settle and (minute_ms := (self._clock.now_ms // MINUTE_MS + 1) * MINUTE_MS) <= at_ms:
            self._clock.now_ms = minute_ms
            self._settle(done)
            self._tidy(done)
        self._clock.now_ms = at_ms

    def _settle_the_rest(self, conversations: int, done: Measured) -> None:
        """Let time pass until all is settled; fails if it takes too long, or if anything is settled twice."""
        for _ in range(_PATIENCE):
            if done.settled == conversations:
                break
            self._wait_until(self._clock.now_ms + MINUTE_MS, done, settle=True)
        assert done.settled == conversations, done

    def _settle(self, done: Measured) -> None:
        """A run of the meter, shard by shard."""
        for shard in DUE_SHARDS:
            stage = Stage()
            with self._counted(stage):
                run = self._wired.settle_conversations(shard, self._clock.now_ms)
            assert run.due + run.stuck == 0, run
            if run.settled or run.moved:
                done.settle.add(stage)
                done.settled += run.settled
                done.moved += run.moved

    def _tidy(self, done: Measured, *, settled: bool = True) -> None:
        """Note what was stored, and drop what nothing will read again: memory holds what is open.

        What will never be `settled` is dropped as well.
        """
        if not self._stand_in:
            return
        timelines, size = self._stand_in.forget("CONV#", due_too=not settled)
        done.timelines += timelines
        done.timeline_bytes += size
        done.usage_bytes += self._stand_in.forget("USAGE#", "LEDGER#")[1]
        objects, size = self._stand_in.take_objects()
        done.objects += objects
        done.object_bytes += size

    @contextmanager
    def _counted(self, stage: Stage) -> Iterator[None]:
        """Add what happens meanwhile to a stage; the stand-in's own work is not counted."""
        self._requests.take()
        began = time.process_time() - self._elsewhere()
        yield
        stage.seconds += time.process_time() - self._elsewhere() - began
        stage.taken = stage.taken.plus(self._requests.take())

    def _elsewhere(self) -> float:
        """The processor seconds of the stand-in so far."""
        return self._stand_in.seconds if self._stand_in else 0.0


def _from_queue(texts: Sequence[str]) -> None:
    """A batch of messages for ingest."""
    records = [{"messageId": str(n), "body": text} for n, text in enumerate(texts)]
    assert not ingest.handler({"Records": records}, FakeContext())["batchItemFailures"]


def _over_https(texts: Sequence[str]) -> None:
    """A request for the API, of the source that the authorizer has told."""
    event = payload("api_get_bots.json")
    event |= {"path": "/events", "resource": "/events", "httpMethod": "POST", "body": f"[{','.join(texts)}]"}
    event["requestContext"] |= {
        "resourcePath": "/events",
        "httpMethod": "POST",
        "authorizer": {"account_id": ACCOUNT, "source_id": "src_bench"},
    }
    answer = api.app.handler(event, cast("LambdaContext", FakeContext()))
    assert json.loads(answer["body"])["accepted"] == len(texts), answer


# The module whose wiring is replaced, and how it is called.
_HANDLERS = {Way.QUEUE: (ingest, _from_queue), Way.HTTPS: (api.call, _over_https)}


def _function_wiring(stack: Stack) -> Wiring:
    """The services with the clients that a function makes, but at the stack's address."""

    @cache
    def client(service: str) -> Any:
        place = {"AWS_ENDPOINT_URL": stack.endpoint_url or "", "AWS_DEFAULT_REGION": stack.region}
        with patch.dict(os.environ, place):
            return aws_client.__wrapped__(service)

    return replace(wiring_for(stack), client=client)
