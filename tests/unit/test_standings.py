"""Standings: what time alone will change, and what is announced once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import Balance, EntitlementReason, Funds, SharedCredits, Standing
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import Grant, Wallet
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType
from botmeter.domain.plan_changes import change_plan, plan_change
from botmeter.domain.plans import PlanVersion
from botmeter.domain.standings import stand
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ADVANCED, ESSENTIAL, SINCE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.states import (
    NOW,
    draft,
    free,
    looked_at,
    october,
    paid,
    settled,
    state,
    used,
)

CHEAP = replace(STANDARD, low_balance_micros=0)
NOBODY_ELSE = SharedCredits()


def on(subscription: Subscription) -> Bot:
    return replace(bot(STANDARD), subscription=subscription)


def schedule(standing: Standing) -> list[tuple[datetime, EntitlementReason]]:
    return [(e.since, e.reason) for e in standing.entitlements]


def told(change: Change) -> list[tuple[OutgoingType, str]]:
    return [(e.type, e.data.get("threshold") or e.data.get("days") or "") for e in change.events]


def at_times(of: BotState, *times: datetime) -> list[list[OutgoingEvent]]:
    """What is announced when a bot is looked at, at one time after the other."""
    events = []
    for time in times:
        change = looked_at(of, time)
        events.append(list(change.events))
        of = change.after
    return events


def test_trial_will_end() -> None:
    """A trial is allowed now and not from its end on."""
    standing = stand(bot(TRIAL), Balance(), NOBODY_ELSE, NOW)

    assert schedule(standing) == [
        (NOW, EntitlementReason.TRIAL),
        (october(15), EntitlementReason.TRIAL_ENDED),
    ]


def test_grants_will_expire() -> None:
    """When the last grant with something left expires, nothing is left to answer with."""
    shared = SharedCredits(Wallet((free(5, until=october(20)), free(5, until=october(10), grant_id="b"))))
    standing = stand(bot(STANDARD), Balance(), shared, NOW)

    assert schedule(standing) == [
        (NOW, EntitlementReason.CREDITS),
        (october(20), EntitlementReason.CREDITS_EXHAUSTED),
    ]
    assert standing.next_change_at == october(10)


def test_change_of_plan_will_apply() -> None:
    """A scheduled change to a prepaid plan without funds stops the bot when it applies."""
    subscription = Subscription.begin(ADVANCED, SINCE).changed(STANDARD, october(31), NOW)
    standing = stand(on(subscription), Balance(), NOBODY_ELSE, NOW)

    assert schedule(standing) == [
        (NOW, EntitlementReason.PLAN),
        (october(31), EntitlementReason.CREDITS_EXHAUSTED),
    ]


def test_plan_that_brings_free_credits_will_be_covered_by_them() -> None:
    """Nobody has to run at midnight: a bot may answer on the credits that its next plan brings."""
    downgraded = Subscription.begin(ESSENTIAL, SINCE).changed(WELCOMING, october(20), NOW)
    standing = stand(replace(bot(ESSENTIAL), subscription=downgraded), Balance(), SharedCredits(), NOW)
    without = replace(SharedCredits(), free_credits_granted=True)
    refused = stand(replace(bot(ESSENTIAL), subscription=downgraded), Balance(), without, NOW)

    assert standing.entitlement_at(october(20)).reason is EntitlementReason.CREDITS
    assert refused.entitlement_at(october(20)).reason is EntitlementReason.CREDITS_EXHAUSTED


def test_nothing_will_change() -> None:
    """A plan without an end, and grants that do not matter to it, stand as they are."""
    shared = SharedCredits(Wallet((free(5, until=october(20)),)))
    standing = stand(bot(ESSENTIAL), Balance(), shared, NOW)

    assert schedule(standing) == [(NOW, EntitlementReason.PLAN)]
    assert standing.next_change_at is None


@pytest.mark.parametrize(
    ("now", "next_change_at"),
    [
        (NOW, october(8)),
        (october(8), october(12)),
        (october(12), october(14)),
        (october(14), october(15)),
        (october(15), None),
    ],
)
def test_next_look_is_at_the_next_announcement(now: datetime, next_change_at: datetime | None) -> None:
    """A bot is looked at again seven, three and one days before its plan's end, and at the end."""
    assert stand(bot(TRIAL), Balance(), NOBODY_ELSE, now).next_change_at == next_change_at


@pytest.mark.parametrize("used_sessions", [0, 10])
@pytest.mark.parametrize("shared", [(), (free(5, until=october(9)), free(9, 3, until=october(18)))])
@pytest.mark.parametrize(
    "subscription",
    [
        Subscription.begin(TRIAL, SINCE),
        Subscription.begin(STANDARD, SINCE, october(25)),
        Subscription.begin(STANDARD, SINCE).changed(ESSENTIAL, october(12), NOW),
        Subscription.begin(ADVANCED, SINCE, october(20)).changed(STANDARD, october(12), NOW),
    ],
)
def test_schedule_says_what_funds_say_at_any_time(
    subscription: Subscription, shared: tuple[Grant, ...], used_sessions: int
) -> None:
    """As long as nothing happens, the written schedule and the rule give the same reason at every hour."""
    balance, of_account = Balance(usage_sessions=used_sessions), SharedCredits(Wallet(shared))
    standing = stand(on(subscription), balance, of_account, NOW)
    hours = [NOW + timedelta(hours=n) for n in range(24 * 30)]

    written = [standing.entitlement_at(hour).reason for hour in hours]
    assert written == [Funds(subscription, balance, of_account, hour).reason for hour in hours]


def test_first_standing_announces_nothing() -> None:
    """A bot that nobody looked at before begins as it is: low or not, that is no news."""
    assert looked_at(state(STANDARD)).events == ()


def test_each_crossing_is_announced_once() -> None:
    """The settlement that crosses a threshold tells of it, with what is still covered; the next does not."""
    change = used(settled(state(CHEAP, paid(100))), 80)
    (event,) = change.events

    assert (event.type, event.bot_id, event.occurred_at) == (OutgoingType.BALANCE_LOW, "bot_standard", NOW)
    assert event.data == {"plan": "standard@1", "threshold": "20", "covered_sessions": "100"}
    assert told(used(change.after, 5)) == []


def test_what_is_skipped_is_announced_together() -> None:
    """One settlement that crosses all thresholds tells of each."""
    change = used(settled(state(STANDARD, paid(100))), 101)

    assert told(change) == [
        (OutgoingType.BALANCE_EXHAUSTED, "0"),
        (OutgoingType.BALANCE_LOW, "10"),
        (OutgoingType.BALANCE_LOW, "20"),
        (OutgoingType.BALANCE_LOW, "fixed"),
    ]


def test_crossing_is_announced_again_after_it_was_left() -> None:
    """Back above a threshold and below it once more: that is a second event, with an id of its own."""
    low = used(settled(state(CHEAP, paid(100))), 80)
    corrected = used(low.after, -10, reference="s-2")
    again = used(corrected.after, 15, reference="s-3")

    assert told(corrected) == []
    assert told(again) == [(OutgoingType.BALANCE_LOW, "20")]
    assert again.events[0].event_id != low.events[0].event_id


def test_repeated_change_announces_the_same_ids() -> None:
    """A change that is computed again after a conflict elsewhere tells the same events."""
    before = settled(state(CHEAP, paid(100)))

    assert used(before, 80).events == used(before, 80).events


def test_trial_announces_its_days() -> None:
    """A trial that nobody touches tells seven, three and one days before, and at the end; each once."""
    week = timedelta(days=7)
    times = [october(15) - week, october(12), october(13), october(14), october(15), october(16)]
    events = at_times(settled(state(TRIAL)), *times)

    assert [[(e.type, e.data) for e in told_then] for told_then in events] == [
        [(OutgoingType.PLAN_EXPIRING, {"plan": "trial@1", "days": "7"})],
        [(OutgoingType.PLAN_EXPIRING, {"plan": "trial@1", "days": "3"})],
        [],
        [(OutgoingType.PLAN_EXPIRING, {"plan": "trial@1", "days": "1"})],
        [(OutgoingType.PLAN_ENDED, {"plan": "trial@1"})],
        [],
    ]


def test_scheduled_change_is_announced_when_it_applies() -> None:
    """Choosing a change for later tells nothing yet; the plan that begins is announced when it does."""
    scheduling = draft(settled(state(ADVANCED)))
    change_plan(scheduling, plan_change(scheduling, ESSENTIAL))
    chosen = scheduling.done()
    applied, afterwards = at_times(chosen.after, october(31, 23), october(31, 23))

    assert chosen.events == ()
    assert [(e.type, e.data) for e in applied] == [(OutgoingType.PLAN_CHANGED, {"plan": "essential@1"})]
    assert afterwards == []


def test_expiry_of_shared_credits_exhausts_each_bot() -> None:
    """Each bot that lived on the credits tells that it is exhausted when they expire."""
    wallet = Wallet((free(5, until=october(9)),))
    one = settled(state(bot(CHEAP, "bot_a"), shared=wallet))
    other = settled(state(bot(CHEAP, "bot_b"), shared=wallet))

    for of in (one, other):
        assert (OutgoingType.BALANCE_EXHAUSTED, "0") in told(looked_at(of, october(9)))


@pytest.mark.parametrize("plan", [ESSENTIAL, STANDARD])
def test_ids_are_unique_among_the_events_of_a_type(plan: PlanVersion) -> None:
    """No two events of one change have the same id."""
    drafted = draft(settled(state(TRIAL)), october(14, 12))
    change_plan(drafted, plan_change(drafted, plan))
    ids = [(event.type, event.event_id) for event in drafted.done().events]

    assert len(ids) == len(set(ids)) > 0
