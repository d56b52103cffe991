"""Poison in the queue: wherever it is, its neighbours pass, and it lies in quarantine with its reason."""

import json
from collections.abc import Iterator

import pytest

import ingest.handler
from tests.fakes.context import FakeContext
from tests.faults import author
from tests.faults.cloud import QUARANTINE, Cloud
from tests.faults.script import Poison, Script, Sound
from tests.integration.conftest import OPERATIONS

NEIGHBOURS = 4


@pytest.fixture
def sound_events() -> list[Sound]:
    """Some of a scenario, none of them alike."""
    return [event for event in _deliveries(Sound) if not event.test][:NEIGHBOURS]


@pytest.fixture
def poison() -> list[Poison]:
    """Of each kind that scenarios know."""
    writer = author.Author(1, 1)
    return [make(writer) for make in author.POISON]


def _deliveries(kind: type[Sound]) -> Iterator[Sound]:
    seen = set()
    for delivery in _script().acts[0].deliveries:
        if isinstance(delivery, kind) and (delivery.subject, delivery.mark) not in seen:
            seen.add((delivery.subject, delivery.mark))
            yield delivery


def _script() -> Script:
    return author.write(1)


def deliver(cloud: Cloud, texts: list[str]) -> list[int]:
    """Ingest one batch; answers the positions that are to come again."""
    cloud.empty()
    cloud.now_ms = _script().acts[0].steps[0].now_ms
    records = [{"messageId": str(n), "body": text} for n, text in enumerate(texts)]
    answer = ingest.handler.handler({"Records": records}, FakeContext())
    return [int(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def metered(cloud: Cloud, events: list[Sound]) -> set[int]:
    """The marks on the timelines of `events`."""
    timelines = cloud.wiring.settle_conversations.timelines.load(sorted({e.subject for e in events}))
    return {mark for timeline in timelines for mark in timeline.marks}


def quarantined(cloud: Cloud) -> list[dict[str, str]]:
    """What lies in quarantine."""
    return [json.loads(cloud.read(OPERATIONS, name)) for name in cloud.names(OPERATIONS, QUARANTINE)]


@pytest.mark.parametrize("position", range(NEIGHBOURS + 1))
def test_poison_at_any_position_holds_up_nobody(
    cloud: Cloud, sound_events: list[Sound], poison: list[Poison], position: int
) -> None:
    """Of each kind: nothing comes again, all others are metered, and the reason is kept."""
    for bad in poison:
        texts = [event.text for event in sound_events]
        texts.insert(position, bad.text)

        assert deliver(cloud, texts) == []
        assert metered(cloud, sound_events) == {event.mark for event in sound_events}
        (kept,) = quarantined(cloud)
        assert (kept["text"], kept["field"], bool(kept["rule"])) == (bad.text, bad.field, True)


def test_more_poison_than_events(cloud: Cloud, sound_events: list[Sound], poison: list[Poison]) -> None:
    """A batch of hardly anything else is no different."""
    texts = [text for event in sound_events for text in (*(bad.text for bad in poison), event.text)]

    assert deliver(cloud, texts) == []
    assert metered(cloud, sound_events) == {event.mark for event in sound_events}
    assert {kept["text"] for kept in quarantined(cloud)} == {bad.text for bad in poison}
