"""The fuzzer's checks themselves: a mistake in any adapter is one that they see."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from botmeter.adapters import event_reader
from botmeter.adapters.sources import FORMATS, Event, Origin
from botmeter.domain.errors import InvalidEvent
from tests.fakes.native import envelope, records
from tests.fuzz.checks import check_formats, check_reader
from tests.fuzz.seeds import seeds


def plant(monkeypatch: pytest.MonkeyPatch, name: str, adapter: Callable[[Any, Origin], list[Event]]) -> str:
    """Let a format have this adapter; returns a record of it, in its envelope."""
    monkeypatch.setattr(import_module(f"botmeter.adapters.sources.{FORMATS[name]}"), "events", adapter)
    return json.dumps(envelope(name, records(name)[0]))


def trips(record: Any, origin: Origin) -> list[Event]:
    """An adapter that expects what is not there."""
    return [record["nothing"]]


def says_nonsense(record: Any, origin: Origin) -> list[Event]:
    """An adapter whose events are none."""
    return [{"specversion": "1.0"}]


def names_nothing(record: Any, origin: Origin) -> list[Event]:
    """An adapter that does not say which member is wrong."""
    raise InvalidEvent("timestamp", "is wrong")


def test_seeds_pass() -> None:
    """Fuzzing begins with texts that hold."""
    for text in seeds():
        check_reader(text)
        check_formats(text)


@pytest.mark.parametrize("name", FORMATS)
def test_mistake_that_the_reader_hides_is_seen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """To the source it is a bad record; to both checks it is a mistake of the adapter."""
    text = plant(monkeypatch, name, trips)
    with pytest.raises(InvalidEvent, match="cannot be read"):
        event_reader.read(text)

    with pytest.raises(AssertionError, match="cannot be read"):
        check_reader(text)
    with pytest.raises(KeyError):
        check_formats(text)


@pytest.mark.parametrize("name", FORMATS)
def test_events_that_are_none_are_seen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What an adapter makes has to be valid as it is."""
    with pytest.raises(InvalidEvent):
        check_formats(plant(monkeypatch, name, says_nonsense))


@pytest.mark.parametrize("name", FORMATS)
def test_refusals_that_name_no_member_are_seen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A source has to hear which member of its record is wrong."""
    with pytest.raises(AssertionError):
        check_formats(plant(monkeypatch, name, names_nothing))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_no_record(text: str) -> None:
    """No format sees it."""
    check_formats(text)
