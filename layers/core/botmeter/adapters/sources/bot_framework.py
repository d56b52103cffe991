"""Microsoft Bot Framework: activities, as channels exchange them and `.transcript` files hold them."""

from typing import Annotated, Any, Final, Literal

from aws_lambda_powertools.utilities.parser import Field
from pydantic import BeforeValidator

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
from botmeter.domain.errors import InvalidEvent

# A skill is a bot that another bot asks. Agentic ones are bots with accounts as people have them.
_BOTS: Final = ("bot", "skill", "agenticuser", "agenticappinstance")
_AUTHORS: Final = {"user": "user", **dict.fromkeys(_BOTS, "bot")}
_READERS: Final = {"user": "bot", "bot": "user"}
# Teams names no roles, but its ids tell.
_ID_PREFIXES: Final = {"28:": "bot", "29:": "user"}
_UNKNOWN_AUTHOR: Final = (
    "must be user, bot or skill, unless recipient.role is; or else tell the bot's id in the channel, "
    "by bot_party in the envelope or --bot-party of the command"
)
HANDOFF_STATUS: Final = "handoff.status"
# A request that failed leaves the conversation with the bot, whether an agent had accepted it or not.
_STATES: Final = {"accepted": AGENT_JOINED, "failed": AGENT_LEFT, "completed": AGENT_LEFT}


def _lower(value: Any) -> Any:
    """A word in lower case: some channels write `Bot` and `Accepted`."""
    return value.lower() if isinstance(value, str) else value


class _Kind(CamelRecord):
    type: Name
    name: Annotated[Any, BeforeValidator(_lower)] = None
    value: Any = None

    @property
    def is_handoff_status(self) -> bool:
        """Whether it tells how a handoff goes. A `handoff` that tells no state is between parts of a bot."""
        if self.type == "handoff":
            return member(self.value, "state") is not None
        return self.type == HANDOFF_STATUS or (self.type == "event" and self.name == HANDOFF_STATUS)


class _Conversation(CamelRecord):
    id: Name


class _Activity(CamelRecord):
    id: Name | None = None
    timestamp: Time | None = None
    channel_id: Any = None
    conversation: _Conversation


class _LocalTime(CamelRecord):
    local_timestamp: Time


class _Party(CamelRecord):
    id: str | None = None
    role: Annotated[str | None, BeforeValidator(_lower)] = None


class _Message(_Activity):
    author: _Party = Field(alias="from")
    recipient: _Party | None = None


class _Status(CamelRecord):
    state: Annotated[Literal["accepted", "failed", "completed"], BeforeValidator(_lower)]


class _HandoffStatus(_Activity):
    value: _Status


def events(record: Any, origin: Origin) -> list[Event]:
    """What an activity reports. Typing, updates, traces and the request of a handoff do not matter."""
    kind = validated(_Kind, record, "record")
    if kind.type == "message":
        message = validated(_Message, record, "record")
        return [_moment(message, record, origin).message(_role(message, origin.bot_party))]
    if kind.is_handoff_status:
        status = validated(_HandoffStatus, record, "record")
        return [_moment(status, record, origin).happened(_STATES[status.value.state])]
    if kind.type == "endOfConversation":
        return [_moment(validated(_Activity, record, "record"), record, origin).happened(ENDED)]
    return []


def role_of(party_id: str | None, role: str | None) -> str | None:
    """`user` or `bot`, if a party's role (in any case) or its id says so."""
    return _AUTHORS.get((role or "").lower()) or _ID_PREFIXES.get((party_id or "")[:3])


def _moment(activity: _Activity, record: Any, origin: Origin) -> Moment:
    """When and where; activities that never crossed a channel have no id."""
    time = activity.timestamp or _local_time(record)
    return Moment(origin, activity.conversation.id, activity.id or time, time, activity.channel_id)


def _local_time(record: Any) -> str:
    """The time of an activity that no channel has stamped, by its author's clock."""
    if member(record, "localTimestamp") is None:
        raise InvalidEvent("record.timestamp", "must be given, or else localTimestamp")
    return validated(_LocalTime, record, "record").local_timestamp


def _role(message: _Message, bot_party: str | None) -> str:
    """Who wrote a message: its author says so, or else its recipient tells."""
    author, recipient = message.author, message.recipient or _Party()
    found = _known(author, bot_party) or _READERS.get(_known(recipient, bot_party) or "")
    if found is None and bot_party is not None and recipient.id is None:
        # To all in the conversation, and not by the bot.
        return "user"
    if found is None:
        raise InvalidEvent("record.from.role", _UNKNOWN_AUTHOR)
    return found


def _known(party: _Party, bot_party: str | None) -> str | None:
    """What a party is, if the source names the bot or the party itself says so."""
    if bot_party is not None and party.id == bot_party:
        return "bot"
    return role_of(party.id, party.role)
