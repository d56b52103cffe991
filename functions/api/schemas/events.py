"""Events that a source sends, and what becomes of them."""

from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen, MinLen

from api.schemas.common import Count
from api.schemas.quarantine import Field
from api.schemas.typed import Example, NotRequired, TypedDict

MAX_EVENTS = 500

_EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "01JCEP8Z3Q",
    "source": "bots/acme/eu-1",
    "type": "conversation.message",
    "time": "2026-10-05T09:30:12.480Z",
    "data": {"account_id": "acct_acme", "bot_id": "bot_orders", "conversation_id": "c-81", "role": "user"},
}

# A CloudEvent, or a native record in an envelope: ingest says what is wrong with it.
Event = Annotated[dict[str, Any], Example(_EXAMPLE)]
# Whatever stands in a list is judged by itself.
Events = Annotated[list[Any], MinLen(1), MaxLen(MAX_EVENTS), Example([_EXAMPLE])]


class EventResult(TypedDict):
    """What became of one event."""

    status: Literal["accepted", "rejected", "retry"]
    """`retry` was not recorded: send it again. It may be sent any number of times."""
    field: NotRequired[Field]
    """The member of a rejected event that broke a rule; `event` for the whole text."""
    rule: NotRequired[str]
    """The rule."""


class EventResults(TypedDict):
    """What became of the events of a request."""

    results: Annotated[list[EventResult], MinLen(1), MaxLen(MAX_EVENTS)]
    """In the order of the events."""
    accepted: Count
    rejected: Count
    retry: Count
