"""The loads of the measurements: what happens, and when it arrives."""

import json
from collections import defaultdict
from datetime import datetime

import pytest

from bench.load import Load, Sent, Way
from botmeter.domain.periods import to_ms

MINUTE = 60_000
SINCE = 1_790_000_040_000


def arrivals(load: Load, minutes: int = 2) -> dict[str, list[tuple[int, int]]]:
    """When each event of a conversation happened and arrived, in order of arrival, by conversation."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for batch in load.batches(minutes, SINCE):
        assert len(batch.texts) <= load.batch
        for event in map(json.loads, batch.texts):
            happened_ms = to_ms(datetime.fromisoformat(event["time"]))
            found[event["data"]["conversation_id"]].append((happened_ms, batch.arrived_ms))
    return found


@pytest.mark.parametrize("sent", Sent)
def test_every_event_arrives_once_and_after_it_happened(sent: Sent) -> None:
    """However a source sends: all conversations are whole in the end, and nothing is ahead of its time."""
    load = Load(Way.HTTPS, batch=30, conversations=20, lasting_s=90, sent=sent)
    found = arrivals(load)
    assert [len(events) for events in found.values()] == [load.messages] * 40
    assert all(happened_ms < arrived_ms for events in found.values() for happened_ms, arrived_ms in events)


@pytest.mark.parametrize(
    ("sent", "batches"),
    [(Sent.WHOLE, 1), (Sent.EACH_TEN_MINUTES, 1), (Sent.EACH_MINUTE, 3), (Sent.AT_ONCE, 10)],
)
def test_how_it_is_sent_says_in_how_many_batches_it_comes(sent: Sent, batches: int) -> None:
    """Ten messages in two minutes come in one batch or in ten."""
    load = Load(Way.HTTPS, batch=10, conversations=100, lasting_s=120, sent=sent)
    most = max(len({arrived_ms for _, arrived_ms in events}) for events in arrivals(load, 1).values())
    assert most == batches


def test_batches_arrive_in_order() -> None:
    """Conversations of a minute go on in the next one: their events come between those of others."""
    load = Load(Way.QUEUE, batch=50, conversations=20, lasting_s=150, sent=Sent.AT_ONCE)
    times = [batch.arrived_ms for batch in load.batches(3, SINCE)]
    assert times == sorted(times)
    assert times[-1] > SINCE + 5 * MINUTE
