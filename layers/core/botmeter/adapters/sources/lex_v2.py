"""Amazon Lex V2: text logs of conversations, a record for what the user said and the bot answered."""

from typing import Any

from botmeter.adapters.sources import Event, Origin
from botmeter.adapters.sources.canonical import CamelRecord, Moment, Name, Time
from botmeter.adapters.sources.validation import validated


class _Turn(CamelRecord):
    session_id: Name
    request_id: Name
    timestamp: Time
    input_transcript: str | None = None
    messages: list[Any] | None = None


def events(record: Any, origin: Origin) -> list[Event]:
    """What a turn reports, all at the one time that it has. Lex closes intents, not conversations."""
    turn = validated(_Turn, record, "record")
    moment = Moment(origin, turn.session_id, turn.request_id, turn.timestamp)
    spoken = (("user", turn.input_transcript), ("bot", turn.messages))
    return [moment.message(role) for role, words in spoken if words]
