"""Fees: what a bot's plans cost a month, to the day, and what a change of plan costs at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from botmeter.domain.money import round_to_minor
from botmeter.domain.orders import OrderedFee
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Fee:
    """The fee of `plan` for `days` of `month`: micro-units, rounded down to one, and rounded minor units."""

    plan: PlanVersion
    month: BillingPeriod
    days: int
    price_micros: int

    @property
    def amount_minor(self) -> int:
        """The fee in minor units."""
        return round_to_minor(self.price_micros, self.plan.currency)


def fees_of(subscription: Subscription, month: BillingPeriod, calendar: Calendar) -> list[Fee]:
    """The fees of `month`, one for each plan version in turn. Only subscriptions have fees."""
    fees = []
    for plan, days in groupby((phase.plan for _, phase in subscription.days(month, calendar))):
        count = len(list(days))
        if plan.kind is PlanKind.SUBSCRIPTION and plan.monthly_fee_micros:
            fees.append(Fee(plan, month, count, plan.monthly_fee_micros * count // month.days))
    return fees


def proration(
    before: Subscription, after: Subscription, plan: PlanVersion, month: BillingPeriod, calendar: Calendar
) -> OrderedFee | None:
    """What changing from `before` to `after` adds to the fees of `month`; None if it adds nothing."""
    added = _sum(fees_of(after, month, calendar)) - _sum(fees_of(before, month, calendar))
    return OrderedFee(plan.ref, month, added) if added > 0 else None


def _sum(fees: Iterable[Fee]) -> int:
    """Their amount in minor units."""
    return sum(fee.amount_minor for fee in fees)
