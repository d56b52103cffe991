"""Subscriptions: which plan applies when, past and to come."""

from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.periods import BillingPeriod, Calendar, Move
from botmeter.domain.subscriptions import Phase, Subscription
from tests.fakes.demo import ADVANCED, ESSENTIAL, SINCE, STANDARD, TRIAL
from tests.fakes.states import october

BERLIN = Calendar("Europe/Berlin")
OCTOBER = BillingPeriod(2026, 10)
MIDDAY = timedelta(hours=12)


def days_of(subscription: Subscription, plan_id: str, month: BillingPeriod = OCTOBER) -> list[int]:
    days = subscription.days(month, BERLIN)
    return [day.day for day, phase in days if phase.plan.plan_id == plan_id]


def test_phase_applies_from_its_very_start() -> None:
    """Of two phases the later applies from the instant at which it starts; before the first, the first."""
    subscription = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, october(10), october(10))

    assert subscription.at(SINCE - timedelta(days=1)).plan is ESSENTIAL
    assert subscription.at(october(10) - timedelta(microseconds=1)).plan is ESSENTIAL
    assert subscription.at(october(10)).plan is ADVANCED


def test_trial_ends_after_its_days() -> None:
    """A trial has an end, unless another is named; other plans have none."""
    assert Subscription.begin(TRIAL, SINCE).phases[0].ends_at == october(15)
    assert Subscription.begin(TRIAL, SINCE, october(20)).phases[0].ends_at == october(20)
    assert Subscription.begin(STANDARD, SINCE).phases[0].ends_at is None


def test_plan_is_over_at_its_end() -> None:
    """The end is the first instant at which a plan is over."""
    (phase,) = Subscription.begin(TRIAL, SINCE).phases

    assert not phase.has_ended(october(15) - timedelta(microseconds=1))
    assert phase.has_ended(october(15))


def test_scheduled_change_is_pending_until_it_applies() -> None:
    """The next phase is pending as long as it has not started."""
    subscription = Subscription.begin(ADVANCED, SINCE).changed(ESSENTIAL, october(20), october(5))

    assert subscription.pending(october(5)) == Phase(ESSENTIAL, october(20))
    assert subscription.pending(october(20)) is None
    assert subscription.at(october(5)).plan is ADVANCED


def test_scheduled_change_can_be_dropped() -> None:
    """Without what is scheduled, the subscription is what it was."""
    before = Subscription.begin(ADVANCED, SINCE)

    assert before.changed(ESSENTIAL, october(20), october(5)).without_pending(october(6)) == before


def test_change_that_has_applied_is_not_dropped() -> None:
    """History is not scheduled."""
    subscription = Subscription.begin(ADVANCED, SINCE).changed(ESSENTIAL, october(20), october(5))

    assert subscription.without_pending(october(21)) == subscription


def test_change_replaces_a_scheduled_one() -> None:
    """Of several changes to come the last one chosen stays."""
    subscription = (
        Subscription.begin(ADVANCED, SINCE)
        .changed(ESSENTIAL, october(20), october(5))
        .changed(STANDARD, october(25), october(6))
    )

    assert [p.plan for p in subscription.phases] == [ADVANCED, STANDARD]


def test_several_changes_follow_one_another() -> None:
    """Each change at once begins a phase, and the earlier ones stay."""
    subscription = (
        Subscription.begin(TRIAL, SINCE)
        .changed(ESSENTIAL, october(5), october(5))
        .changed(ADVANCED, october(9), october(9))
    )

    assert [(p.plan, p.starts_at) for p in subscription.phases] == [
        (TRIAL, SINCE),
        (ESSENTIAL, october(5)),
        (ADVANCED, october(9)),
    ]


def test_second_change_of_one_instant_replaces_the_first() -> None:
    """Of two changes at one instant the last applies, and the beginning is kept."""
    subscription = (
        Subscription.begin(ESSENTIAL, SINCE)
        .changed(ADVANCED, october(9), october(9))
        .changed(STANDARD, october(9), october(9))
    )
    at_the_beginning = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, SINCE, SINCE)

    assert [p.plan for p in subscription.phases] == [ESSENTIAL, STANDARD]
    assert [p.plan for p in at_the_beginning.phases] == [ESSENTIAL, ADVANCED]
    assert at_the_beginning.at(SINCE).plan is ADVANCED


def test_subscription_that_begins_later_is_no_scheduled_change() -> None:
    """What has not begun cannot be cancelled: a subscription has always one phase."""
    subscription = Subscription.begin(ESSENTIAL, october(20))

    assert subscription.pending(october(5)) is None
    assert subscription.without_pending(october(5)) == subscription


def test_extension_moves_the_end() -> None:
    """A plan that still runs ends later, and what is scheduled stays."""
    subscription = Subscription.begin(TRIAL, SINCE).changed(ESSENTIAL, october(31), october(5))
    extended = subscription.extended(october(29), october(5))

    assert extended.phases == (Phase(TRIAL, SINCE, october(29)), Phase(ESSENTIAL, october(31)))


def test_extension_of_an_ended_plan_begins_it_again() -> None:
    """Between its end and its extension a plan stays over: nothing is charged for these days."""
    ended = Subscription.begin(ESSENTIAL, SINCE, october(10))
    extended = ended.extended(october(25), october(20, 9))

    assert extended.at(october(15)).has_ended(october(15))
    assert not extended.at(october(20, 9)).has_ended(october(20, 9))
    assert days_of(extended, "essential") == [*range(1, 11), *range(20, 26)]


def test_day_belongs_to_the_plan_at_its_end() -> None:
    """The day of a change is the new plan's, at whatever hour it happened."""
    subscription = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, october(22, 21), october(22, 21))

    assert days_of(subscription, "essential") == list(range(1, 22))
    assert days_of(subscription, "advanced") == list(range(22, 32))


def test_days_are_local() -> None:
    """At 22:00 UTC it is the next day in Berlin: the change is of that day."""
    subscription = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, october(22, 22), october(22, 22))

    assert days_of(subscription, "advanced")[0] == 23


def test_no_plan_before_the_beginning_and_after_the_end() -> None:
    """Days before the first phase are nobody's; the day on which a plan ends is still its own."""
    subscription = Subscription.begin(ESSENTIAL, october(5, 12), october(9, 12))

    assert days_of(subscription, "essential") == [5, 6, 7, 8, 9]


def test_plan_that_ends_at_midnight_has_no_part_of_the_day_after() -> None:
    """An end at local midnight is the end of the day before."""
    subscription = Subscription.begin(ESSENTIAL, october(5), october(8, 22))

    assert days_of(subscription, "essential")[-1] == 8


@pytest.mark.parametrize(
    ("zone", "month"),
    [
        ("Europe/Berlin", "2026-03"),
        ("Europe/Berlin", "2026-10"),
        ("America/Sao_Paulo", "2018-11"),
        ("America/Sao_Paulo", "2018-02"),
        ("Pacific/Apia", "2011-12"),
        ("UTC", "2028-02"),
    ],
)
def test_month_has_its_days_whatever_the_clocks_do(zone: str, month: str) -> None:
    """A month of 23, 25 or skipped hours has the days of the calendar, each once."""
    period = BillingPeriod.parse(month)
    subscription = Subscription.begin(ESSENTIAL, datetime(2010, 1, 1, tzinfo=UTC))
    days = [day for day, _ in subscription.days(period, Calendar(zone))]

    expected = [period.first_day + timedelta(days=n) for n in range(period.last_day.day)]
    assert days == expected


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("America/Sao_Paulo", date(2018, 11, 4)),
        ("America/Sao_Paulo", date(2018, 2, 18)),
    ],
)
def test_change_on_a_day_of_another_length(zone: str, day: date) -> None:
    """Where the clocks change, a plan that begins with the day or at its noon has this day as its first."""
    begins = Calendar(zone).start_of_day(day)
    for at in (begins, begins + MIDDAY):
        subscription = Subscription.begin(ESSENTIAL, begins - timedelta(days=90)).changed(ADVANCED, at, at)
        days = subscription.days(BillingPeriod(day.year, day.month), Calendar(zone))
        assert min(d for d, phase in days if phase.plan is ADVANCED) == day


def test_day_that_clocks_skip_is_of_the_plan_that_begins_with_it() -> None:
    """In Apia the thirtieth and the thirty-first of December 2011 began together."""
    calendar, december = Calendar("Pacific/Apia"), BillingPeriod(2011, 12)
    begins = calendar.start_of_day(date(2011, 12, 31))
    before = Subscription.begin(ESSENTIAL, begins - timedelta(days=90))
    for at, first in ((begins, 30), (begins + MIDDAY, 31)):
        days = before.changed(ADVANCED, at, at).days(december, calendar)
        assert min(day.day for day, phase in days if phase.plan is ADVANCED) == first


def test_day_that_is_skipped_is_of_the_plan_that_begins_with_it() -> None:
    """An account moves so far east that its month's first day is empty: the plan of the month has it, too."""
    calendar = Calendar("Pacific/Pago_Pago", (Move(date(2026, 11, 1), "Pacific/Kiritimati"),))
    november = OCTOBER.next()
    at = november.start(calendar)
    subscription = Subscription.begin(ADVANCED, SINCE).changed(ESSENTIAL, at, SINCE)

    assert {phase.plan for _, phase in subscription.days(november, calendar)} == {ESSENTIAL}
    assert subscription.days_touched("essential@1", november, calendar) == 30
    assert subscription.days_touched("advanced@1", november, calendar) == 0


def test_day_of_a_change_is_touched_by_both_plans() -> None:
    """For what is included, a day counts for each plan that applied on it, be it for a moment."""
    subscription = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, october(22, 12), october(22, 12))

    assert subscription.days_touched("essential@1", OCTOBER, BERLIN) == 22
    assert subscription.days_touched("advanced@1", OCTOBER, BERLIN) == 10
    assert subscription.days_touched("standard@1", OCTOBER, BERLIN) == 0


def test_day_on_which_a_plan_came_back_is_touched_once() -> None:
    """Two phases of one plan version on a day are one day."""
    subscription = (
        Subscription.begin(ESSENTIAL, SINCE)
        .changed(ADVANCED, october(22, 10), october(22, 10))
        .changed(ESSENTIAL, october(22, 12), october(22, 12))
    )

    assert subscription.days_touched("essential@1", OCTOBER, BERLIN) == 31


def test_plan_does_not_touch_days_after_its_end() -> None:
    """A plan that is over includes nothing any more."""
    subscription = Subscription.begin(ESSENTIAL, SINCE, october(10, 12))

    assert subscription.days_touched("essential@1", OCTOBER, BERLIN) == 10
