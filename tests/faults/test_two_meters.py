"""Two meters whose clocks differ settle two conversations of one bot: neither forgets what the other took."""

from collections.abc import Callable
from typing import Any

from botmeter.domain.timeline import Kind, encode_mark
from tests.fakes.demo import conversation
from tests.faults import oracle
from tests.faults.cloud import Cloud
from tests.faults.test_scale import BEGIN_MS, MINUTE, TRANSACTION, ingest_all, settle, text_of


class Interrupting:
    """Lets something happen just before the first transaction."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._waiting = [meanwhile]

    def call(self, operation: str, parameters: Any, perform: Callable[[], Any]) -> Any:
        if operation == TRANSACTION and self._waiting:
            self._waiting.pop()()
        return perform()


def test_debits_of_two_meters_add_up(cloud: Cloud) -> None:
    """A balance that somebody else has changed is read again."""
    cloud.empty()
    mine, theirs = conversation("mine"), conversation("theirs")
    ingest_all(cloud, [text_of(mine, BEGIN_MS)], BEGIN_MS + 120 * MINUTE)

    def settle_theirs() -> None:
        ingest_all(cloud, [text_of(theirs, BEGIN_MS)], BEGIN_MS)
        assert settle(BEGIN_MS + 60 * MINUTE)["settled"] == 1

    cloud.fire = Interrupting(settle_theirs)  # type: ignore[assignment]
    assert settle(BEGIN_MS + 180 * MINUTE)["settled"] == 1
    cloud.fire = None

    marks = {encode_mark(BEGIN_MS, Kind.USER_MESSAGE)}
    oracle.check_bills(cloud, {mine: marks, theirs: marks})
