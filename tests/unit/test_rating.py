"""Rating and invoices: from sessions to lines and sums."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botmeter.domain.accounts import Balance, BalanceStatus, balance_status, covered_sessions
from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind, Party, invoice_number
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.rating import correct, rate_fees, rate_sessions
from botmeter.domain.sessions import Unit
from tests.fakes.demo import ACCOUNT, ENTERPRISE, ESSENTIAL, PLANS, SINCE, STANDARD, TRIAL, bot

OCTOBER = BillingPeriod(2026, 10)


def rated(plan: PlanVersion, usage: int, alerts: int = 0) -> list[tuple[LineKind, str, int, int]]:
    quantities = {(plan.ref, Unit.ALERT): alerts, (plan.ref, Unit.USAGE): usage}
    fees = rate_fees(bot(plan), OCTOBER, ACCOUNT.zone, billed=[])
    lines = [*fees, *rate_sessions(bot(plan), quantities, PLANS, OCTOBER)]
    return [(line.kind, line.service_period.label, line.quantity, line.amount_minor) for line in lines]


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
    lines = rate_sessions(bot(STANDARD), {("standard@1", Unit.USAGE): 3}, PLANS, OCTOBER)

    assert [(line.amount_minor, line.prepaid) for line in lines] == [(60, True)]


def test_trial_is_free_and_enterprise_is_billed_elsewhere() -> None:
    """A trial's sessions cost nothing, whatever their number; an enterprise bot has no lines."""
    assert rated(TRIAL, usage=11) == [(LineKind.INCLUDED_USAGE, "2026-10", 11, 0)]
    assert rated(ENTERPRISE, usage=11) == []


def fees(since: datetime, period: BillingPeriod, billed: list[InvoiceLine]) -> list[tuple[str, int]]:
    lines = rate_fees(replace(bot(ESSENTIAL), plan_since=since), period, ACCOUNT.zone, billed)
    return [(line.service_period.label, line.amount_minor) for line in lines]


def test_month_is_charged_once() -> None:
    """The invoice after the plan's first charges the month to come alone."""
    first = rate_fees(bot(ESSENTIAL), OCTOBER, ACCOUNT.zone, billed=[])

    assert fees(SINCE, OCTOBER.next(), first) == [("2026-12", 4_900)]


def test_fee_begins_with_the_plan() -> None:
    """No fee for months before the plan began, by the account's calendar."""
    # The first of November in Berlin is still October in UTC.
    began = datetime(2026, 10, 31, 23, tzinfo=UTC)

    assert fees(began, OCTOBER.previous(), []) == []
    assert fees(began, OCTOBER, []) == [("2026-11", 4_900)]


def test_first_month_is_charged_from_the_day_on() -> None:
    """A plan that began on the 22nd costs the last ten of October's 31 days: 49.00 * 10 / 31."""
    began = datetime(2026, 10, 22, 12, tzinfo=UTC)

    assert fees(began, OCTOBER, []) == [
        ("2026-10", 1_581),
        ("2026-11", 4_900),
    ]


def test_correction_is_the_difference() -> None:
    """Lines that say too much are taken back, those that say too little are added to, equal ones left."""
    billed = rate_sessions(bot(ESSENTIAL), {("essential@1", Unit.USAGE): 8}, PLANS, OCTOBER)
    more = rate_sessions(
        bot(ESSENTIAL), {("essential@1", Unit.USAGE): 6, ("essential@1", Unit.ALERT): 1}, PLANS, OCTOBER
    )

    assert [(line.kind, line.quantity, line.amount_minor) for line in correct(more, billed)] == [
        (LineKind.USAGE, -2, -30),
        (LineKind.INCLUDED_ALERTS, 1, 0),
    ]
    assert correct(more, more) == []


def test_sums_are_sums_of_rounded_lines() -> None:
    """Total, paid and due add up."""
    odd = PlanVersion("odd", 1, "Odd", PlanKind.SUBSCRIPTION, "EUR", usage_price_micros=3_333)
    lines = [
        *rate_sessions(bot(odd), {("odd@1", Unit.USAGE): 2}, {"odd@1": odd}, OCTOBER),
        *rate_sessions(bot(STANDARD), {("standard@1", Unit.USAGE): 3}, PLANS, OCTOBER),
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


@pytest.mark.parametrize(
    ("plan", "balance", "covered", "status"),
    [
        (TRIAL, Balance(usage_sessions=3), 7, BalanceStatus.SUFFICIENT),
        (TRIAL, Balance(usage_sessions=8), 2, BalanceStatus.LOW),
        (TRIAL, Balance(usage_sessions=12), 0, BalanceStatus.EXHAUSTED),
        (STANDARD, Balance(10_000_000, 10_000_000), 50, BalanceStatus.SUFFICIENT),
        (STANDARD, Balance(2_000_000, 10_000_000), 10, BalanceStatus.LOW),
        (STANDARD, Balance(199_999, 10_000_000), 0, BalanceStatus.EXHAUSTED),
        (STANDARD, Balance(-1, 10_000_000), 0, BalanceStatus.EXHAUSTED),
        (ESSENTIAL, Balance(), None, BalanceStatus.SUFFICIENT),
    ],
)
def test_what_a_balance_covers(
    plan: PlanVersion, balance: Balance, covered: int | None, status: BalanceStatus
) -> None:
    """A trial covers sessions, a prepaid balance what its price allows, others are not limited."""
    assert covered_sessions(plan, balance) == covered
    assert balance_status(plan, balance) is status


def test_account_knows_its_zone_and_bot_its_rule() -> None:
    """Settings become objects."""
    assert ACCOUNT.zone.key == "Europe/Berlin"
    assert bot(TRIAL).rule.idle_timeout_ms == 900_000
