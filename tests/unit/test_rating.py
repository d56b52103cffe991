"""Rating and invoices: from sessions to lines and sums."""

from dataclasses import replace

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind, Party, invoice_number
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.rating import correct, rate_fees, rate_sessions
from botmeter.domain.sessions import Unit
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ACCOUNT, ADVANCED, ENTERPRISE, ESSENTIAL, PLANS, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import october

OCTOBER = BillingPeriod(2026, 10)


def rated(plan: PlanVersion, usage: int, alerts: int = 0) -> list[tuple[LineKind, str, int, int]]:
    months = [OCTOBER, OCTOBER.next()]
    fees = rate_fees(bot(plan), months, ACCOUNT.calendar, billed=[], orders=[])
    lines = [*fees, *sessions(bot(plan), plan, usage, alerts)]
    return [(line.kind, line.service_period.label, line.quantity, line.amount_minor) for line in lines]


def sessions(of: Bot, plan: PlanVersion, usage: int, alerts: int = 0) -> list[InvoiceLine]:
    quantities = {(plan.ref, Unit.ALERT): alerts, (plan.ref, Unit.USAGE): usage}
    return rate_sessions(of, quantities, PLANS | {plan.ref: plan}, OCTOBER, ACCOUNT.calendar)


def included(subscription: Subscription, plan: PlanVersion, usage: int) -> tuple[int, int]:
    """How many of `usage` sessions are included, and how many are charged."""
    lines = sessions(replace(bot(plan), subscription=subscription), plan, usage)
    by_kind = {line.kind: line.quantity for line in lines}
    return by_kind.get(LineKind.INCLUDED_USAGE, 0), by_kind.get(LineKind.USAGE, 0)


def test_subscription_is_fee_in_advance_and_overage_in_arrears() -> None:
    """Fees are the plan's first and that of the month to come; sessions beyond those included are charged."""
    assert rated(ESSENTIAL, usage=8, alerts=2) == [
        (LineKind.FEE, "2026-10", 1, 4_900),
        (LineKind.FEE, "2026-11", 1, 4_900),
        (LineKind.INCLUDED_USAGE, "2026-10", 5, 0),
        (LineKind.USAGE, "2026-10", 3, 45),
        (LineKind.INCLUDED_ALERTS, "2026-10", 2, 0),
    ]


def test_prepaid_sessions_are_listed_as_paid() -> None:
    """Prepaid sessions are charged by the balance."""
    lines = sessions(bot(STANDARD), STANDARD, 3)

    assert [(line.amount_minor, line.prepaid) for line in lines] == [(60, True)]


def test_trial_is_free_and_enterprise_is_billed_elsewhere() -> None:
    """A trial's sessions cost nothing, whatever their number; an enterprise bot has no lines."""
    assert rated(TRIAL, usage=11) == [(LineKind.INCLUDED_USAGE, "2026-10", 11, 0)]
    assert rated(ENTERPRISE, usage=11) == []


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


def test_correction_is_the_difference() -> None:
    """Lines that say too much are taken back, those that say too little are added to, equal ones left."""
    billed = sessions(bot(ESSENTIAL), ESSENTIAL, 8)
    more = sessions(bot(ESSENTIAL), ESSENTIAL, 6, alerts=1)

    assert [(line.kind, line.quantity, line.amount_minor) for line in correct(more, billed)] == [
        (LineKind.USAGE, -2, -30),
        (LineKind.INCLUDED_ALERTS, 1, 0),
    ]
    assert correct(more, more) == []


def test_fees_are_corrected_by_their_own_rule() -> None:
    """Fee lines are no sessions: the correction of a period leaves them alone."""
    fees = rate_fees(bot(ESSENTIAL), [OCTOBER], ACCOUNT.calendar, billed=[], orders=[])

    assert [line.kind for line in fees] == [LineKind.FEE]
    assert correct([], fees) == []


def test_sums_are_sums_of_rounded_lines() -> None:
    """Total, paid and due add up."""
    odd = PlanVersion("odd", 1, "Odd", PlanKind.SUBSCRIPTION, "EUR", usage_price_micros=3_333)
    lines = [
        *sessions(bot(odd), odd, 2),
        *sessions(bot(STANDARD), STANDARD, 3),
    ]
    invoice = Invoice(
        "INV-000001", "a", OCTOBER, "EUR", ACCOUNT.time_zone, SINCE, Party("S"), Party("C"), tuple(lines)
    )

    assert [line.amount_minor for line in lines] == [1, 60]
    assert (invoice.total_minor, invoice.paid_minor, invoice.due_minor) == (61, 60, 1)


def test_invoice_numbers() -> None:
    """Numbers start at one."""
    assert invoice_number(1) == "INV-000001"
    with pytest.raises(ValueError, match="sequence"):
        invoice_number(0)


def test_account_knows_its_calendar_and_bot_its_rule() -> None:
    """Settings become objects; the plan is the one of the time."""
    assert ACCOUNT.calendar == Calendar("Europe/Berlin")
    assert bot(TRIAL).rule.idle_timeout_ms == 900_000
    assert bot(TRIAL).plan_at(SINCE) is TRIAL
