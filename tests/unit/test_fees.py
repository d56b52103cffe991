"""Fees: to the day, charged once, by invoices or by the orders of upgrades."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.fees import fees_of, proration
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.orders import Order, OrderedFee, OrderKind
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import rate_fees
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ACCOUNT, ADVANCED, ENTERPRISE, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import funds_order, october

BERLIN = Calendar("Europe/Berlin")
OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()
ON_ESSENTIAL = Subscription.begin(ESSENTIAL, SINCE)


def on(subscription: Subscription) -> Bot:
    return replace(bot(ESSENTIAL), subscription=subscription)


def changed(subscription: Subscription, *changes: tuple[int, PlanVersion]) -> Subscription:
    for day, plan in changes:
        subscription = subscription.changed(plan, october(day, 9), october(day, 9))
    return subscription


def amounts(subscription: Subscription, month: BillingPeriod = OCTOBER) -> list[tuple[str, int, int]]:
    return [(f.plan.plan_id, f.days, f.amount_minor) for f in fees_of(subscription, month, BERLIN)]


def order(amount_minor: int, plan: PlanVersion = ADVANCED, month: BillingPeriod = OCTOBER) -> Order:
    fee = OrderedFee(plan.ref, month, amount_minor)
    upgrade = funds_order(order_id="ord-up", kind=OrderKind.PLAN_CHANGE, bot_id="bot_essential", fee=fee)
    return replace(upgrade, amount_minor=amount_minor)


def charge(
    subscription: Subscription,
    *months: BillingPeriod,
    billed: list[InvoiceLine] | None = None,
    orders: list[Order] | None = None,
) -> list[InvoiceLine]:
    return rate_fees(on(subscription), months, BERLIN, billed or [], orders or [])


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


def test_order_before_the_invoice_of_its_month_is_taken_off() -> None:
    """An invoice that finds an order of the month shows the fees and what the order has charged of them."""
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))
    lines = charge(upgraded, OCTOBER, orders=[order(4_838).paid(october(22))])

    assert shown(lines) == [
        (LineKind.FEE, "Essential", "2026-10", 3_319),
        (LineKind.FEE, "Advanced", "2026-10", 6_419),
        (LineKind.ORDERED, "Advanced", "2026-10", -4_838),
    ]
    assert charge(upgraded, OCTOBER, billed=lines, orders=[order(4_838)]) == []


def test_order_after_the_invoice_of_its_month_is_not_charged_again() -> None:
    """What an invoice and a later order have charged together is the fee: no line is left."""
    billed = charge(ON_ESSENTIAL, OCTOBER)
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))

    assert charge(upgraded, OCTOBER, billed=billed, orders=[order(4_838).paid(october(22))]) == []


def test_pending_order_counts_as_charged() -> None:
    """As long as its payment may come, an order stands."""
    billed = charge(ON_ESSENTIAL, OCTOBER)
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))

    assert charge(upgraded, OCTOBER, billed=billed, orders=[order(4_838)]) == []


def test_failed_order_is_charged_by_the_next_invoice() -> None:
    """The upgrade is in use: what its order did not bring, the invoice charges, by the new plan's name."""
    billed = charge(ON_ESSENTIAL, OCTOBER)
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))
    lines = charge(upgraded, OCTOBER, billed=billed, orders=[order(4_838).failed("declined", october(23))])

    assert shown(lines) == [(LineKind.FEE, "Advanced", "2026-10", 4_838)]


def test_order_that_fails_after_it_was_taken_off_is_charged_then() -> None:
    """An invoice that counted on a payment is made good by the next."""
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED))
    billed = charge(upgraded, OCTOBER, orders=[order(4_838)])
    lines = charge(upgraded, OCTOBER, billed=billed, orders=[order(4_838).failed("declined", october(23))])

    assert shown(lines) == [(LineKind.FEE, "Advanced", "2026-10", 4_838)]
    assert lines[0].unit_price_micros == 48_380_000


def test_fee_of_a_billed_month_that_is_not_due_any_more_is_given_back() -> None:
    """A plan left for one without a fee costs less than was billed: the rest is a credit under its name."""
    billed = charge(ON_ESSENTIAL, OCTOBER, NOVEMBER)
    left = changed(ON_ESSENTIAL, (22, STANDARD))

    assert shown(charge(left, OCTOBER, NOVEMBER, billed=billed)) == [
        (LineKind.FEE, "Essential", "2026-10", 3_319 - 4_900),
        (LineKind.FEE, "Essential", "2026-11", -4_900),
    ]


def test_other_bots_and_other_lines_do_not_count() -> None:
    """A month is charged even if another bot's fee of it was, or sessions of this one, or funds."""
    (line,) = charge(ON_ESSENTIAL, OCTOBER)
    others = [replace(line, bot_id="bot_other"), replace(line, kind=LineKind.USAGE)]
    orders = [replace(order(4_838), bot_id="bot_other"), funds_order(bot_id="bot_essential")]

    assert charge(ON_ESSENTIAL, OCTOBER, billed=others, orders=orders) == [line]


def test_order_of_a_plan_that_was_replaced_at_once_is_taken_off_in_full() -> None:
    """An order whose plan gave way at the same instant is still charged, under the plan that came."""
    upgraded = changed(ON_ESSENTIAL, (22, ADVANCED), (22, STANDARD))
    lines = charge(upgraded, OCTOBER, orders=[order(4_838)])

    assert shown(lines)[1:] == [(LineKind.ORDERED, "Standard", "2026-10", -4_838)]
    assert not lines[1].prepaid


def test_fees_begin_with_the_account_s_day() -> None:
    """The first of November in Berlin is still October in UTC: no fee for October."""
    began = Subscription.begin(ESSENTIAL, october(31, 23))

    assert ACCOUNT.calendar == BERLIN
    assert [line.service_period for line in charge(began, OCTOBER, NOVEMBER)] == [NOVEMBER]
