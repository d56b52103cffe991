"""Charges: what the sessions of a period should be on invoices, reckoned without the rating."""

from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace

from botmeter.domain.plans import PlanVersion
from botmeter_cli.reconcile.differences import Measure, Place
from botmeter_cli.reconcile.tariff import INCLUDED, included, price_micros, rounded


@dataclass(frozen=True, slots=True)
class Charges:
    """What invoices should charge for `sessions`, which are by unit, for a period of `of_days`.

    `plan_of` gives a plan version, `days_on` on how many days of the period a bot was on it.
    """

    sessions: Mapping[Place, int]
    of_days: int
    plan_of: Callable[[str], PlanVersion]
    days_on: Callable[[str, str], int]

    def by_kind(self) -> Counter[Place]:
        """The sessions, those within an allowance apart."""
        kinds: Counter[Place] = Counter()
        for place, sessions in self.sessions.items():
            plan, days = self.plan_of(place.plan), self.days_on(place.bot_id, place.plan)
            free = included(plan, place.measure, sessions, days, self.of_days)
            kinds[replace(place, measure=INCLUDED[place.measure])] += free
            kinds[place] += sessions - free
        return kinds

    def free_credits(self, paid_micros: Mapping[Place, int]) -> Counter[Place]:
        """What free credits take off, in minor units, having `paid_micros`: never more than is charged."""
        charged: Counter[Place] = Counter()
        for place, sessions in self.by_kind().items():
            plan = self.plan_of(place.plan)
            if sessions:
                amount_minor = rounded(sessions * price_micros(plan, place.measure), plan.currency)
                charged[replace(place, measure=Measure.FREE_CREDITS)] += amount_minor
        return Counter(
            {
                place: -min(rounded(micros, self.plan_of(place.plan).currency), charged[place])
                for place, micros in paid_micros.items()
                if place in charged
            }
        )


def left_out(sums: Mapping[Place, int], plans: Container[tuple[str, str]]) -> dict[Place, int]:
    """Sums without those of bots on plan versions (pairs of both) that are not compared."""
    return {place: n for place, n in sums.items() if (place.bot_id, place.plan) not in plans}
