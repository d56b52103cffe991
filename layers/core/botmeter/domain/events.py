"""What bot runtimes report, reduced to what metering needs: a subject and a mark on it."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from botmeter.domain.errors import ForeignEvent, InvalidEvent, RejectReason
from botmeter.domain.periods import to_utc
from botmeter.domain.timeline import MINUTE_MS, mark_instant_ms

FUTURE_TOLERANCE_MS = 5 * MINUTE_MS
RETENTION_DAYS = 90
RETENTION_MS = RETENTION_DAYS * 24 * 60 * MINUTE_MS


class SubjectKind(StrEnum):
    """What a timeline is kept for."""

    CONVERSATION = "CONV"
    ALERT_DELIVERY = "ALERT"


class Subject(NamedTuple):
    """What marks are collected on: a conversation, or the delivery of one alert to one user.

    `name` is the conversation's id, or `alert_id/user_id` (no identifier contains a slash).
    """

    account_id: str
    bot_id: str
    kind: SubjectKind
    name: str


class Sighting(NamedTuple):
    """One usable event: a mark seen on a subject. `test` traffic is accepted and never metered."""

    subject: Subject
    mark: int
    test: bool


class Report(NamedTuple):
    """A usable event: what it says, and its canonical text, one line of JSON without anything unknown."""

    sighting: Sighting
    canonical: str

    @property
    def day(self) -> date:
        """The day (UTC) on which it happened."""
        return to_utc(mark_instant_ms(self.sighting.mark)).date()


def require_timely(sighting: Sighting, now_ms: int) -> None:
    """Raise `InvalidEvent` for a time that no sound clock gives, or whose conversation is forgotten."""
    instant_ms = mark_instant_ms(sighting.mark)
    if instant_ms > now_ms + FUTURE_TOLERANCE_MS:
        raise InvalidEvent("time", "must not be more than 5 minutes in the future", RejectReason.IN_FUTURE)
    if instant_ms < now_ms - RETENTION_MS:
        raise InvalidEvent("time", f"must not be older than {RETENTION_DAYS} days", RejectReason.TOO_LATE)


def foreign_account() -> ForeignEvent:
    """What to raise for an event of an account that its source may not speak for."""
    return ForeignEvent("data.account_id", "must be the account of the source")


def unknown_bot() -> InvalidEvent:
    """What to raise for an event of a bot that does not exist."""
    return InvalidEvent("data.bot_id", "must be a bot of data.account_id", RejectReason.UNKNOWN_BOT)
