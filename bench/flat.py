"""Whether an event costs the same among ten thousand and among ten million."""

from bench.checked import QUEUE, WARMING_UP, checked, since_ms
from bench.driver import Driver
from bench.load import Way
from bench.pricing import total
from bench.processes import resident_mb
from bench.report import console, table

LEAST, EVENTS = 10_000, 1_000_000


def run(events: int = EVENTS) -> None:
    """Measure and print, from ten thousand events to `events`, each size with ten times as many."""
    found = checked()
    driver = Driver(found.requests, found.stand_in)
    driver.run(WARMING_UP[0], 1, since_ms())
    rows, size = [], LEAST
    while size <= events:
        rows.append(_row(driver, size))
        console.print(f"{size:,} events done")
        size *= 10
    table(
        f"{QUEUE.events:,} events a minute in batches of {QUEUE.batch:,}, settled each minute, no emulator",
        [
            "events",
            "write units for 1,000",
            "read units for 1,000",
            "objects for 1,000",
            "USD for a million",
            "µs/event, ingest",
            "µs/event, meter",
            "memory, MB",
        ],
        rows,
    )


def _row(driver: Driver, events: int) -> list[str]:
    """So many events, settled and forgotten minute by minute."""
    minutes = events // QUEUE.events
    done = driver.run(QUEUE, minutes, since_ms())
    assert done.events == events
    write, read = (sum(getattr(taken, kind) for taken in done.units) for kind in ("write", "read"))
    return [
        f"{events:,}",
        *(f"{units * 1000 / events:.1f}" for units in (write, read, done.objects)),
        f"{total(Way.QUEUE, done):.3f}",
        *(f"{stage.seconds / events * 1e6:.1f}" for stage in (done.ingest, done.settle)),
        f"{resident_mb():.0f}",
    ]
