"""Kore.ai: messages of its conversation history, and its records of sessions that are closed."""

from typing import Any, Final, Literal

from aws_lambda_powertools.utilities.parser import Field

from botmeter.adapters.sources import Event, Origin
from botmeter.adapters.sources.canonical import (
    AGENT_JOINED,
    AGENT_LEFT,
    ENDED,
    CamelRecord,
    Moment,
    Name,
    Time,
    member,
)
from botmeter.adapters.sources.validation import validated

# The convention: a message with one of these tags hands the conversation over.
_TAGS: Final = {
    "agentTransferStart": AGENT_JOINED,
    "voiceAgentTransferStart": AGENT_JOINED,
    "agentTransferEnd": AGENT_LEFT,
    "voiceAgentTransferEnd": AGENT_LEFT,
}


class _Kind(CamelRecord):
    session_status: Any = None
    # Sessions alone have one; some have no status.
    start_time: Any = Field(alias="start_time", default=None)


class _Session(CamelRecord):
    session_id: Name
    end_time: Time = Field(alias="end_time")
    channel: Any = None


class _Message(CamelRecord):
    id: Name = Field(alias="_id")
    session_id: Name
    type: Literal["incoming", "outgoing"]
    created_on: Time
    # One or the other, by the way that messages are asked for.
    chnl: Any = None
    channel: Any = None
    author: Any = None
    tags: Any = None


def events(record: Any, origin: Origin) -> list[Event]:
    """What a message reports, or a session that is closed; one that goes on does not matter."""
    kind = validated(_Kind, record, "record")
    if kind.session_status == "closed":
        return _of_session(validated(_Session, record, "record"), origin)
    if kind.session_status is not None or kind.start_time is not None:
        return []
    return _of_message(validated(_Message, record, "record"), origin)


def _of_message(message: _Message, origin: Origin) -> list[Event]:
    """A message, and a handover if it is tagged with one."""
    channel = message.chnl or message.channel
    moment = Moment(origin, message.session_id, message.id, message.created_on, channel)
    changes = {kind for tag, kind in _TAGS.items() if tag in _tags(message)}
    return [moment.message(_role(message)), *(moment.happened(kind) for kind in sorted(changes))]


def _role(message: _Message) -> str:
    """Who wrote it. Agents write by way of the bot, with their names as its author."""
    if message.type == "incoming":
        return "user"
    return "agent" if isinstance(message.author, dict) and message.author else "bot"


def _tags(message: _Message) -> set[Any]:
    """The names of a message's own tags; those of its session stand on all messages of it."""
    tags = member(message.tags, "messageTags")
    names = (member(tag, "name") for tag in tags) if isinstance(tags, list) else ()
    return {name for name in names if isinstance(name, str)}


def _of_session(session: _Session, origin: Origin) -> list[Event]:
    """The end of a session."""
    moment = Moment(origin, session.session_id, session.session_id, session.end_time, session.channel)
    return [moment.happened(ENDED)]
