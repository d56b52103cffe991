"""Stamped prices: what records were written with, beside the catalogue."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from botmeter.domain.plans import PlanVersion
from botmeter.ports.stamped_prices import StampedPrice
from botmeter_cli.reconcile.differences import Difference, Measure, Where
from botmeter_cli.reconcile.tariff import PRICE, price_micros


class Page(NamedTuple):
    """Records of a bot that one settlement wrote: of windows that began on a day, on a plan version."""

    bot_id: str
    day: str
    settlement_id: str
    plan: str


def price_differences(
    recorded: Iterable[Page], stamped: Mapping[Page, StampedPrice], plan_of: Callable[[str], PlanVersion]
) -> Iterator[Difference]:
    """A difference for each price that is not the catalogue's; one that is missing is none (0)."""
    for page in sorted({*recorded, *stamped}):
        plan, by = plan_of(page.plan), page.settlement_id
        found, is_ = stamped.get(page), dict.fromkeys(PRICE, 0)
        if found is not None:
            is_ = {Measure.USAGE: found.usage_price_micros, Measure.ALERT: found.alert_price_micros}
            by = by if found.currency == plan.currency else f"{by} in {found.currency}"
        for unit, measure in PRICE.items():
            should = price_micros(plan, unit)
            if should != is_[unit] or by != page.settlement_id:
                at = page.day
                yield Difference(Where.PRICES, page.bot_id, measure, page.plan, at, should, is_[unit], by)
