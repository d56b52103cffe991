"""Runs loads through the real handlers and the real meter, and counts what they take."""

import contextlib
import io
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import api.app
import api.call
from bench.load import ACCOUNT, Load, Way
from bench.requests import Requests, Taken
from bench.stand_in import StandIn
from botmeter.adapters.dynamo.keys import DUE_SHARDS
from botmeter.bootstrap import Wiring
from botmeter.bootstrap.clients import aws_client
from botmeter_cli.provisioning import wiring_for
from botmeter_local import Stack
from ingest import handler as ingest
from tests.fakes.context import FakeContext, payload

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_HOUR_MS = 3_600_000


@dataclass
class Stage:
    """What a part of the way took: units and requests of DynamoDB, processor seconds."""

    taken: Taken = field(default_factory=Taken)
    seconds: float = 0.0


@dataclass
class Measured:
    """What a load took: calls of the handler, both stages, objects put to S3, what the handler logged.

    `timeline_bytes` and `usage_bytes` are what stays in the tables: timelines for a while, the rest for good.
    """

    events: int = 0
    calls: int = 0
    ingest: Stage = field(default_factory=Stage)
    settle: Stage = field(default_factory=Stage)
    objects: int = 0
    object_bytes: int = 0
    log_bytes: int = 0
    timelines: int = 0
    timeline_bytes: int = 0
    usage_bytes: int = 0

    @property
    def units(self) -> tuple[Taken, Taken]:
        """What ingest and the meter took of DynamoDB."""
        return self.ingest.taken, self.settle.taken


class Driver:
    """Runs loads against a stack, or against its stand-in."""

    def __init__(self, requests: Requests, place: Stack | StandIn) -> None:
        self._requests = requests
        self._stand_in = place if isinstance(place, StandIn) else None
        self._wired = _function_wiring(place.stack if isinstance(place, StandIn) else place)

    def run(self, load: Load, minutes: int, since_ms: int, *, settle: bool = True) -> Measured:
        """Let so many minutes of `load` arrive, each followed by a run of the meter unless told otherwise."""
        done = Measured()
        for minute in range(minutes):
            batches = [*load.batches(minute, since_ms)]
            done.events += load.events
            done.calls += len(batches)
            with self._counted(done.ingest):
                done.log_bytes += self._record(load.way, batches)
            if settle:
                with self._counted(done.settle):
                    self._settle()
            if self._stand_in:
                _tidy(self._stand_in, done)
        return done

    def _record(self, way: Way, batches: Sequence[Sequence[str]]) -> int:
        """Call the handler as it is called on that way; returns how many bytes it logged."""
        log, entry_point, call = io.StringIO(), *_HANDLERS[way]
        with patch.object(entry_point, "wiring", lambda: self._wired), contextlib.redirect_stdout(log):
            for texts in batches:
                call(texts)
        return len(log.getvalue())

    def _settle(self) -> None:
        """Settle all that is due an hour from now."""
        later_ms = time.time_ns() // 1_000_000 + _HOUR_MS
        for shard in DUE_SHARDS:
            run = self._wired.settle_conversations(shard, later_ms)
            assert run.due + run.stuck + run.moved == 0, run

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


def _tidy(stand_in: StandIn, done: Measured) -> None:
    """Note what was stored, and drop what nothing will read again: memory holds the events of a minute."""
    timelines, size = stand_in.forget("CONV#")
    done.timelines += timelines
    done.timeline_bytes += size
    done.usage_bytes += stand_in.forget("USAGE#", "LEDGER#")[1]
    objects, size = stand_in.take_objects()
    done.objects += objects
    done.object_bytes += size


def _function_wiring(stack: Stack) -> Wiring:
    """The services with the clients that a function makes, but at the stack's address."""

    @cache
    def client(service: str) -> Any:
        place = {"AWS_ENDPOINT_URL": stack.endpoint_url or "", "AWS_DEFAULT_REGION": stack.region}
        with patch.dict(os.environ, place):
            return aws_client.__wrapped__(service)

    return replace(wiring_for(stack), client=client)
