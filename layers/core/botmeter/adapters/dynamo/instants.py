"""Instants as they are stored: microseconds since 1970-01-01 UTC, so that none is rounded."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def from_us(instant_us: int) -> datetime:
    """The aware UTC datetime of `instant_us`."""
    return _EPOCH + instant_us * _MICROSECOND


def due_ms(instant: datetime) -> int:
    """When something is due, in ms rounded up: whoever finds it due finds that its time has come."""
    return -(-to_us(instant) // 1000)
