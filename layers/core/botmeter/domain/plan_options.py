"""Plan options: what each plan would cost at a bot's use, and which one is suggested."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from botmeter.domain.money import round_to_minor
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plan_changes import PlanChange
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.sessions import Unit


@dataclass(frozen=True, slots=True)
class MonthlyUse:
    """Sessions of a month."""

    period: BillingPeriod
    usage_sessions: int
    alert_sessions: int

    def cost_micros(self, plan: PlanVersion) -> int:
        """What the month would have cost on `plan`, in micro-units."""
        used = {Unit.USAGE: self.usage_sessions, Unit.ALERT: self.alert_sessions}
        charged = sum(max(0, n - plan.included(unit)) * plan.price_micros(unit) for unit, n in used.items())
        return plan.monthly_fee_micros + charged


@dataclass(frozen=True, slots=True)
class PlanOption:
    """A plan that is offered. `monthly_cost_minor` is the mean of the months looked at, in minor units.

    `change` says what choosing it would do, `refusal` why it cannot be chosen (then there is no change).
    """

    plan: PlanVersion
    monthly_cost_minor: int
    is_current: bool
    refusal: str | None
    change: PlanChange | None
    is_suggested: bool = False


def latest_versions(plans: Iterable[PlanVersion], currency: str) -> list[PlanVersion]:
    """The latest version of each plan in `currency`, by rank."""
    latest: dict[str, PlanVersion] = {}
    for plan in sorted(plans, key=lambda p: p.version):
        if plan.currency == currency:
            latest[plan.plan_id] = plan
    return sorted(latest.values(), key=lambda p: (p.rank, p.plan_id))


def monthly_cost_minor(plan: PlanVersion, months: Sequence[MonthlyUse]) -> int:
    """The mean cost of `months` on `plan` in minor units; its fee alone if there are none."""
    if not months:
        return round_to_minor(plan.monthly_fee_micros, plan.currency)
    total_micros = sum(month.cost_micros(plan) for month in months)
    return round_to_minor(total_micros // len(months), plan.currency)


def suggest(options: Sequence[PlanOption]) -> list[PlanOption]:
    """The options with the cheapest that may be chosen or kept marked; the present plan if it is as cheap.

    Not a trial, which costs nothing and ends.
    """
    possible = [o for o in options if o.refusal is None and o.plan.kind is not PlanKind.TRIAL]
    best = min(possible, key=_cheapest_first, default=None)
    return [replace(option, is_suggested=option is best) for option in options]


def _cheapest_first(option: PlanOption) -> tuple[int, bool, int, str]:
    """Key by cost, then so that nobody changes for nothing."""
    return option.monthly_cost_minor, not option.is_current, option.plan.rank, option.plan.plan_id


def months_before(first: BillingPeriod, running: BillingPeriod, count: int) -> list[BillingPeriod]:
    """Up to `count` full months before the `running` one, from `first` on, the latest first."""
    months: list[BillingPeriod] = []
    month = running.previous()
    while len(months) < count and month >= first:
        months.append(month)
        month = month.previous()
    return months
