"""Events in quarantine as JSON, and the columns in which people read them. Names are the API's."""

from typing import Any, Final

from botmeter.domain.errors import InvalidEvent
from botmeter.domain.periods import to_rfc3339
from botmeter.domain.quarantine import QuarantinedEvent, bot_named_in
from botmeter.services.manage_quarantine import RedrivenEvent
from botmeter_cli.output import Columns
from botmeter_cli.views import time_text

Item = dict[str, Any]


def listed(event: QuarantinedEvent) -> Item:
    """An event in a list."""
    account_id, bot_id = bot_named_in(event.text)
    return {
        "event_id": event.event_id,
        "received_at": to_rfc3339(event.received_at_ms),
        "field": event.field,
        "rule": event.rule,
        "excerpt": event.excerpt,
        "account_id": account_id,
        "bot_id": bot_id,
    }


def shown(event: QuarantinedEvent, refusal: InvalidEvent | None) -> Item:
    """An event with its text, and what would be said against it now."""
    return {**listed(event), "text": event.text, "refusal": _broken_rule(refusal)}


def redriven(done: RedrivenEvent) -> Item:
    """An event that was sent again."""
    return {"event_id": done.event_id, "corrected": done.corrected, "refusal": _broken_rule(done.refusal)}


def _broken_rule(refusal: InvalidEvent | None) -> Item | None:
    """Why an event cannot be used, if it cannot."""
    return None if refusal is None else {"field": refusal.field, "rule": refusal.rule}


COLUMNS: Final[Columns] = {
    "Event": lambda event: event["event_id"],
    "Came": lambda event: time_text(event["received_at"]),
    "Refused": lambda event: f"{event['field']}: {event['rule']}",
    "Account": lambda event: event["account_id"] or "",
    "Bot": lambda event: event["bot_id"] or "",
}
