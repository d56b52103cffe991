"""One bot whose conversations are all due in the same minute: what each of them costs the meter."""

import time
from unittest.mock import patch

from bench import load
from bench.checked import checked, since_ms
from bench.driver import Driver
from bench.load import Load, Way
from bench.report import console, table

SIZES = (2_000, 20_000, 200_000)


def run() -> None:
    """Measure and print."""
    found = checked()
    driver = Driver(found.requests, found.stand_in)
    rows = [_row(driver, conversations) for conversations in SIZES]
    table(
        "One bot, a message in each of so many conversations, all settled in one run, no emulator",
        ["conversations", "requests for 1,000", "write units for 1,000", "µs/conversation, meter", "seconds"],
        rows,
    )


def _row(driver: Driver, conversations: int) -> list[str]:
    """So many conversations; the run fails if one of them meets a conflict or is left."""
    began = time.perf_counter()
    with patch.multiple(load, BOTS=1, PER_CONVERSATION=1):
        done = driver.run(Load(Way.QUEUE, batch=1_000, conversations=conversations), 1, since_ms(1))
    console.print(f"{conversations:,} conversations done")
    taken = done.settle.taken
    return [
        f"{conversations:,}",
        f"{taken.calls * 1000 / conversations:.1f}",
        f"{taken.write * 1000 / conversations:.0f}",
        f"{done.settle.seconds / conversations * 1e6:.1f}",
        f"{time.perf_counter() - began:.1f}",
    ]
