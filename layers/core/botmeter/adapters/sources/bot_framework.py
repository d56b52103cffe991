"""Microsoft Bot Framework: activities, as channels exchange them and `.transcript` files hold them."""

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
)
from botmeter.adapters.sources.validation import validated
from botmeter.domain.errors import InvalidEvent

# A skill is a bot that another bot asks.
_AUTHORS: Final = {"user": "user", "bot": "bot", "skill": "bot"}
_READERS: Final = {"user": "bot", "bot": "user", "skill": "user"}
# Teams names no roles, but its ids tell.
_ID_PREFIXES: Final = {"28:": "bot", "29:": "user"}
# A request that failed leaves the conversation with the bot, whether an agent had accepted it or not.
_STATES: Final = {"accepted": AGENT_JOINED, "failed": AGENT_LEFT, "completed": AGENT_LEFT}


class _Kind(CamelRecord):
    type: Name
    name: Any = None


class _Conversation(CamelRecord):
    id: Name


class _Activity(CamelRecord):
    id: Name | None = None
    timestamp: Time
    channel_id: str | None = None
    conversation: _Conversation


class _Party(CamelRecord):
    id: str | None = None
    role: str | None = None

    @property
    def known_as(self) -> str:
        """Its role, or what its id says; empty if neither does."""
        return self.role or _ID_PREFIXES.get((self.id or "")[:3], "")


class _Message(_Activity):
    author: _Party = Field(alias="from")
    recipient: _Party | None = None


class _Status(CamelRecord):
    state: Literal["accepted", "failed", "completed"]


class _HandoffStatus(_Activity):
    value: _Status


def events(record: Any, origin: Origin) -> list[Event]:
    """What an activity reports. Typing, updates, traces and the request of a handoff do not matter."""
    kind = validated(_Kind, record, "record")
    if kind.type == "message":
        message = validated(_Message, record, "record")
        return [_moment(message, origin).message(_role(message))]
    if kind.type == "event" and kind.name == "handoff.status":
        status = validated(_HandoffStatus, record, "record")
        return [_moment(status, origin).happened(_STATES[status.value.state])]
    if kind.type == "endOfConversation":
        return [_moment(validated(_Activity, record, "record"), origin).happened(ENDED)]
    return []


def _moment(activity: _Activity, origin: Origin) -> Moment:
    """When and where; activities that never crossed a channel have no id."""
    name = activity.id or activity.timestamp
    return Moment(origin, activity.conversation.id, name, activity.timestamp, activity.channel_id)


def _role(message: _Message) -> str:
    """Who wrote a message: its author says so, or else its recipient tells."""
    role = _AUTHORS.get(message.author.known_as)
    if role is None and message.recipient is not None:
        role = _READERS.get(message.recipient.known_as)
    if role is None:
        raise InvalidEvent("record.from.role", "must be user, bot or skill, unless recipient.role is")
    return role
