"""DynamoDB units for 1,000 events, from ingest to settled, as the emulator counts them."""

import json
from datetime import UTC, datetime
from typing import Any

import botocore.handlers

from bench.report import table
from botmeter.adapters.dynamo.keys import DUE_SHARDS
from botmeter.bootstrap import Wiring
from botmeter.domain.periods import BillingPeriod, Calendar, to_ms
from botmeter_cli.provisioning import demo_account, seed, wiring_for
from botmeter_cli.sample import last_full_month, sample_events
from botmeter_local import Stack
from botmeter_local.emulator import Emulator
from botmeter_local.stack import LOCAL_REGION
from botmeter_local.tables import create_tables

BATCHES = (10, 100, 1000)
_READS = {"GetItem", "Query", "TransactGetItems"}


class Units:
    """Sums the capacity that DynamoDB says each call consumed, tables and indexes."""

    def __init__(self) -> None:
        self.write = 0.0
        self.read = 0.0
        botocore.handlers.BUILTIN_HANDLERS.append(("provide-client-params.dynamodb", self._ask))
        botocore.handlers.BUILTIN_HANDLERS.append(("after-call.dynamodb", self._count))

    def take(self) -> tuple[float, float]:
        """Write and read units since the last call."""
        taken = self.write, self.read
        self.write = self.read = 0.0
        return taken

    def _ask(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any]:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "INDEXES"
        return params

    def _count(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        units = sum(c["CapacityUnits"] for c in (consumed if isinstance(consumed, list) else [consumed]))
        if model.name == "BatchGetItem":
            # The emulator does not say: a consistent read of an item of up to 4 KB is one unit.
            self.read += sum(len(items) for items in parsed["Responses"].values())
        elif model.name in _READS:
            self.read += units
        else:
            self.write += units


def run() -> None:
    """Measure and print."""
    units = Units()
    now = datetime.now(UTC)
    month = last_full_month(now, Calendar(demo_account()["time_zone"]))
    events = [json.dumps(event) for event in sample_events(month)]
    emulator = Emulator.of("bench")
    emulator.start()
    try:
        rows = [_measure(units, _tables(emulator, size, month), events, size, now) for size in BATCHES]
    finally:
        emulator.stop()
    table(
        f"DynamoDB units for 1,000 events, ingest to settled ({len(events):,} events of the sample)",
        ["batch", "write: ingest", "write: settle", "write: all", "read: ingest", "read: settle"],
        rows,
    )


def _tables(emulator: Emulator, size: int, month: BillingPeriod) -> Wiring:
    """The services over tables and a bucket of their own, with the demo account in them."""
    names = {"UsageTable": f"usage-{size}", "BillingTable": f"billing-{size}"}
    outputs = {f"{table}Name": name for table, name in names.items()}
    bucket = f"operations-{size}"
    outputs |= {"Environment": "dev", "OperationsBucketName": bucket, "InvoiceBucketName": bucket}
    stack = Stack("bench", LOCAL_REGION, emulator.endpoint_url, outputs)
    create_tables(stack.client("dynamodb"), names)
    stack.client("s3").create_bucket(Bucket=bucket)
    account = demo_account()
    seed(stack, month.start(Calendar(account["time_zone"])), account)
    return wiring_for(stack)


def _measure(units: Units, wired: Wiring, events: list[str], size: int, now: datetime) -> list[str]:
    """Record the sample in batches of `size`, then settle it; units for 1,000 events."""
    units.take()
    now_ms = to_ms(now)
    for first in range(0, len(events), size):
        batch = wired.record_events(events[first : first + size], now_ms)
        assert not batch.failed
        assert not batch.rejected
    ingest = units.take()
    for shard in DUE_SHARDS:
        wired.settle_conversations(shard, now_ms + 3_600_000)
    settle = units.take()
    shown = (ingest[0], settle[0], ingest[0] + settle[0], ingest[1], settle[1])
    return [f"{size:,}", *(f"{value * 1000 / len(events):,.0f}" for value in shown)]
