"""What holds of whatever is read: the checks that the fuzzer makes of each try."""

import json
from typing import Any

from botmeter.adapters import event_reader
from botmeter.adapters.cloudevents import read_event
from botmeter.adapters.sources import FORMATS, Event, Origin, events_of
from botmeter.domain.errors import InvalidEvent

LONGEST_RULE = 500


def check_reader(text: str) -> None:
    """Any text is read, or refused for a rule. What is read means the same when read from the archive."""
    reports, refusal = [], None
    try:
        reports = event_reader.read(text)
    except InvalidEvent as error:
        refusal = error
    assert refusal is None or (refusal.field and 0 < len(refusal.rule) <= LONGEST_RULE)
    # The reader says so of an adapter's error: it costs the sender an event, and is ours to mend.
    assert refusal is None or not refusal.rule.startswith("cannot be read"), refusal
    for report in reports:
        assert "\n" not in report.canonical
        assert event_reader.read(report.canonical) == [report]


def check_formats(text: str) -> None:
    """Each format reads any record or refuses it, without the reader's help; its events are canonical."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    record = value.get("record", value) if isinstance(value, dict) else value
    for name in FORMATS:
        found, refused = _outcome(name, record)
        assert refused.split(".")[0] in {"", "record"}
        for event in found:
            read_event(json.dumps(event))


def _outcome(name: str, record: Any) -> tuple[list[Event], str]:
    """The events of a record, and the member that it is refused for. No other error is caught."""
    try:
        return events_of(record, Origin(name, "acct_acme", "bot_orders")), ""
    except InvalidEvent as error:
        return [], error.field
