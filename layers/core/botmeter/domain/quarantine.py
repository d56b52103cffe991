"""Quarantine: events that a source sent and that cannot be used, each with the rule that it breaks."""

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from botmeter.domain.errors import RejectReason
from botmeter.domain.identifiers import is_identifier

# The day (UTC) on which the event came, and the SHA-256 of its text.
EVENT_ID_PATTERN = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])-[0-9a-f]{64}$"
EXCERPT_LENGTH = 200

_EVENT_ID = re.compile(EVENT_ID_PATTERN)
_DAY_LENGTH = len("2026-10-05")


@dataclass(frozen=True, slots=True)
class QuarantinedEvent:
    """An event in quarantine: its text as received, and the rule that `field` of it broke then.

    `version` tells it from the same text that comes again later, under the same id.
    """

    event_id: str
    received_at_ms: int
    field: str
    rule: str
    text: str
    version: str
    reason: RejectReason = RejectReason.MALFORMED

    @property
    def excerpt(self) -> str:
        """The beginning of the text."""
        return self.text[:EXCERPT_LENGTH]


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of one day (UTC), and whose `field` broke a rule; None for any."""

    day: date | None = None
    field: str | None = None

    def takes(self, event: QuarantinedEvent) -> bool:
        """Whether an event of the day belongs to it."""
        return self.field is None or self.field == event.field


def day_of(event_id: str) -> date:
    """The day on which an event came into quarantine; raises `ValueError` for an id that is none."""
    if not _EVENT_ID.fullmatch(event_id):
        raise ValueError(f"{event_id!r} is no id of an event in quarantine")
    return date.fromisoformat(event_id[:_DAY_LENGTH])


def bot_named_in(text: str) -> tuple[str | None, str | None]:
    """The account and the bot that a text names, whether they exist or not; None where it names none."""
    try:
        event: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None, None
    # An envelope of a native record has no data: it names them itself.
    data = event.get("data", event) if isinstance(event, dict) else None
    names = data if isinstance(data, dict) else {}
    return _identifier(names.get("account_id")), _identifier(names.get("bot_id"))


def accounts_named_in(text: str) -> frozenset[str]:
    """The accounts that a text names in the places where events and envelopes do, well-formed or not."""
    try:
        # Numbers do not matter, and one of very many digits is none to Python.
        event: Any = json.loads(text, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return frozenset()
    data = event.get("data") if isinstance(event, dict) else None
    named = (place.get("account_id") for place in (event, data) if isinstance(place, dict))
    return frozenset(account_id for account_id in named if isinstance(account_id, str))


def _identifier(value: Any) -> str | None:
    """A value that can be an identifier."""
    return value if isinstance(value, str) and is_identifier(value) else None
