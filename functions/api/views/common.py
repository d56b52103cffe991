"""What many answers show."""

from datetime import datetime

from api.schemas.common import Money, Possibility
from botmeter.domain import operations
from botmeter.domain.periods import to_ms, to_rfc3339


def money(amount_minor: int, currency: str) -> Money:
    """An amount."""
    return {"amount": amount_minor, "currency": currency}


def instant(at: datetime) -> str:
    """A time, in UTC and to the millisecond."""
    return to_rfc3339(to_ms(at))


def maybe_instant(at: datetime | None) -> str | None:
    """A time, if there is one."""
    return None if at is None else instant(at)


def possibility(found: operations.Possibility) -> Possibility:
    """Whether something can be done."""
    return {
        "is_possible": found.reason is None,
        "is_permitted": found.is_permitted,
        "reason": found.reason,
    }
