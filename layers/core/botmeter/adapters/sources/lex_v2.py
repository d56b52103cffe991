"""Amazon Lex V2: text logs of conversations, a record for what the user said and the bot answered."""

from typing import Any

from botmeter.adapters.sources import Event, Origin
from botmeter.adapters.sources.canonical import CamelRecord, Moment, Name, Time, member
from botmeter.adapters.sources.validation import validated


class _Turn(CamelRecord):
    session_id: Name
    request_id: Name
    timestamp: Time
    input_transcript: str | None = None
    messages: list[Any] | None = None
    audio_properties: Any = None

    @property
    def is_spoken(self) -> bool:
        """Whether the user said something, be it words or sounds of which Lex could make none."""
        voice_ms = member(self.audio_properties, "duration", "voice")
        return bool(self.input_transcript) or (isinstance(voice_ms, int) and voice_ms > 0)


def events(record: Any, origin: Origin) -> list[Event]:
    """What a turn reports, all at the one time that it has. Lex closes intents, not conversations."""
    turn = validated(_Turn, record, "record")
    moment = Moment(origin, turn.session_id, turn.request_id, turn.timestamp)
    spoken = {"user": turn.is_spoken, "bot": turn.messages}
    return [moment.message(role) for role, found in spoken.items() if found]
