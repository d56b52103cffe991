"""What sources send, whatever its format, to reports."""

from botmeter.adapters.cloudevents import read_event
from botmeter.domain.events import Report


def read(text: str) -> list[Report]:
    """What `text` reports; raises `InvalidEvent` and nothing else."""
    return [read_event(text)]
