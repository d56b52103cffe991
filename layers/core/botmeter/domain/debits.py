"""Debits: what the records of a settlement take from a bot's balance, and what free credits pay of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from botmeter.domain.periods import Calendar
from botmeter.domain.plans import PlanVersion
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import TotalKey, UsageRecord, usage_totals


def sessions_by_plan(records: Iterable[UsageRecord]) -> Counter[tuple[str, Unit]]:
    """Sessions by plan version and unit, reversals taken off."""
    counts: Counter[tuple[str, Unit]] = Counter()
    for record in records:
        counts[record.plan, record.unit] += record.sessions
    return counts


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """What a settlement takes from a bot's balance (micro-units, negative gives back) and adds to its use."""

    debit_micros: int
    usage_sessions: int
    alert_sessions: int


def balance_change(records: Sequence[UsageRecord], plans: Mapping[str, PlanVersion]) -> BalanceChange:
    """The change of balance that `records` make; `plans` holds the plan versions that they name."""
    debit_micros = 0
    used: Counter[Unit] = Counter()
    for (plan, unit), sessions in sessions_by_plan(records).items():
        debit_micros += plans[plan].debit_micros(unit, sessions)
        used[unit] += sessions
    return BalanceChange(debit_micros, used[Unit.USAGE], used[Unit.ALERT])


def free_by_day(
    records: Iterable[UsageRecord], plans: Mapping[str, PlanVersion], calendar: Calendar, free_micros: int
) -> dict[TotalKey, int]:
    """What free credits have paid (negative: got back) of the price of `records`, by day and plan version.

    The sum is `free_micros`. The earliest days are paid first, none beyond its price.
    """
    prices: Counter[TotalKey] = Counter()
    for key, counts in usage_totals(records, calendar).items():
        for (unit, _), sessions in counts.items():
            prices[key] += plans[key.plan].debit_micros(unit, sessions)
    left, paid = free_micros, {}
    for key, price_micros in sorted(prices.items()):
        share = min(left, max(0, price_micros)) if free_micros > 0 else max(left, min(0, price_micros))
        if share:
            paid[key] = share
            left -= share
    return paid
