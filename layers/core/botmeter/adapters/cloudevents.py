"""Canonical events (CloudEvents 1.0, structured JSON) to sightings. Validation is pydantic's."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from aws_lambda_powertools.utilities.parser import BaseModel, Field, ValidationError
from pydantic import ConfigDict, StringConstraints, TypeAdapter

from botmeter.adapters.broken_rules import TIME_PATTERN, TIME_RULE, first_broken_rule
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report, Sighting, Subject, SubjectKind
from botmeter.domain.identifiers import IDENTIFIER_PATTERN
from botmeter.domain.timeline import Kind, encode_mark

Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER_PATTERN)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MESSAGE_KINDS = {"user": Kind.USER_MESSAGE, "bot": Kind.BOT_MESSAGE, "agent": Kind.AGENT_MESSAGE}
_OTHER_KINDS = {
    "conversation.agent.joined": Kind.AGENT_JOINED,
    "conversation.agent.left": Kind.AGENT_LEFT,
    "conversation.ended": Kind.CONVERSATION_ENDED,
}


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class ConversationData(_Strict):
    """What is said of a conversation. Message text is never needed and never kept."""

    account_id: Identifier
    bot_id: Identifier
    conversation_id: Identifier
    user_id: Identifier | None = None
    channel: Identifier | None = None
    test: bool = False


class MessageData(ConversationData):
    """A message has a role: who wrote it."""

    role: Literal["user", "bot", "agent"]


class AlertData(_Strict):
    """An alert reached a user."""

    account_id: Identifier
    bot_id: Identifier
    alert_id: Identifier
    user_id: Identifier
    channel: Identifier | None = None
    test: bool = False


class _CloudEvent(_Strict):
    specversion: Literal["1.0"]
    id: Text
    source: Text
    time: Annotated[str, StringConstraints(pattern=TIME_PATTERN)]


class MessageEvent(_CloudEvent):
    """`conversation.message`."""

    type: Literal["conversation.message"]
    data: MessageData


class ConversationEvent(_CloudEvent):
    """A change of a conversation that is not a message."""

    type: Literal["conversation.agent.joined", "conversation.agent.left", "conversation.ended"]
    data: ConversationData


class AlertEvent(_CloudEvent):
    """`alert.delivered`."""

    type: Literal["alert.delivered"]
    data: AlertData


CanonicalEvent = MessageEvent | ConversationEvent | AlertEvent
_events: TypeAdapter[CanonicalEvent] = TypeAdapter(Annotated[CanonicalEvent, Field(discriminator="type")])


def parse_event(text: str | bytes) -> Sighting:
    """The sighting that one canonical event reports.

    Raises `InvalidEvent` with the offending field and the rule it breaks; nothing else, whatever the text.
    """
    return _sighting(_validated(text))


def read_event(text: str | bytes) -> Report:
    """The same, with the event as it is archived: without what is not known of it, such as message text."""
    event = _validated(text)
    return Report(_sighting(event), event.model_dump_json(exclude_none=True))


def _validated(text: str | bytes) -> CanonicalEvent:
    """An event whose form is right; raises `InvalidEvent`."""
    try:
        return _events.validate_json(text)
    except ValidationError as error:
        raise _invalid(error) from error


def _sighting(event: CanonicalEvent) -> Sighting:
    """What an event says."""
    data = event.data
    if isinstance(data, AlertData):
        subject = Subject(
            data.account_id, data.bot_id, SubjectKind.ALERT_DELIVERY, f"{data.alert_id}/{data.user_id}"
        )
        kind = Kind.ALERT_DELIVERED
    else:
        subject = Subject(data.account_id, data.bot_id, SubjectKind.CONVERSATION, data.conversation_id)
        kind = _MESSAGE_KINDS[data.role] if isinstance(data, MessageData) else _OTHER_KINDS[event.type]
    return Sighting(subject, encode_mark(_instant_ms(event.time), kind), data.test)


def _instant_ms(time: str) -> int:
    """Milliseconds of a time that matches the pattern; `InvalidEvent` if no calendar has it."""
    try:
        return (datetime.fromisoformat(time.upper()) - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError) as error:
        raise InvalidEvent("time", f"must be a time that exists ({error})") from error


def _invalid(error: ValidationError) -> InvalidEvent:
    """The first thing that is wrong, as field and rule."""
    path, kind, rule = first_broken_rule(error)
    field = ".".join(str(part) for part in path if part not in _EVENT_TAGS)
    field = field or ("type" if "union_tag" in kind else "event")
    return InvalidEvent(field, TIME_RULE if field == "time" else rule)


_EVENT_TAGS = frozenset({"conversation.message", *_OTHER_KINDS, "alert.delivered"})
