"""Plan options: what each plan would cost, and which one is suggested."""

from dataclasses import replace

import pytest

from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plan_options import (
    MonthlyUse,
    PlanOption,
    latest_versions,
    monthly_cost_minor,
    months_before,
    suggest,
)
from botmeter.domain.plans import PlanVersion
from tests.fakes.demo import ADVANCED, ENTERPRISE, ESSENTIAL, STANDARD, TRIAL

OCTOBER = BillingPeriod(2026, 10)


def month(usage: int, alerts: int = 0) -> MonthlyUse:
    return MonthlyUse(OCTOBER, usage, alerts)


def option(
    plan: PlanVersion, cost: int, *, is_current: bool = False, refusal: str | None = None
) -> PlanOption:
    return PlanOption(plan, cost, is_current=is_current, refusal=refusal, change=None)


def suggested(*options: PlanOption) -> list[str]:
    return [o.plan.plan_id for o in suggest(options) if o.is_suggested]


@pytest.mark.parametrize(
    ("plan", "cost"),
    [
        # 100 * 0.20 + 10 * 0.05
        (STANDARD, 20_50),
        # 49.00 + 95 * 0.15 + 8 * 0.04
        (ESSENTIAL, 63_57),
        # 199.00 + 50 * 0.10
        (ADVANCED, 204_00),
        (TRIAL, 0),
    ],
)
def test_cost_at_a_month_s_use(plan: PlanVersion, cost: int) -> None:
    """A month costs its fee, and the price of what goes beyond what is included."""
    assert monthly_cost_minor(plan, [month(100, 10)]) == cost


def test_cost_is_the_mean_of_the_months() -> None:
    """What is included is included in each month: a quiet month does not pay for a busy one."""
    assert monthly_cost_minor(ESSENTIAL, [month(5), month(0), month(65)]) == 49_00 + 3_00


def test_without_months_the_fee_is_all_that_is_known() -> None:
    """A new bot is told the fee."""
    assert [monthly_cost_minor(plan, []) for plan in (STANDARD, ESSENTIAL)] == [0, 49_00]


def test_cost_is_rounded_once() -> None:
    """A third of a cent more or less does not add up over the months."""
    odd = replace(STANDARD, usage_price_micros=3_333)

    assert monthly_cost_minor(odd, [month(1), month(2), month(3)]) == 1


def test_cheapest_is_suggested() -> None:
    """One plan is suggested: the one that would have cost least."""
    assert suggested(option(STANDARD, 90), option(ESSENTIAL, 70, is_current=True), option(ADVANCED, 80)) == [
        "essential"
    ]


def test_present_plan_is_kept_when_it_is_as_cheap() -> None:
    """Nobody changes for nothing."""
    assert suggested(option(STANDARD, 70), option(ESSENTIAL, 70, is_current=True)) == ["essential"]


def test_lower_rank_is_suggested_among_equals() -> None:
    """Of two that cost the same the smaller one is enough, and the choice is always the same."""
    twin = replace(STANDARD, plan_id="a-standard")

    assert suggested(option(ADVANCED, 70), option(ESSENTIAL, 70)) == ["essential"]
    assert suggested(option(STANDARD, 70), option(twin, 70)) == ["a-standard"]


def test_what_cannot_be_chosen_is_not_suggested() -> None:
    """A plan that is refused is no suggestion, however cheap; where all are, none is suggested."""
    assert suggested(option(STANDARD, 70), option(ENTERPRISE, 0, refusal="by contract")) == ["standard"]
    assert suggested(option(ENTERPRISE, 0, refusal="by contract")) == []


def test_options_are_otherwise_as_they_were() -> None:
    """The suggestion adds a mark, and keeps the order."""
    options = [option(STANDARD, 90), option(ESSENTIAL, 70)]

    assert suggest(options) == [options[0], replace(options[1], is_suggested=True)]


def test_latest_version_of_each_plan_is_offered() -> None:
    """One version of each plan in the account's currency, by rank."""
    second = replace(STANDARD, version=2)
    dollars = replace(ESSENTIAL, version=2, currency="USD")

    assert latest_versions([ADVANCED, second, dollars, STANDARD, ESSENTIAL], "EUR") == [
        second,
        ESSENTIAL,
        ADVANCED,
    ]


def test_months_looked_at_are_whole_ones() -> None:
    """Up to three months before the running one, none before the account's first."""
    running = BillingPeriod(2027, 1)

    assert [m.label for m in months_before(OCTOBER, running, 2)] == ["2026-12", "2026-11"]
    assert [m.label for m in months_before(OCTOBER, running, 5)] == ["2026-12", "2026-11", "2026-10"]
    assert months_before(OCTOBER, OCTOBER, 3) == []
