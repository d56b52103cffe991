"""Event sources: programs that may send the events of the account."""

from typing import Annotated

from api.schemas.common import IDENTIFIER, Instant
from api.schemas.typed import Text, TypedDict

NAME_PATTERN = r"^[^\x00-\x1f\x7f]{1,100}$"
KEY_PATTERN = "^bmk_[A-Za-z0-9_-]{32,}$"

SourceId = Annotated[str, Text(IDENTIFIER, "src-6b86b273ff34fce19d6b", "The id of an event source.")]
SourceName = Annotated[str, Text(NAME_PATTERN, "Bot runtime, Frankfurt", "What people call the source.")]


class AddEventSource(TypedDict):
    """Who will send."""

    name: SourceName


class EventSource(TypedDict):
    """A program that may send, or might until it was revoked."""

    source_id: SourceId
    name: SourceName
    key_hint: str
    """How its key begins."""
    created_at: Instant
    created_by: str
    revoked_at: Instant | None
    """Since when its key opens nothing; null while it does."""


class AddedEventSource(TypedDict):
    """A source with its key."""

    event_source: EventSource
    key: Annotated[str, Text(KEY_PATTERN, f"bmk_{'n0T-aKeY_' * 4}", "Told this once, and kept nowhere.")]
