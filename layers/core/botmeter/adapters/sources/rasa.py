"""Rasa: what its event broker publishes, one event of a conversation's tracker a record."""

from typing import Annotated, Any, Final

from aws_lambda_powertools.utilities.parser import Field

from botmeter.adapters.sources import Event, Origin
from botmeter.adapters.sources.canonical import (
    AGENT_JOINED,
    AGENT_LEFT,
    ENDED,
    Moment,
    Name,
    Record,
    member,
)
from botmeter.adapters.sources.validation import validated
from botmeter.domain.periods import to_rfc3339

# A session that starts is none: whether a window goes on is for its silences to say, not for Rasa's sessions.
_MESSAGES: Final = {"user": "user", "bot": "bot", "agent": "agent"}
_CHANGES: Final = {
    "pause": AGENT_JOINED,
    "resume": AGENT_LEFT,
    "restart": ENDED,
    "session_ended": ENDED,
}
# The convention: `action_human_handoff`, or a name of one's own with this ending.
_HANDOFF_ENDING: Final = "human_handoff"
_YEAR_10000_S: Final = 253_402_300_800


class _Kind(Record):
    event: Name
    name: Any = None
    parse_data: Any = None
    metadata: Any = None


class _TrackerEvent(Record):
    sender_id: Name
    # Seconds since 1970.
    timestamp: Annotated[float, Field(ge=0, lt=_YEAR_10000_S - 1, allow_inf_nan=False)]
    message_id: Name | None = None
    input_channel: Any = None


def events(record: Any, origin: Origin) -> list[Event]:
    """What a tracker's event reports. Slots, forms, predictions and starts of sessions do not matter."""
    kind = validated(_Kind, record, "record")
    role, change = _MESSAGES.get(kind.event), _change(kind)
    if (role is None and change is None) or _is_unspoken(kind):
        return []
    moment = _moment(validated(_TrackerEvent, record, "record"), origin)
    return [moment.message(role)] if role else [moment.happened(str(change))]


def _change(kind: _Kind) -> str | None:
    """What else than a message may have happened."""
    if kind.event == "action" and isinstance(kind.name, str) and kind.name.endswith(_HANDOFF_ENDING):
        return AGENT_JOINED
    return _CHANGES.get(kind.event)


def _is_unspoken(kind: _Kind) -> bool:
    """Whether a message of the user's is none: a widget that opens, a reminder, an intent from outside."""
    opening = member(kind.parse_data, "intent", "name") == "session_start"
    return kind.event == "user" and (opening or member(kind.metadata, "is_external") is True)


def _moment(event: _TrackerEvent, origin: Origin) -> Moment:
    """When and where; only users' messages have an id."""
    time = to_rfc3339(round(event.timestamp * 1000))
    return Moment(
        origin, event.sender_id, event.message_id or repr(event.timestamp), time, event.input_channel
    )
