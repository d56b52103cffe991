"""Extension requests: a customer asks for more days of a plan that ends, or of free credits."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from botmeter.domain.errors import Conflict, Refused

MAX_EXTENSION_DAYS = 90
MAX_REASON_LENGTH = 1000


class ExtensionStatus(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """A request for `requested_days` more; `days` are those granted, `answer` is the operator's reason.

    `target` is what was to be extended when it was asked for: a plan version, or `free_credits`.
    """

    request_id: str
    account_id: str
    bot_id: str
    requested_days: int
    reason: str
    requested_at: datetime
    requested_by: str
    status: ExtensionStatus = ExtensionStatus.PENDING
    days: int = 0
    answer: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    target: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be asked for."""
        _check_days("days", self.requested_days)
        if not 1 <= len(self.reason) <= MAX_REASON_LENGTH:
            raise Refused("reason", f"must be 1 to {MAX_REASON_LENGTH} characters")

    def approved(self, days: int, answer: str, by: str, now: datetime) -> "ExtensionRequest":
        """The request, granted with `days`; raises `Conflict` if it was decided before."""
        _check_days("days", days)
        return self._decided(ExtensionStatus.APPROVED, days, answer, by=by, now=now)

    def declined(self, answer: str, by: str, now: datetime) -> "ExtensionRequest":
        """The request, declined with a reason; raises `Conflict` if it was decided before."""
        if not 1 <= len(answer) <= MAX_REASON_LENGTH:
            raise Refused("reason", f"must be 1 to {MAX_REASON_LENGTH} characters")
        return self._decided(ExtensionStatus.DECLINED, 0, answer, by=by, now=now)

    def _decided(
        self, status: ExtensionStatus, days: int, answer: str, *, by: str, now: datetime
    ) -> "ExtensionRequest":
        if self.status is not ExtensionStatus.PENDING:
            raise Conflict(f"the request was {self.status} already")
        return replace(self, status=status, days=days, answer=answer, decided_by=by, decided_at=now)


def extended_until(end: datetime, days: int, now: datetime) -> datetime:
    """The new end: `days` after the old one, or after `now` if that is past."""
    return max(end, now) + timedelta(days=days)


def _check_days(field: str, days: int) -> None:
    """Raise `Refused` for a number of days that nobody gets."""
    if not 1 <= days <= MAX_EXTENSION_DAYS:
        raise Refused(field, f"must be from 1 to {MAX_EXTENSION_DAYS}")
