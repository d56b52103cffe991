"""Fees: to the day, charged once, by invoices or by the orders of upgrades."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.billed import Billed, lines_by_bot
from botmeter.domain.drafts import bot_lines
from botmeter.domain.fees import fees_of, proration
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.orders import OrderedFee
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import Rates
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.tax import Tax, TaxCategory
from tests.fakes.demo import ACCOUNT, ADVANCED, ENTERPRISE, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.documents import invoice
from tests.fakes.states import october

BERLIN = Calendar("Europe/Berlin")
OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()
VAT = Tax(TaxCategory.STANDARD, 1_900, "DE")
ON_ESSENTIAL = Subscription.begin(ESSENTIAL, SINCE)


def on(subscription: Subscription) -> Bot:
    return replace(bot(ESSENTIAL), subscription=subscription)


def changed(subscription: Subscription, *changes: tuple[int, PlanVersion]) -> Subscription:
    for day, plan in changes:
        subscription = subscription.changed(plan, october(day, 9), october(day, 9))
    return subscription


def amounts(subscription: Subscription, month: BillingPeriod = OCTOBER) -> list[tuple[str, int, int]]:
    return [(f.plan.plan_id, f.days, f.amount_minor) for f in fees_of(subscription, month, BERLIN)]


def charge(
    subscription: Subscription, *months: BillingPeriod, billed: list[InvoiceLine] | None = None
) -> list[InvoiceLine]:
    rates = Rates(on(subscription), BERLIN, lambda _: VAT)
    before = lines_by_bot([Billed(invoice(billed or []))])
    lines = bot_lines(rates, [], {}, months, before[rates.bot.bot_id], fees_from=months[0])
    return [line for line in lines if line.service_period in months]


def shown(lines: list[InvoiceLine]) -> list[tuple[LineKind, str, str, int]]:
    return [(line.kind, line.plan_name, line.service_period.label, line.amount_minor) for line in lines]


def test_whole_month_costs_the_whole_fee() -> None:
    """A plan that applies on all days of a month costs its fee."""
    assert amounts(ON_ESSENTIAL) == [("essential", 31, 4_900)]


def test_part_of_a_month_costs_its_days() -> None:
    """A plan from the 22nd on costs ten of October's 31 days: 49.00 * 10 / 31."""
    assert amounts(Subscription.begin(ESSENTIAL, october(22, 9))) == [("essential", 10, 1_581)]


def test_two_phases_share_a_month() -> None:
    """Each plan costs its days; the day of the change is the new plan's."""
    assert amounts(changed(ON_ESSENTIAL, (22, ADVANCED))) == [
        ("essential", 21, 3_319),
        ("advanced", 10, 6_419),
    ]


def test_three_phases_share_a_month() -> None:
    """A plan that comes back is charged for both of its times."""
    assert amounts(changed(ON_ESSENTIAL, (10, ADVANCED), (20, ESSENTIAL))) == [
        ("essential", 9, 1_423),
        ("advanced", 10, 6_419),
        ("essential", 12, 1_897),
    ]


def test_ended_plan_costs_the_days_until_its_end() -> None:
    """After a plan's end there is no fee, neither in the month nor later."""
    ended = Subscription.begin(ESSENTIAL, SINCE, october(10, 9))

    assert amounts(ended) == [("essential", 10, 1_581)]
    assert amounts(ended, NOVEMBER) == []


@pytest.mark.parametrize(("year", "days", "amount"), [(2027, 9, 1_575), (2028, 10, 1_690)])
def test_february_has_the_days_of_its_year(year: int, days: int, amount: int) -> None:
    """From the 20th on, a leap year's February has one day more to charge, of one more in all."""
    since = datetime(year, 2, 20, 9, tzinfo=UTC)

    assert amounts(Subscription.begin(ESSENTIAL, since), BillingPeriod(year, 2)) == [
        ("essential", days, amount)
    ]


@pytest.mark.parametrize(
    "plan", [TRIAL, STANDARD, ENTERPRISE, replace(ESSENTIAL, monthly_fee_micros=0)], ids=lambda p: p.kind
)
def test_plans_without_a_fee(plan: PlanVersion) -> None:
    """Only subscriptions have fees, and not all of them."""
    assert amounts(Subscription.begin(plan, SINCE)) == []


def test_upgrade_costs_the_difference() -> None:
    """The order of an upgrade is the month's fees after the change less those before."""
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))

    fee = proration(ON_ESSENTIAL, upgraded, ADVANCED, OCTOBER, BERLIN)
    assert fee == OrderedFee("advanced@1", OCTOBER, 3_319 + 6_419 - 4_900)


def test_second_upgrade_of_a_month_costs_what_is_then_missing() -> None:
    """Orders of one month add up to the fees of it."""
    first = changed(Subscription.begin(TRIAL, SINCE), (5, ESSENTIAL))
    second = changed(first, (22, ADVANCED))
    trial = Subscription.begin(TRIAL, SINCE)
    ordered = [
        proration(trial, first, ESSENTIAL, OCTOBER, BERLIN),
        proration(first, second, ADVANCED, OCTOBER, BERLIN),
    ]

    assert sum(fee.amount_minor for fee in ordered if fee) == sum(n for *_, n in amounts(second))


def test_change_that_costs_nothing_more_makes_no_order() -> None:
    """A change to a plan without a fee is not charged."""
    without_fee = changed(ON_ESSENTIAL, (22, STANDARD))

    assert proration(ON_ESSENTIAL, without_fee, STANDARD, OCTOBER, BERLIN) is None


def test_months_are_charged_in_advance_and_the_first_with_them() -> None:
    """The first invoice charges the month that it is for and the one to come, no month twice."""
    first = charge(ON_ESSENTIAL, OCTOBER, NOVEMBER)

    assert [(line.service_period.label, line.amount_minor) for line in first] == [
        ("2026-10", 4_900),
        ("2026-11", 4_900),
    ]
    assert charge(ON_ESSENTIAL, OCTOBER, NOVEMBER, billed=first) == []


def test_part_of_a_month_names_its_days() -> None:
    """A fee for all days of a month names none."""
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))
    lines = charge(upgraded, OCTOBER, NOVEMBER)

    assert [(line.plan_name, line.days, line.amount_minor) for line in lines] == [
        ("Essential", 21, 3_319),
        ("Advanced", 10, 6_419),
        ("Advanced", 0, 19_900),
    ]
    assert charge(upgraded, OCTOBER, NOVEMBER, billed=lines) == []


def test_upgrade_of_a_month_that_was_charged_is_a_proration() -> None:
    """One line has what is missing, under the name of the month's last plan."""
    billed = charge(ON_ESSENTIAL, OCTOBER)
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))
    (line,) = lines = charge(upgraded, OCTOBER, billed=billed)

    assert shown(lines) == [(LineKind.PRORATION, "Advanced", "2026-10", 4_838)]
    assert (line.quantity, line.unit_price_micros, line.days, line.prepaid) == (1, 48_380_000, 0, False)
    assert charge(upgraded, OCTOBER, billed=[*billed, line]) == []


def test_downgrade_of_a_month_that_was_charged_is_a_proration_below_zero() -> None:
    """What was charged too much comes back: the price stays positive, the quantity does not."""
    on_advanced = Subscription.begin(ADVANCED, SINCE)
    billed = charge(on_advanced, OCTOBER)
    (line,) = charge(changed(on_advanced, (22, ESSENTIAL)), OCTOBER, billed=billed)

    assert (line.kind, line.plan_name, line.quantity) == (LineKind.PRORATION, "Essential", -1)
    assert (line.unit_price_micros, line.amount_minor) == (48_380_000, 13_481 + 1_581 - 19_900)


def test_fee_of_a_billed_month_that_is_not_due_any_more_is_given_back() -> None:
    """A plan left for one without a fee costs less than was billed: the rest comes back under its name."""
    billed = charge(ON_ESSENTIAL, OCTOBER, NOVEMBER)
    left = changed(ON_ESSENTIAL, (22, STANDARD))
    lines = charge(left, OCTOBER, NOVEMBER, billed=billed)

    assert shown(lines) == [
        (LineKind.PRORATION, "Essential", "2026-10", 3_319 - 4_900),
        (LineKind.PRORATION, "Essential", "2026-11", -4_900),
    ]
    assert [(line.quantity, line.unit_price_micros, line.days) for line in lines] == [
        (-1, 15_810_000, 0),
        (-1, 49_000_000, 0),
    ]


def test_other_bots_and_other_lines_do_not_count() -> None:
    """A month is charged even if another bot's fee of it was, or what this one's free credits paid."""
    (line,) = charge(ON_ESSENTIAL, OCTOBER)
    nothing = replace(line, kind=LineKind.FREE_CREDITS, unit_price_micros=0, amount_minor=0)

    assert charge(ON_ESSENTIAL, OCTOBER, billed=[replace(line, bot_id="bot_other"), nothing]) == [line]


def test_fees_begin_with_the_account_s_day() -> None:
    """The first of November in Berlin is still October in UTC: no fee for October."""
    began = Subscription.begin(ESSENTIAL, october(31, 23))

    assert ACCOUNT.calendar == BERLIN
    assert [line.service_period for line in charge(began, OCTOBER, NOVEMBER)] == [NOVEMBER]
