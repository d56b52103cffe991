"""What reconciling knows of plans, prices and deadlines, on its own account."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.explanations import Settled
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.domain.settlement import Metered, UsageRecord
from botmeter.domain.subscriptions import Subscription
from botmeter_cli.reconcile.deadlines import Billing
from botmeter_cli.reconcile.plans import days_on, plan_at, plans_of
from botmeter_cli.reconcile.recount import Window
from botmeter_cli.reconcile.tariff import rounded
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, SINCE, bot, conversation, delivery

HOUR_MS = 3_600_000
AT_MS = to_ms(datetime(2026, 10, 20, 12, tzinfo=UTC))
GRACE = timedelta(hours=72)
CHANGED_AT = SINCE + timedelta(days=9, hours=12)
CHANGED = replace(
    bot(ESSENTIAL), subscription=Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, CHANGED_AT, SINCE)
)
OCTOBER, NOVEMBER, DECEMBER = (BillingPeriod(2026, month) for month in (10, 11, 12))


def settled(start: int, end: int, revision: int = 1, plan: str = "old@1", **more: str) -> Settled:
    """A window of some hours, or its reversal; `more` may say what it `reverses`."""
    metered = Metered(AT_MS + start * HOUR_MS, AT_MS + end * HOUR_MS, 0, (AT_MS,))
    return Settled("", UsageRecord(conversation(), revision, metered, plan, "v1-15", more.get("reverses")))


def by_start(window: Window) -> str:
    """A bot's plan: a new one from an hour on."""
    return "old@1" if window.start_ms < AT_MS + HOUR_MS else "new@1"


def hours(plans: dict[Window, str]) -> dict[tuple[int, int], str]:
    """Plans by the hours of their windows."""
    return {
        ((w.start_ms - AT_MS) // HOUR_MS, (w.end_ms - AT_MS) // HOUR_MS): plan for w, plan in plans.items()
    }


def test_window_is_on_the_plan_at_its_start() -> None:
    """Whatever it was recorded on."""
    assert hours(plans_of([settled(0, 1), settled(2, 3)], by_start)) == {(0, 1): "old@1", (2, 3): "new@1"}


def test_correction_stays_on_the_plan_of_what_it_corrects() -> None:
    """Also one of a correction, and one that shares no time with the first that is taken back."""
    records = [
        settled(0, 3),
        settled(0, 3, 2, reverses="r"),
        settled(0, 1, 2),
        settled(2, 3, 2),
        settled(8, 9, 2),
        settled(2, 3, 3, reverses="r"),
        settled(2, 4, 3),
    ]

    assert hours(plans_of(records, by_start)) == {
        (0, 3): "old@1",
        (0, 1): "old@1",
        (2, 3): "old@1",
        (8, 9): "new@1",
        (2, 4): "old@1",
    }


def test_correction_of_what_was_not_read_is_on_the_plan_at_its_start() -> None:
    """The record that is taken back is older than what was read."""
    records = [settled(2, 3, 2, reverses="r"), settled(2, 4, 2)]

    assert hours(plans_of(records, by_start)) == {(2, 3): "new@1", (2, 4): "new@1"}


def test_alert_that_was_delivered_earlier_stays_on_its_plan() -> None:
    """However far apart the two are."""
    first = [settled(2, 2), settled(2, 2, 2, reverses="r"), settled(0, 0, 2)]
    records = [replace(one, record=replace(one.record, subject=delivery())) for one in first]

    assert hours(plans_of(records, by_start)) == {(2, 2): "new@1", (0, 0): "new@1"}


def test_plan_of_a_bot_is_its_last_phase_that_has_begun() -> None:
    """Before all of them, it is the first."""
    changed_ms = to_ms(CHANGED_AT)
    found = [plan_at(CHANGED, ms) for ms in (0, changed_ms - 1, changed_ms)]

    assert found == ["essential@1", "essential@1", "advanced@1"]


def test_days_on_a_plan_are_those_that_it_touched() -> None:
    """The day of a change is both plans'; a plan that has ended has no more."""
    bounds = [ACCOUNT.calendar.start_of_day(date(2026, 10, day)) for day in range(1, 32)]
    ended = Subscription.begin(ESSENTIAL, SINCE, SINCE + timedelta(days=2))

    assert [days_on(CHANGED, plan, bounds) for plan in ("essential@1", "advanced@1", "trial@1")] == [
        10,
        21,
        0,
    ]
    assert days_on(replace(CHANGED, subscription=ended), "essential@1", bounds) == 3


@pytest.mark.parametrize(
    ("micros", "currency", "minor"),
    [(4_999, "EUR", 0), (5_000, "EUR", 1), (-5_000, "EUR", -1), (1_499_999, "JPY", 1), (1_500, "KWD", 2)],
)
def test_half_a_minor_unit_is_rounded_away_from_zero(micros: int, currency: str, minor: int) -> None:
    """By the digits of the currency."""
    assert rounded(micros, currency) == minor


@pytest.mark.parametrize(
    ("period", "billed", "days_late", "is_done", "goes_on"),
    [
        (OCTOBER, [], 0, False, True),
        (OCTOBER, [], 2, False, False),
        (OCTOBER, [OCTOBER], 2, True, True),
        (NOVEMBER, [OCTOBER], 2, False, True),
        (BillingPeriod(2026, 9), [], 0, False, True),
        (BillingPeriod(2026, 9), [OCTOBER], 0, True, True),
        (BillingPeriod(2026, 5), [], 0, False, True),
        (BillingPeriod(2026, 4), [], 0, False, False),
        (BillingPeriod(2026, 6), [OCTOBER], 0, True, True),
        (BillingPeriod(2026, 5), [OCTOBER], 0, True, False),
    ],
)
def test_sessions_wait_for_an_invoice_that_will_come(
    period: BillingPeriod, billed: list[BillingPeriod], days_late: int, *, is_done: bool, goes_on: bool
) -> None:
    """The next one looks five periods back, and must not be late itself. The account begins in October."""
    now = OCTOBER.end(ACCOUNT.calendar) + GRACE + timedelta(days=days_late)
    billing = Billing(ACCOUNT, billed, GRACE, now)

    assert (billing.is_done(period), billing.goes_on(period)) == (is_done, goes_on)
