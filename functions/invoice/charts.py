"""The chart of daily sessions: where its bars and lines go, in whole units of its drawing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from botmeter.domain.axes import axis
from botmeter.domain.invoices import BilledTotal, Invoice
from botmeter.domain.periods import BillingPeriod, days_between
from botmeter.domain.sessions import Unit

# A tenth of a millimetre, at the width of the text.
WIDTH, HEIGHT = 1_740, 300
LEFT, TOP, BOTTOM = 110, 14, 40
# The share of a day's width that its bar takes, in percent.
BAR = 62


@dataclass(frozen=True, slots=True)
class Bar:
    """The sessions of one day: a bar of `usage`, `alerts` on top of it."""

    day: date
    x: int
    usage_y: int
    usage_height: int
    alerts_y: int
    alerts_height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of `period`, and what it says in numbers."""

    period: BillingPeriod
    bars: tuple[Bar, ...]
    bar_width: int
    gridlines: tuple[tuple[int, int], ...]
    usage: int
    alerts: int
    most: int
    busiest: date


def daily_chart(invoice: Invoice) -> Chart | None:
    """The chart of the invoice's own period; None where it has no sessions."""
    counts = _by_day(invoice.totals, invoice.period)
    usage, alerts = counts[Unit.USAGE], counts[Unit.ALERT]
    days = days_between(invoice.period.first_day, invoice.period.last_day)
    sums = {day: usage[day] + alerts[day] for day in days}
    busiest = max(days, key=lambda day: sums[day])
    if not sums[busiest]:
        return None
    counted = axis(sums[busiest])
    scale = _Scale(counted[-1])
    slot = (WIDTH - LEFT) // len(days)
    width = slot * BAR // 100
    return Chart(
        period=invoice.period,
        bars=tuple(
            _bar(day, LEFT + n * slot + (slot - width) // 2, usage[day], alerts[day], scale)
            for n, day in enumerate(days)
        ),
        bar_width=width,
        gridlines=tuple((count, scale.y(count)) for count in counted),
        usage=usage.total(),
        alerts=alerts.total(),
        most=sums[busiest],
        busiest=busiest,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """A vertical axis from 0 to `top` sessions."""

    top: int

    def y(self, count: int) -> int:
        """Where `count` sessions are."""
        height = HEIGHT - TOP - BOTTOM
        return TOP + height - height * count // self.top


def _by_day(totals: Iterable[BilledTotal], period: BillingPeriod) -> dict[Unit, Counter[date]]:
    """Sessions of `period` by unit and day; a day never has fewer than none."""
    counts: dict[Unit, Counter[date]] = {unit: Counter() for unit in Unit}
    for total in totals:
        if period.first_day <= total.day <= period.last_day:
            counts[total.unit][total.day] += total.sessions
    return {unit: +days for unit, days in counts.items()}


def _bar(day: date, x: int, usage: int, alerts: int, scale: _Scale) -> Bar:
    """The bar of a day at `x`."""
    base, middle, top = scale.y(0), scale.y(usage), scale.y(usage + alerts)
    return Bar(day, x, middle, base - middle, top, middle - top)
