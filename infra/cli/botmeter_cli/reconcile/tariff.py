"""What sessions cost, reckoned a second time from docs/billing.md: nothing of the rating is used."""

from typing import Final

from botmeter.domain.money import minor_exponent
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter_cli.reconcile.differences import Measure

# Sessions of a unit: those within a plan's allowance, and their price.
INCLUDED: Final = {Measure.USAGE: Measure.INCLUDED_USAGE, Measure.ALERT: Measure.INCLUDED_ALERT}
PRICE: Final = {Measure.USAGE: Measure.USAGE_PRICE, Measure.ALERT: Measure.ALERT_PRICE}
_MICRO_DIGITS = 6


def price_micros(plan: PlanVersion, measure: Measure) -> int:
    """The price of a session; those within an allowance have none."""
    prices = {Measure.USAGE: plan.usage_price_micros, Measure.ALERT: plan.alert_price_micros}
    return prices.get(measure, 0)


def debit_micros(plan: PlanVersion, measure: Measure, sessions: int) -> int:
    """What sessions take from a balance: prepaid plans alone do."""
    return sessions * price_micros(plan, measure) if plan.kind is PlanKind.PREPAID else 0


def included(plan: PlanVersion, measure: Measure, sessions: int, days: int, of_days: int) -> int:
    """How many of a period's `sessions` the plan includes, having applied on `days` of its `of_days`.

    All of a trial's, else as many as these days bring, rounded up.
    """
    if plan.kind is PlanKind.TRIAL:
        return sessions
    of_period = {Measure.USAGE: plan.included_usage_sessions, Measure.ALERT: plan.included_alert_sessions}
    whole, rest = divmod(of_period[measure] * days, of_days)
    return max(0, min(sessions, whole + bool(rest)))


def rounded(amount_micros: int, currency: str) -> int:
    """Micro-units as minor units: half a unit is rounded away from zero."""
    unit: int = 10 ** (_MICRO_DIGITS - minor_exponent(currency))
    whole, rest = divmod(abs(amount_micros), unit)
    whole += 2 * rest >= unit
    return whole if amount_micros >= 0 else -whole
