"""What sources send, whatever its format, to reports."""

import json
from typing import Any

from botmeter.adapters.cloudevents import read_event
from botmeter.adapters.sources import Event
from botmeter.adapters.sources.envelope import envelope_in, unpacked
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report
from botmeter.domain.nesting import NESTING_RULE, is_too_deep


def read(text: str) -> list[Report]:
    """What `text` reports: a canonical event one, a native record none or more.

    Raises `InvalidEvent` and nothing else.
    """
    if is_too_deep(text):
        raise InvalidEvent("event", NESTING_RULE)
    try:
        return [read_event(text)]
    except InvalidEvent:
        # Only now, so that canonical events are read once.
        envelope = envelope_in(text)
        if envelope is None:
            raise
    return [read_event(json.dumps(event)) for event in _events_in(envelope)]


def _events_in(envelope: dict[str, Any]) -> list[Event]:
    """The events of a native record. What an adapter did not expect costs this one, not the whole batch."""
    try:
        return unpacked(envelope)
    except InvalidEvent:
        raise
    except Exception as error:
        raise InvalidEvent("record", f"cannot be read ({type(error).__name__})") from error
