"""A stand-in that counts what the emulator counts: the same loads on both must take the same units."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from unittest.mock import patch

from bench.accounts import new_stack
from bench.driver import Driver, Measured
from bench.load import Load, Sent, Way, prepare
from bench.requests import Requests
from bench.stand_in import StandIn
from botmeter.adapters.dynamo import timelines
from botmeter.domain.periods import to_ms
from botmeter_local.emulator import Emulator

# Ten thousand events as each way brings them, after some of conversations in parts.
HTTPS = Load(Way.HTTPS, batch=100)
QUEUE = Load(Way.QUEUE, batch=1_000)
# As if an item took few marks: conversations have further parts, and writes to the first one fail.
CROWDED = Load(Way.QUEUE, batch=100, conversations=50, sent=Sent.AT_ONCE)
FEW_MARKS = 4
# The meter looks at these too early, once or more.
LONG = Load(Way.HTTPS, batch=100, conversations=50, lasting_s=3_000, sent=Sent.AT_ONCE)
WARMING_UP = [
    Load(way, batch=100, conversations=100, sent=Sent.EACH_MINUTE) for way in (Way.QUEUE, Way.HTTPS)
]


@dataclass(frozen=True)
class Checked:
    """`stand_in` is what was checked, and `requests` counts what it answers.

    `measured` are the loads of this module on the emulator, with the objects that the stand-in counted.
    """

    requests: Requests
    stand_in: StandIn
    measured: dict[Load, Measured]


@cache
def checked() -> Checked:
    """Run the loads once; fails where units differ."""
    requests, emulator = Requests(), Emulator.of("bench")
    emulator.start()
    try:
        stack = new_stack(emulator, "checked")
        prepare(stack)
        # PynamoDB is bound to one place at a time: first all of the stack, then all of the stand-in.
        stand_in = StandIn(stack)
        measured = _measured(Driver(requests, stack))
    finally:
        emulator.stop()
    for load, counted in _measured(Driver(requests, stand_in)).items():
        real = measured[load]
        assert counted.units == real.units, (load, counted.units, real.units)
        measured[load] = replace(real, objects=counted.objects, object_bytes=counted.object_bytes)
    return Checked(requests, stand_in, measured)


@cache
def since_ms() -> int:
    """When loads begin: yesterday at nine (UTC), so that a bot's times fall alike in each run."""
    today = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    return to_ms(today - timedelta(days=1))


def _measured(driver: Driver) -> dict[Load, Measured]:
    """What each load takes."""
    found = {load: driver.run(load, 1, since_ms()) for load in (*WARMING_UP, HTTPS, QUEUE, LONG)}
    with patch.object(timelines, "MARKS_OF_A_PART", FEW_MARKS):
        found[CROWDED] = driver.run(CROWDED, 1, since_ms())
    return found
