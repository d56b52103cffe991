"""Quarantine: events that a source sent and that cannot be used, each with the rule that it breaks."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from botmeter.domain.errors import RejectReason
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.identifiers import is_identifier
from botmeter.domain.nesting import is_too_deep
from botmeter.domain.periods import to_utc

# The day (UTC) on which the event came, and a SHA-256 of its text and its source.
EVENT_ID_PATTERN = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])-[0-9a-f]{64}$"
EXCERPT_LENGTH = 200

_EVENT_ID = re.compile(EVENT_ID_PATTERN)
_DAY_LENGTH = len("2026-10-05")
_UNREADABLE = object()


@dataclass(frozen=True, slots=True)
class QuarantinedEvent:
    """An event in quarantine: its text as received, and the rule that `field` of it broke then.

    `source` is who sent it, if that may speak for one account alone: of no other may it ever be. `version`
    tells it from the same text that comes again later, under the same id.
    """

    event_id: str
    received_at_ms: int
    field: str
    rule: str
    text: str
    version: str
    reason: RejectReason = RejectReason.MALFORMED
    source: SourceIdentity | None = None

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


def event_id_of(text: str, source: SourceIdentity | None, received_at_ms: int) -> str:
    """The id of an event: what comes again on the same day is the same one, but not from another source."""
    sender = f"{source.account_id}/{source.source_id}\n" if source else ""
    digest = hashlib.sha256((sender + text).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{to_utc(received_at_ms).date()}-{digest}"


def bot_named_in(text: str) -> tuple[str | None, str | None]:
    """The account and the bot that a text names, whether they exist or not; None where it names none."""
    event = _read(text)
    # An envelope of a native record has no data: it names them itself.
    data = event.get("data", event) if isinstance(event, dict) else None
    names = data if isinstance(data, dict) else {}
    return _identifier(names.get("account_id")), _identifier(names.get("bot_id"))


def accounts_named_in(text: str) -> frozenset[str] | None:
    """The accounts that a text names in the places where events and envelopes do; None if it cannot be read.

    They may be no account ids at all.
    """
    event = _read(text)
    if event is _UNREADABLE:
        return None
    data = event.get("data") if isinstance(event, dict) else None
    named = (place.get("account_id") for place in (event, data) if isinstance(place, dict))
    return frozenset(account_id for account_id in named if isinstance(account_id, str))


def _read(text: str) -> Any:
    """What a text says, but for its numbers; `_UNREADABLE` if it is no JSON, or too deep."""
    if is_too_deep(text):
        return _UNREADABLE
    try:
        # Numbers do not matter here, and one of very many digits is none to Python.
        return json.loads(text, parse_int=len, parse_float=len)
    except ValueError:
        return _UNREADABLE


def _identifier(value: Any) -> str | None:
    """A value that can be an identifier."""
    return value if isinstance(value, str) and is_identifier(value) else None
