"""Dialogflow CX: interaction logs as it exports them to BigQuery, one turn a row."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError, from_json

from botmeter.adapters.sources import Event, Origin
from botmeter.adapters.sources.canonical import (
    AGENT_JOINED,
    ENDED,
    CamelRecord,
    Moment,
    Name,
    Record,
    Time,
)
from botmeter.adapters.sources.validation import validated

_WORDS: Final = frozenset(
    {"text", "payload", "outputAudioText", "playAudio", "mixedAudio", "knowledgeInfoCard"}
)
_HANDOFFS: Final = frozenset({"liveAgentHandoff", "telephonyTransferCall"})
# How BigQuery and its exports write a timestamp: `2026-10-05 09:30:12.480 UTC`, or with `+00` or `+00:00`.
_BIGQUERY_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)(?: UTC|\+00(?::00)?)"
)


def _object(value: Any) -> Any:
    """A JSON column: an object, or its text where the table or its export has texts."""
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except (TypeError, ValueError) as error:
        # The former for half of a surrogate pair, which JSON can spell.
        raise PydanticCustomError("json", "must be JSON") from error


def _rfc3339(value: Any) -> Any:
    """A time of BigQuery's as RFC 3339 has it; anything else as it is."""
    found = _BIGQUERY_TIME.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]}T{found[2]}Z" if found else value


class _QueryResult(CamelRecord):
    # What the user did: one of these, or an event or intent that a program triggered.
    text: str | None = None
    transcript: str | None = None
    dtmf: Any = None
    response_messages: list[Any] | None = None


class _Response(CamelRecord):
    response_id: Name
    query_result: _QueryResult


class _Turn(Record):
    conversation_name: Name
    request_time: Annotated[Time, BeforeValidator(_rfc3339)]
    response: Annotated[_Response, BeforeValidator(_object)]


def events(record: Any, origin: Origin) -> list[Event]:
    """What a turn reports, all at the one time that it has. Nothing tells when an agent leaves."""
    turn = validated(_Turn, record, "record")
    result, told = turn.response.query_result, _told(turn.response.query_result)
    session = turn.conversation_name.rpartition("/")[2] or turn.conversation_name
    moment = Moment(origin, session, turn.response.response_id, turn.request_time)
    messages = {"user": result.text or result.transcript or result.dtmf, "bot": told & _WORDS}
    changes = {AGENT_JOINED: told & _HANDOFFS, ENDED: "endInteraction" in told}
    return [
        *(moment.message(role) for role, found in messages.items() if found),
        *(moment.happened(kind) for kind, found in changes.items() if found),
    ]


def _told(result: _QueryResult) -> set[str]:
    """The kinds of messages in an answer; signals to the client are among them."""
    messages = (message for message in result.response_messages or () if isinstance(message, dict))
    return {name for message in messages for name in message}
