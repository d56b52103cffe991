"""Calls side by side."""

from collections.abc import Iterator
from threading import Lock
from time import sleep

import pytest

from botmeter_cli.in_flight import WORKERS, in_flight


def test_every_call_is_answered_once() -> None:
    """In any order, and also where there are none."""
    assert sorted(in_flight(lambda number: number * 2, range(50))) == [number * 2 for number in range(50)]
    assert not list(in_flight(str, []))


def test_no_more_is_asked_than_can_be_worked_on() -> None:
    """So a long list is never in memory."""
    lock, open_now, most = Lock(), 0, 0

    def asked() -> Iterator[int]:
        nonlocal open_now, most
        for number in range(100):
            with lock:
                open_now += 1
                most = max(most, open_now)
            yield number

    def call(number: int) -> int:
        nonlocal open_now
        sleep(0.001)
        with lock:
            open_now -= 1
        return number

    assert len(list(in_flight(call, asked()))) == 100
    assert most <= 2 * WORKERS + 1


def test_failure_of_a_call_is_raised() -> None:
    """Where the answers are taken."""
    with pytest.raises(ZeroDivisionError):
        list(in_flight(lambda number: 1 // number, [2, 1, 0]))
