"""Events in quarantine."""

from typing import TYPE_CHECKING

from api.schemas.quarantine import (
    BrokenRule,
    LateEffect,
    QuarantinedEvent,
    RedrivenEvent,
    RedrivenEvents,
    WholeQuarantinedEvent,
)
from api.views.common import money
from botmeter.domain import late_events, quarantine
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.money import round_to_minor
from botmeter.domain.periods import to_rfc3339

if TYPE_CHECKING:
    from botmeter.services import manage_quarantine as service


def quarantined_event(event: quarantine.QuarantinedEvent) -> QuarantinedEvent:
    """An event in a list."""
    account_id, bot_id = quarantine.bot_named_in(event.text)
    return {
        "event_id": event.event_id,
        "received_at": to_rfc3339(event.received_at_ms),
        "reason": event.reason,
        "field": event.field,
        "rule": event.rule,
        "excerpt": event.excerpt,
        "account_id": account_id,
        "bot_id": bot_id,
        "source_account_id": event.source.account_id if event.source else None,
        "source_id": event.source.source_id if event.source else None,
    }


def whole_event(
    event: quarantine.QuarantinedEvent,
    refusal: InvalidEvent | None,
    effect: late_events.LateEffect | late_events.UnknownEffect | None,
) -> WholeQuarantinedEvent:
    """An event with its text, what would be said against it now, and what it would have changed."""
    return {
        **quarantined_event(event),
        "text": event.text,
        "refusal": _broken_rule(refusal),
        "late_effect": _late_effect(effect) if isinstance(effect, late_events.LateEffect) else None,
        "late_effect_unknown": effect.reason if isinstance(effect, late_events.UnknownEffect) else None,
    }


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


def _late_effect(effect: late_events.LateEffect) -> LateEffect:
    """What an event would have changed that came too late."""
    amount = round_to_minor(effect.amount_micros, effect.currency)
    return {"sessions": effect.sessions, "amount": money(amount, effect.currency)}


def _broken_rule(refusal: InvalidEvent | None) -> BrokenRule | None:
    """Why an event cannot be used, if it cannot."""
    return None if refusal is None else {"field": refusal.field, "rule": refusal.rule}
