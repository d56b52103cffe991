"""What a load costs on AWS: counted requests, units, objects and processor time, priced by `prices.json`."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.driver import Measured
from bench.load import Way

TARGET_USD = 0.75
MILLION = 1_000_000
GB = 1024**3

# The functions have 1,024 MB, and so 1,024/1,769 of a virtual processor, which is taken to be as fast as
# a processor here.
_FUNCTION_GB = 1.0
_PROCESSORS = 1024 / 1769
# Allowed for waiting, in seconds: for a put to S3 and a write to DynamoDB, and for any request of the meter.
PUT_WAIT_S = 0.050
WRITE_WAIT_S = 0.010
METER_WAIT_S = 0.020
# How many of them wait at the same time; those of the meter are taken to wait one after the other.
_PUTS_IN_FLIGHT = 8
_WRITES_IN_FLIGHT = 16
# What Lambda writes to the log of each call (start, end, report), in bytes, beside what the function writes.
_PLATFORM_LOG = 1_000
# And API Gateway to its own.
_ACCESS_LOG = 400
# How many messages a request to a queue has.
_MESSAGES = 10


@dataclass(frozen=True)
class Prices:
    """A price sheet: US dollars by name, with the region and month that they are of."""

    region: str
    date: str
    usd: dict[str, float]

    def of(self, name: str, count: float) -> float:
        """What so many cost."""
        return self.usd[name] * count


@cache
def prices() -> Prices:
    """The price sheet of this folder."""
    sheet = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))
    return Prices(sheet["region"], sheet["date"], {n: p["usd"] for n, p in sheet["prices"].items()})


def parts(way: Way, done: Measured) -> dict[str, float]:
    """What a million events cost in US dollars, by what they cost it for: from the source to settled."""
    scale = MILLION / done.events
    return {name: usd * scale for name, usd in _parts(way, done)}


def total(way: Way, done: Measured) -> float:
    """The same, added up."""
    return sum(parts(way, done).values())


def _parts(way: Way, done: Measured) -> Iterator[tuple[str, float]]:
    """What all events of a load cost."""
    of = prices().of
    if way is Way.HTTPS:
        yield "API Gateway requests", of("api_request", done.calls)
        yield "access log", of("log_gb", done.calls * _ACCESS_LOG / GB)
    else:
        bus = way is Way.BUS
        if bus:
            yield "EventBridge events", of("eventbridge_event", done.events)
        sent = done.events if bus else done.events / _MESSAGES
        yield "SQS requests", of("sqs_request", sent + 2 * done.events / _MESSAGES)
    yield "Lambda requests", of("lambda_request", done.calls)
    yield "Lambda time, ingest", of("lambda_gb_second", _FUNCTION_GB * _ingest_seconds(done))
    yield "Lambda time, meter", of("lambda_gb_second", _FUNCTION_GB * meter_seconds(done))
    yield "DynamoDB writes, ingest", of("dynamodb_write_unit", done.ingest.taken.write)
    yield "DynamoDB writes, settle", of("dynamodb_write_unit", done.settle.taken.write)
    yield "DynamoDB reads", of("dynamodb_read_unit", done.ingest.taken.read + done.settle.taken.read)
    yield "S3 puts of the archive", of("s3_put", done.objects)
    yield "logs", of("log_gb", (done.log_bytes + done.calls * _PLATFORM_LOG) / GB)
    yield "traces", of("trace", done.calls)


def _ingest_seconds(done: Measured) -> float:
    """How long the calls of ingest take: processor time, and waiting for the archive and then for marks."""
    puts = math.ceil(done.objects / done.calls / _PUTS_IN_FLIGHT)
    writes = math.ceil(done.ingest.taken.calls / done.calls / _WRITES_IN_FLIGHT)
    return done.ingest.seconds / _PROCESSORS + done.calls * (puts * PUT_WAIT_S + writes * WRITE_WAIT_S)


def meter_seconds(done: Measured, wait_s: float = METER_WAIT_S) -> float:
    """How long the meter takes: processor time, and waiting so long for each request."""
    return done.settle.seconds / _PROCESSORS + done.settle.taken.calls * wait_s
