"""Daily: the sessions that an invoice bills, in rows of one count a day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from botmeter.domain.invoices import BilledTotal
from botmeter.domain.sessions import Unit

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DailySessions:
    """Sessions of one bot, plan version and unit: one count for each day, the first for `first_day`."""

    bot_id: str
    plan: str
    unit: Unit
    first_day: date
    counts: tuple[int, ...]

    def totals(self) -> Iterator[BilledTotal]:
        """The totals that the row was made of, by day."""
        for n, sessions in enumerate(self.counts):
            if sessions:
                yield BilledTotal(self.bot_id, self.plan, self.unit, self.first_day + n * _DAY, sessions)


def day_by_day(totals: Iterable[BilledTotal]) -> Iterator[DailySessions]:
    """Rows in the order in which `totals` first name their bot, plan version and unit."""
    rows: dict[tuple[str, str, Unit], dict[date, int]] = {}
    for total in totals:
        rows.setdefault((total.bot_id, total.plan, total.unit), {})[total.day] = total.sessions
    for key, sessions in rows.items():
        first = min(sessions)
        days = (max(sessions) - first).days + 1
        counts = tuple(sessions.get(first + n * _DAY, 0) for n in range(days))
        yield DailySessions(*key, first, counts)
