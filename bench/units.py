"""DynamoDB units for 1,000 events, from ingest to settled, as the emulator counts them."""

import json
from datetime import UTC, datetime

from bench.accounts import new_stack
from bench.report import table
from bench.requests import Requests
from botmeter.adapters.dynamo.keys import DUE_SHARDS
from botmeter.bootstrap import Wiring
from botmeter.domain.periods import BillingPeriod, Calendar, to_ms
from botmeter_cli.provisioning import demo_account, seed, wiring_for
from botmeter_cli.sample import last_full_month, sample_events
from botmeter_local.emulator import Emulator

BATCHES = (10, 100, 1000)


def run() -> None:
    """Measure and print."""
    units = Requests()
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
    stack, account = new_stack(emulator, str(size)), demo_account()
    seed(stack, month.start(Calendar(account["time_zone"])), account)
    return wiring_for(stack)


def _measure(units: Requests, wired: Wiring, events: list[str], size: int, now: datetime) -> list[str]:
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
    shown = (ingest.write, settle.write, ingest.write + settle.write, ingest.read, settle.read)
    return [f"{size:,}", *(f"{value * 1000 / len(events):,.0f}" for value in shown)]
