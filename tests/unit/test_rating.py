"""Rating: from sessions to lines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.fees import fees_of
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.rating import Rates, Use, rate_fees, rate_sessions
from botmeter.domain.sessions import Unit
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.tax import Tax, TaxCategory
from tests.fakes.demo import ACCOUNT, ADVANCED, ENTERPRISE, ESSENTIAL, PLANS, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import october

OCTOBER = BillingPeriod(2026, 10)
VAT = Tax(TaxCategory.STANDARD, 1_900, "DE")
LATER_VAT = Tax(TaxCategory.STANDARD, 2_000, "DE")


def vat_on(day: date) -> Tax:
    """A rate that goes up with November."""
    return LATER_VAT if day >= date(2026, 11, 1) else VAT


def rates(of: Bot) -> Rates:
    return Rates(of, ACCOUNT.calendar, vat_on)


def fees(of: Bot, *periods: BillingPeriod) -> list[InvoiceLine]:
    return [
        line
        for period in periods
        for line in rate_fees(rates(of), fees_of(of.subscription, period, ACCOUNT.calendar))
    ]


def rated(plan: PlanVersion, usage: int, alerts: int = 0) -> list[tuple[LineKind, str, int, int]]:
    lines = [*fees(bot(plan), OCTOBER, OCTOBER.next()), *sessions(bot(plan), plan, usage, alerts)]
    return [(line.kind, line.service_period.label, line.quantity, line.amount_minor) for line in lines]


def sessions(of: Bot, plan: PlanVersion, usage: int, alerts: int = 0, free: int = 0) -> list[InvoiceLine]:
    quantities = {(plan.ref, Unit.ALERT): alerts, (plan.ref, Unit.USAGE): usage}
    use = Use(quantities, {plan.ref: free})
    return rate_sessions(rates(of), use, PLANS | {plan.ref: plan}, OCTOBER)


def included(subscription: Subscription, plan: PlanVersion, usage: int) -> tuple[int, int]:
    """How many of `usage` sessions are included, and how many are charged."""
    lines = sessions(replace(bot(plan), subscription=subscription), plan, usage)
    by_kind = {line.kind: line.quantity for line in lines}
    return by_kind.get(LineKind.INCLUDED_USAGE, 0), by_kind.get(LineKind.USAGE, 0)


def shown(lines: Sequence[InvoiceLine]) -> list[tuple[LineKind, int, int, int]]:
    return [(line.kind, line.quantity, line.unit_price_micros, line.amount_minor) for line in lines]


def test_subscription_is_fee_in_advance_and_overage_in_arrears() -> None:
    """Fees are the plan's first and that of the month to come; sessions beyond those included are charged."""
    assert rated(ESSENTIAL, usage=8, alerts=2) == [
        (LineKind.FEE, "2026-10", 1, 4_900),
        (LineKind.FEE, "2026-11", 1, 4_900),
        (LineKind.INCLUDED_USAGE, "2026-10", 5, 0),
        (LineKind.USAGE, "2026-10", 3, 45),
        (LineKind.INCLUDED_ALERTS, "2026-10", 2, 0),
    ]


def test_prepaid_sessions_are_settled_from_the_balance() -> None:
    """Sessions of a prepaid plan are marked so, and name the rule that metered them."""
    lines = sessions(bot(STANDARD), STANDARD, 3)

    assert [(line.amount_minor, line.prepaid, line.rule) for line in lines] == [
        (60, True, bot(STANDARD).rule.name)
    ]


def test_trial_is_free_and_enterprise_is_billed_elsewhere() -> None:
    """A trial's sessions cost nothing, whatever their number; an enterprise bot has no lines."""
    assert rated(TRIAL, usage=11) == [(LineKind.INCLUDED_USAGE, "2026-10", 11, 0)]
    assert rated(ENTERPRISE, usage=11) == []


def test_tax_of_a_line_is_that_of_its_service_period_s_last_day() -> None:
    """A rate that changes with November applies to November's fee, not to October's sessions."""
    lines = fees(bot(ESSENTIAL), OCTOBER, OCTOBER.next())

    assert [line.tax for line in lines] == [VAT, LATER_VAT]
    assert {line.tax for line in sessions(bot(ESSENTIAL), ESSENTIAL, 8)} == {VAT}


def test_days_of_a_plan_decide_what_it_includes() -> None:
    """A plan for 10 of October's 31 days includes 10/31 of its 50 sessions, rounded up: 17."""
    upgraded = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, october(22, 9), october(22, 9))

    assert included(upgraded, ADVANCED, 40) == (17, 23)
    assert included(upgraded, ESSENTIAL, 40) == (4, 36)


def test_plan_that_has_ended_includes_the_sessions_of_its_days() -> None:
    """After a plan's end, on the tenth, it has included 10/31 of its 50 sessions."""
    assert included(Subscription.begin(ADVANCED, SINCE, october(10, 9)), ADVANCED, 40) == (17, 23)


def test_sessions_of_a_plan_that_did_not_apply_are_charged() -> None:
    """A plan includes nothing in a month on no day of which it applied."""
    assert included(Subscription.begin(STANDARD, SINCE), ESSENTIAL, 3) == (0, 3)


def test_sessions_that_late_events_have_taken_back_whole_are_negative() -> None:
    """More taken back than there was (of a plan that gave way) is a charge below zero, not an allowance."""
    assert included(Subscription.begin(ESSENTIAL, SINCE), ESSENTIAL, -2) == (0, -2)


@pytest.mark.parametrize(
    ("free_micros", "lines"),
    [
        (0, []),
        (400_000, [(LineKind.FREE_CREDITS, -1, 400_000, -40)]),
        (600_000, [(LineKind.FREE_CREDITS, -1, 600_000, -60)]),
        (5_000_000, [(LineKind.FREE_CREDITS, -1, 600_000, -60)]),
        (-200_000, [(LineKind.FREE_CREDITS, 1, 200_000, 20)]),
    ],
)
def test_free_credits_are_a_discount(free_micros: int, lines: list[tuple[LineKind, int, int, int]]) -> None:
    """What they paid comes off the price of three sessions, never more; what they got back is charged."""
    charged = sessions(bot(STANDARD), STANDARD, 3, free=free_micros)

    assert shown(charged[1:]) == lines
    assert all(line.prepaid and not line.rule for line in charged[1:])


def test_lines_are_rounded_once_each() -> None:
    """Two sessions at a third of a cent are a cent."""
    odd = PlanVersion("odd", 1, "Odd", PlanKind.SUBSCRIPTION, "EUR", usage_price_micros=3_333)

    assert shown(sessions(bot(odd), odd, 2)) == [(LineKind.USAGE, 2, 3_333, 1)]


def test_account_knows_its_calendar_and_bot_its_rule() -> None:
    """Settings become objects; the plan is the one of the time."""
    assert ACCOUNT.calendar == Calendar("Europe/Berlin")
    assert ACCOUNT.name == "Acme GmbH"
    assert bot(TRIAL).rule.idle_timeout_ms == 900_000
    assert bot(TRIAL).plan_at(SINCE) is TRIAL
