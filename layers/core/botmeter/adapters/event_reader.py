"""What sources send, whatever its format, to reports."""

import json

from botmeter.adapters.cloudevents import read_event
from botmeter.adapters.sources.envelope import envelope_in, unpacked
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report


def read(text: str) -> list[Report]:
    """What `text` reports: a canonical event one, a native record none or more.

    Raises `InvalidEvent` and nothing else.
    """
    try:
        return [read_event(text)]
    except InvalidEvent:
        # Only now, so that canonical events are read once.
        envelope = envelope_in(text)
        if envelope is None:
            raise
    return [read_event(json.dumps(event)) for event in unpacked(envelope)]
