"""Events in quarantine: what ingest refused."""

from typing import Annotated

from annotated_types import MinLen

from api.schemas.common import DAY, EVENT_FIELD, BotId, Count, Instant, Money
from api.schemas.event_sources import SourceId
from api.schemas.operator import AccountId
from api.schemas.typed import NotRequired, Text, TypedDict
from botmeter.domain.errors import RejectReason
from botmeter.domain.quarantine import EVENT_ID_PATTERN

EventId = Annotated[
    str,
    Text(
        EVENT_ID_PATTERN,
        "2026-10-05-2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "The id of an event in quarantine: the day (UTC) on which it came, and a SHA-256 of text and source.",
    ),
]
Field = Annotated[str, Text(EVENT_FIELD, "data.bot_id", "A member of an event; `event` for the whole text.")]


class BrokenRule(TypedDict):
    """Why an event cannot be used."""

    field: Field
    rule: str


class QuarantinedEvent(TypedDict):
    """An event that ingest refused."""

    event_id: EventId
    received_at: Instant
    reason: RejectReason
    field: Field
    rule: str
    """What was expected of the field when the event came."""
    excerpt: str
    """The first 200 characters of the text."""
    account_id: AccountId | None
    """The account that the text names, which need not exist; null if it names none."""
    bot_id: BotId | None
    source_account_id: AccountId | None
    """The account of the event source that sent it: it can be of no other. Null if no source did."""
    source_id: SourceId | None
    """That event source."""


class LateEffect(TypedDict):
    """What an event that came too late would have changed."""

    sessions: int
    """Sessions that it would have added; negative if it had taken some away."""
    amount: Money
    """Their price on the plans at the time, without what these include."""


class WholeQuarantinedEvent(QuarantinedEvent):
    """The same with its text, and what would become of it now."""

    text: str
    """As it was received."""
    refusal: BrokenRule | None
    """The rule that the text would break if it were sent again now; null if it would be taken."""
    late_effect: LateEffect | None
    """What it would have changed; null unless it came too late for a bot that exists, and it can be told."""
    late_effect_unknown: str | None
    """Why it cannot be told what an event that came too late would have changed; else null."""


class RedriveEvent(TypedDict):
    """What to send."""

    text: NotRequired[Annotated[str, MinLen(1)]]
    """A corrected CloudEvent (JSON), instead of the text as it was received."""


class RedrivenEvent(TypedDict):
    """An event that was sent to ingest again, and is in quarantine no more."""

    event_id: EventId
    corrected: bool
    refusal: BrokenRule | None
    """The rule that the text still breaks: the event will be in quarantine again in a moment."""


class RedriveEvents(TypedDict):
    """Which events to send: all of them, if nothing is given."""

    day: NotRequired[Annotated[str, Text(DAY, "2026-10-05", "A day, in UTC.")]]
    field: NotRequired[Field]
    cursor: NotRequired[Annotated[str, MinLen(1)]]
    """The `next_cursor` of an answer: goes on after it, and so leaves alone what came back meanwhile."""


class RedrivenEvents(TypedDict):
    """How many were sent."""

    sent: Count
    failed: Count
    """Those that stay in quarantine: too long for the event queue, or not of their source's account."""
    left: Count
    """How many more there are on these days, of any field; 10000 stands for that many or more."""
    next_cursor: NotRequired[Annotated[str, MinLen(1)]]
    """Goes on with those that are left; missing when there are none."""
