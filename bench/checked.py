"""A stand-in that counts what the emulator counts: the same loads on both must take the same units."""

import time
from dataclasses import dataclass, replace
from functools import cache
from unittest.mock import patch

from bench.accounts import new_stack
from bench.driver import Driver, Measured
from bench.load import MINUTE_MS, Load, Way, prepare
from bench.requests import Requests
from bench.stand_in import StandIn
from botmeter.adapters.dynamo import timelines
from botmeter_local.emulator import Emulator

# Ten thousand events as each way brings them, after some of conversations in parts.
HTTPS = Load(Way.HTTPS, batch=100)
QUEUE = Load(Way.QUEUE, batch=1_000)
# As if an item took few marks: conversations have further parts, and writes to the first one fail.
CROWDED = Load(Way.QUEUE, batch=100, conversations=50, parts=10)
FEW_MARKS = 4
WARMING_UP = [Load(way, batch=100, conversations=100, parts=5) for way in (Way.QUEUE, Way.HTTPS)]


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


def since_ms(minutes: int) -> int:
    """When a load of so many minutes begins, to end some minutes ago."""
    return time.time_ns() // 1_000_000 - (minutes + 5) * MINUTE_MS


def _measured(driver: Driver) -> dict[Load, Measured]:
    """What each load takes."""
    found = {load: driver.run(load, 1, since_ms(1)) for load in (*WARMING_UP, HTTPS, QUEUE)}
    with patch.object(timelines, "MARKS_OF_A_PART", FEW_MARKS):
        found[CROWDED] = driver.run(CROWDED, 1, since_ms(1))
    return found
