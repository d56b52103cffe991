"""Conversations."""

from typing import Any

from api.schemas.conversations import (
    Conversation,
    ConversationMark,
    ConversationSegment,
    ConversationSession,
    ConversationWindow,
)
from botmeter.domain.explained_windows import ExplainedWindow, Segment, SessionSpan
from botmeter.domain.periods import to_rfc3339
from botmeter.domain.timeline import MINUTE_MS, mark_instant_ms, mark_kind
from botmeter.services.explain_conversation import ExplainedConversation

MAX_MARKS = 500


def conversation(bot_id: str, conversation_id: str, found: ExplainedConversation) -> Conversation:
    """A conversation and its windows."""
    rule = found.rule
    return {
        "bot_id": bot_id,
        "conversation_id": conversation_id,
        "rule": {
            "name": rule.name,
            "idle_timeout_minutes": rule.idle_timeout_ms // MINUTE_MS,
            "session_minutes": rule.session_length_ms // MINUTE_MS,
        },
        "windows": [_window(window) for window in found.windows],
    }


def _window(explained: ExplainedWindow) -> ConversationWindow:
    window, record = explained.window, explained.record
    return {
        "started_at": to_rfc3339(window.start_ms),
        "ended_at": to_rfc3339(window.end_ms),
        "bot_ms": window.bot_ms,
        "agent_ms": window.agent_ms,
        "is_billable": window.billable,
        "why_not": explained.why_not,
        "is_settled": record is not None,
        "record_id": record.record_id if record else None,
        "segments": [_segment(segment) for segment in explained.segments],
        "sessions": [_session(session) for session in explained.sessions],
        "marks": [_mark(mark) for mark in explained.marks[:MAX_MARKS]],
        "marks_left_out": max(0, len(explained.marks) - MAX_MARKS),
    }


def _segment(segment: Segment) -> ConversationSegment:
    return {
        "since": to_rfc3339(segment.start_ms),
        "until": to_rfc3339(segment.end_ms),
        "held_by": segment.held_by,
    }


def _session(session: SessionSpan) -> ConversationSession:
    return {
        "number": session.number,
        "starts_at": to_rfc3339(session.start_ms),
        "ends_at": to_rfc3339(session.end_ms),
    }


def _mark(mark: int) -> ConversationMark:
    kind: Any = mark_kind(mark).name.lower()
    return {"at": to_rfc3339(mark_instant_ms(mark)), "kind": kind}
