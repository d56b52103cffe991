"""What the formats have in common: how they name things, and how they say what happened."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import AfterValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from botmeter.adapters.broken_rules import TIME_PATTERN
from botmeter.adapters.sources import Event, Origin
from botmeter.domain.identifiers import is_identifier

AGENT_JOINED: Final = "conversation.agent.joined"
AGENT_LEFT: Final = "conversation.agent.left"
ENDED: Final = "conversation.ended"
_MESSAGE: Final = "conversation.message"

_DERIVED: Final = "sha256:"


def _existing(time: str) -> str:
    """A time that a calendar has."""
    try:
        datetime.fromisoformat(time.upper())
    except ValueError as error:
        raise PydanticCustomError("time", "must be a time that exists") from error
    return time


Name = Annotated[str, StringConstraints(min_length=1)]
# RFC 3339 with an offset, as canonical events have it.
Time = Annotated[str, StringConstraints(pattern=TIME_PATTERN), AfterValidator(_existing)]


class Record(BaseModel):
    """What is read of a record; sources may add what they like to the rest."""

    model_config = ConfigDict(strict=True, extra="ignore")


class CamelRecord(Record):
    """The same, where the source writes its names `likeThis`."""

    model_config = ConfigDict(alias_generator=to_camel)


class Moment(NamedTuple):
    """When and in which conversation something happened, as one record tells it.

    `record_id` tells the record from others of its conversation. `channel` is the source's own name of it,
    or whatever stands in its place.
    """

    origin: Origin
    conversation_id: str
    record_id: str
    time: str
    channel: Any = None

    def message(self, role: str) -> Event:
        """The user, the bot or an agent wrote. What they wrote is not told."""
        return self._event(_MESSAGE, role, {"role": role})

    def happened(self, kind: str) -> Event:
        """An agent joined or left, or the conversation ended."""
        return self._event(kind, kind, {})

    def _event(self, kind: str, what: str, data: Mapping[str, str]) -> Event:
        origin, conversation = self.origin, identifier(self.conversation_id)
        channel = origin.channel or self.channel
        return {
            "specversion": "1.0",
            "id": f"{conversation}/{identifier(self.record_id)}/{what}",
            "source": f"{origin.format}/{origin.account_id}/{origin.bot_id}",
            "type": kind,
            "time": self.time,
            "data": {
                "account_id": origin.account_id,
                "bot_id": origin.bot_id,
                "conversation_id": conversation,
                **data,
                **({"channel": channel} if isinstance(channel, str) and is_identifier(channel) else {}),
                "test": origin.test,
            },
        }


def identifier(native: str) -> str:
    """An id as it is, if it can be part of a key; else one that is derived from it.

    Different ids stay different: what looks as if it were derived is derived again.
    """
    if is_identifier(native) and not native.startswith(_DERIVED):
        return native
    return _DERIVED + hashlib.sha256(native.encode()).hexdigest()


def member(value: Any, *path: str) -> Any:
    """What stands at a path of nested objects; None where nothing does."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
