"""The same target with a mistake in one adapter: `python -m tests.fuzz.planted [options] CORPUS`.

No seed shows the mistake, and the reader hides it. The fuzzer has to find it all the same.
"""

from typing import Any

from botmeter.adapters.sources import Event, Origin
from tests.fuzz import event_reader

# The target first: what it loads is instrumented.
from botmeter.adapters.sources import rasa  # isort: skip

_events = rasa.events


def mistaken(record: Any, origin: Origin) -> list[Event]:
    """Takes for granted that what has an `event` has a name for its sender."""
    found = _events(record, origin)
    if isinstance(record, dict) and "event" in record:
        record["sender_id"].strip()
    return found


if __name__ == "__main__":
    rasa.events = mistaken
    event_reader.fuzz()
