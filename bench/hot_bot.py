"""One bot whose conversations are all due in the same minute: what each of them costs the meter."""

from bench.checked import Checked, checked, since_ms
from bench.driver import Driver, Measured
from bench.load import Load, Sent, Way
from bench.pricing import METER_WAIT_S, meter_seconds
from bench.report import console, table

SIZES = (2_000, 20_000, 200_000)
# What a request may wait for, in seconds; assumed, not measured.
WAITS_S = (METER_WAIT_S / 2, METER_WAIT_S, METER_WAIT_S * 2)
# So large a part of DynamoDB's answers is that it is asked too much.
THROTTLES = 0.05
THROTTLED_SIZE = 5_000


def run() -> None:
    """Measure and print."""
    found = checked()
    rows = [_row(found, conversations) for conversations in SIZES]
    table(
        "One bot, a message in each of so many conversations, all settled in one run, no emulator",
        [
            "conversations",
            "requests, one after the other",
            "write units for 1,000",
            "µs/conversation, meter",
            *(f"s, if each waits {wait_s * 1000:.0f} ms" for wait_s in WAITS_S),
        ],
        rows,
    )
    table(
        f"The same, where DynamoDB refuses {THROTTLES:.0%} of all requests for a time",
        ["conversations", "requests", "refused and repeated", "settled", "left"],
        [_throttled(found)],
    )


def _run(found: Checked, conversations: int) -> Measured:
    """So many conversations that come at once; fails if one meets a conflict, is left or is moved."""
    load = Load(Way.QUEUE, 1_000, conversations, messages=1, sent=Sent.EACH_MINUTE, bots=1)
    done = Driver(found.requests, found.stand_in).run(load, 1, since_ms())
    assert not done.moved
    console.print(f"{conversations:,} conversations done")
    return done


def _row(found: Checked, conversations: int) -> list[str]:
    """What the meter takes for so many."""
    done = _run(found, conversations)
    taken = done.settle.taken
    return [
        f"{conversations:,}",
        f"{taken.calls:,}",
        f"{taken.write * 1000 / conversations:,.0f}",
        f"{done.settle.seconds / conversations * 1e6:.0f}",
        *(f"{meter_seconds(done, wait_s):,.0f}" for wait_s in WAITS_S),
    ]


def _throttled(found: Checked) -> list[str]:
    """What is refused for a time, and what becomes of it."""
    found.stand_in.throttles = THROTTLES
    done = _run(found, THROTTLED_SIZE)
    found.stand_in.throttles = 0.0
    requests = done.ingest.taken.calls + done.settle.taken.calls
    return [
        f"{THROTTLED_SIZE:,}",
        f"{requests:,}",
        f"{found.stand_in.throttled:,}",
        f"{done.settled:,}",
        f"{THROTTLED_SIZE - done.settled:,}",
    ]
