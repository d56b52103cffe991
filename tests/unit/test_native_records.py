"""Native records and envelopes that are refused, each with the member that is wrong."""

import json
from typing import Any

import pytest

from botmeter.adapters.event_reader import read
from botmeter.adapters.sources import FORMATS, Origin, rasa
from botmeter.domain.errors import InvalidEvent
from tests.fakes.native import envelope, first, read_record, records


@pytest.mark.parametrize(
    ("name", "index", "change", "field"),
    [
        ("bot-framework", 1, {"timestamp": None}, "record.timestamp"),
        ("bot-framework", 1, {"timestamp": "2026-02-30T00:00:00Z"}, "record.timestamp"),
        ("bot-framework", 1, {"timestamp": "2026-10-05T09:30:00"}, "record.timestamp"),
        ("bot-framework", 1, {"conversation": {"id": ""}}, "record.conversation.id"),
        ("bot-framework", 1, {"from": {}, "recipient": {}}, "record.from.role"),
        ("bot-framework", 8, {"value": {"state": "lost"}}, "record.value.state"),
        ("bot-framework", 8, {"type": 7}, "record.type"),
        ("rasa", 4, {"timestamp": "now"}, "record.timestamp"),
        ("rasa", 4, {"timestamp": -1}, "record.timestamp"),
        ("rasa", 4, {"timestamp": 1e300}, "record.timestamp"),
        ("rasa", 4, {"timestamp": 253402300799.9999}, "record.timestamp"),
        ("rasa", 4, {"sender_id": None}, "record.sender_id"),
        ("lex-v2", 0, {"requestId": 5}, "record.requestId"),
        ("lex-v2", 0, {"messages": "hello"}, "record.messages"),
        ("dialogflow-cx", 1, {"response": "{"}, "record.response"),
        ("dialogflow-cx", 1, {"response": {"responseId": "r"}}, "record.response.queryResult"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05 25:00:00 UTC"}, "record.request_time"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05 14:12:00"}, "record.request_time"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05 14:12:00 +00"}, "record.request_time"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05 14:12:00+0000"}, "record.request_time"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05 14:12:00+02"}, "record.request_time"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05 14:12:00 CET"}, "record.request_time"),
        ("dialogflow-cx", 1, {"request_time": "2026-10-05T14:12:00 UTC"}, "record.request_time"),
        ("kore-ai", 0, {"type": "sideways"}, "record.type"),
        ("kore-ai", 0, {"_id": None}, "record._id"),
        ("kore-ai", 12, {"end_time": "soon"}, "record.end_time"),
    ],
)
def test_what_is_wrong_is_named(name: str, index: int, change: dict[str, Any], field: str) -> None:
    """A malformed record is refused with the path of its member, in the source's own words."""
    with pytest.raises(InvalidEvent) as refused:
        read_record(name, {**first(name, index), **change})

    assert refused.value.field == field


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("record", [None, 7, "text", [], [{}]])
def test_what_is_no_object_is_no_record(name: str, record: Any) -> None:
    """The record itself is named."""
    with pytest.raises(InvalidEvent) as refused:
        read_record(name, record)

    assert refused.value.field == "record"


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"format": "icq"}, "format", "must be one of bot-framework, rasa, lex-v2, dialogflow-cx, kore-ai"),
        ({"format": None}, "format", "must be a text"),
        ({"account_id": "a#b"}, "account_id", "must be 1 to 128 characters of"),
        ({"bot_id": ""}, "bot_id", "must be 1 to 128 characters of"),
        ({"channel": "a b"}, "channel", "must be 1 to 128 characters of"),
        ({"test": "yes"}, "test", "must be true or false"),
        ({"bot_party": ""}, "bot_party", "must not be empty"),
    ],
)
def test_envelopes_that_are_refused(change: dict[str, Any], field: str, rule: str) -> None:
    """What an envelope has to say of its record."""
    with pytest.raises(InvalidEvent, match=rule) as refused:
        read(json.dumps({**envelope("rasa", records("rasa")[4]), **change}))

    assert refused.value.field == field


def test_envelope_without_a_record() -> None:
    """There is nothing to read."""
    bare = envelope("rasa", None)
    del bare["record"]
    with pytest.raises(InvalidEvent) as refused:
        read(json.dumps(bare))

    assert refused.value.field == "record"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "event"),
        ("{", "event"),
        ("[]", "event"),
        ("7", "event"),
        ('{"type": "conversation.message"}', "specversion"),
        ('{"format": "rasa", "specversion": "1.0"}', "type"),
    ],
)
def test_what_is_no_envelope_is_judged_as_an_event(text: str, field: str) -> None:
    """A text without a format, or with a CloudEvents version, is told what its event lacks."""
    with pytest.raises(InvalidEvent) as refused:
        read(text)

    assert refused.value.field == field


def test_what_an_adapter_did_not_expect_costs_its_record_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused like any other, and holds up nobody in its batch."""

    def breaks(record: Any, origin: Origin) -> list[Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(rasa, "events", breaks)
    with pytest.raises(InvalidEvent, match="cannot be read") as refused:
        read_record("rasa", {})

    assert refused.value.field == "record"
