"""The prices that usage records were written with."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, Protocol


class StampedPrice(NamedTuple):
    """What a settlement noted beside the records of a day: the prices of a plan version, in micro-units."""

    day: date
    settlement_id: str
    plan: str
    currency: str
    usage_price_micros: int
    alert_price_micros: int


class StampedPrices(Protocol):
    """Reads them."""

    def of_bot(self, account_id: str, bot_id: str, first: date, last: date) -> Iterator[StampedPrice]:
        """The prices beside the records of windows that start from the day `first` to `last`."""
