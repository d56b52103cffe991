"""Conversations: what they count, and why."""

from typing import Annotated, Literal

from annotated_types import Ge

from api.schemas.common import IDENTIFIER, BotId, Count, Instant
from api.schemas.typed import Text, TypedDict
from botmeter.domain.explained_windows import Holder, WhyNotBilled

ConversationId = Annotated[str, Text(IDENTIFIER, "c-81", "The id of a conversation with the bot.")]


class RuleInForce(TypedDict):
    """The metering rule of the bot."""

    name: str
    idle_timeout_minutes: int
    session_minutes: int


class ConversationSegment(TypedDict):
    """A stretch of a window."""

    since: Instant
    until: Instant
    held_by: Holder


class ConversationMark(TypedDict):
    """Something that happened."""

    at: Instant
    kind: Literal[
        "user_message", "bot_message", "agent_message", "agent_joined", "agent_left", "conversation_ended"
    ]


class ConversationSession(TypedDict):
    """A session of a window."""

    number: Annotated[int, Ge(1)]
    starts_at: Instant
    """Where the bot's time reaches a further 15 minutes."""
    ends_at: Instant


class ConversationWindow(TypedDict):
    """A sitting: events with no longer silence between them than the idle timeout."""

    started_at: Instant
    ended_at: Instant
    bot_ms: Count
    agent_ms: Count
    is_billable: bool
    why_not: WhyNotBilled | None
    """Why it counts no session; null if it does."""
    is_settled: bool
    """Whether it is billed as it is shown here; it is not while events may still come."""
    record_id: str | None
    segments: list[ConversationSegment]
    """They follow one another without gap; empty for a window of one instant."""
    sessions: list[ConversationSession]
    marks: list[ConversationMark]
    """The first 500."""
    marks_left_out: Count


class Conversation(TypedDict):
    """What a conversation counts, and why."""

    bot_id: BotId
    conversation_id: ConversationId
    rule: RuleInForce
    windows: list[ConversationWindow]
