"""Events in quarantine."""

from typing import TYPE_CHECKING

from api.schemas.quarantine import (
    BrokenRule,
    QuarantinedEvent,
    RedrivenEvent,
    RedrivenEvents,
    WholeQuarantinedEvent,
)
from botmeter.domain import quarantine
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.periods import to_rfc3339

if TYPE_CHECKING:
    from botmeter.services import manage_quarantine as service


def quarantined_event(event: quarantine.QuarantinedEvent) -> QuarantinedEvent:
    """An event in a list."""
    account_id, bot_id = quarantine.bot_named_in(event.text)
    return {
        "event_id": event.event_id,
        "received_at": to_rfc3339(event.received_at_ms),
        "field": event.field,
        "rule": event.rule,
        "excerpt": event.excerpt,
        "account_id": account_id,
        "bot_id": bot_id,
    }


def whole_event(event: quarantine.QuarantinedEvent, refusal: InvalidEvent | None) -> WholeQuarantinedEvent:
    """An event with its text, and what would be said against it now."""
    return {**quarantined_event(event), "text": event.text, "refusal": _broken_rule(refusal)}


def redriven_event(redriven: "service.RedrivenEvent") -> RedrivenEvent:
    """An event that was sent again."""
    return {
        "event_id": redriven.event_id,
        "corrected": redriven.corrected,
        "refusal": _broken_rule(redriven.refusal),
    }


def redriven_events(redriven: "service.RedrivenEvents") -> RedrivenEvents:
    """How many were sent again."""
    answer: RedrivenEvents = {"sent": redriven.sent, "failed": redriven.failed, "left": redriven.left}
    if redriven.next_cursor is not None:
        answer["next_cursor"] = redriven.next_cursor
    return answer


def _broken_rule(refusal: InvalidEvent | None) -> BrokenRule | None:
    """Why an event cannot be used, if it cannot."""
    return None if refusal is None else {"field": refusal.field, "rule": refusal.rule}
