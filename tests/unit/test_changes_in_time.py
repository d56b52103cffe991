"""Changes by clocks that differ and runs that come late: what was written is not taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import SharedCredits
from botmeter.domain.credits import EntryReason
from botmeter.domain.plan_changes import change_plan, plan_change, why_stay
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ADVANCED, ESSENTIAL, SINCE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.states import EURO, NOW, draft, free, looked_at, october, paid, settled, state, used


def upgraded_after(seconds: int) -> tuple[list[str], list[str]]:
    """What is told by an upgrade, and by a settlement whose run began `seconds` before it."""
    later = NOW + timedelta(seconds=seconds)
    drafted = draft(settled(state(TRIAL)), later)
    change_plan(drafted, plan_change(drafted, ADVANCED))
    change = drafted.done()
    late = used(change.after, 0, NOW)
    return [e.event_id for e in change.events], [e.event_id for e in late.events]


def test_run_that_began_before_a_change_announces_nothing_of_the_past() -> None:
    """The meter reads the time when it begins: a plan changed meanwhile is not told to have changed back."""
    told, told_late = upgraded_after(30)

    assert told == ["bot_trial:1:plan:advanced@1"]
    assert told_late == []


def test_clock_that_is_far_behind_is_believed() -> None:
    """An operator may look as of another time: then the past is looked at as it was."""
    assert upgraded_after(3600)[1] == ["bot_trial:2:plan:trial@1"]


def test_standing_is_as_of_its_change() -> None:
    """When it was found is kept, and does not make an unchanged standing another one."""
    first = settled(state(STANDARD, paid(100)))
    again = looked_at(first, NOW + timedelta(minutes=1))

    assert first.balance.standing.as_of == NOW
    assert again.is_empty


def test_free_credits_of_a_plan_that_has_begun_pay_its_first_sessions() -> None:
    """Even if nobody looked since it began: nothing is owed while there is credit."""
    downgraded = Subscription.begin(ESSENTIAL, SINCE).changed(WELCOMING, october(6), NOW)
    on_both = replace(bot(ESSENTIAL), subscription=downgraded)
    change = used(settled(state(on_both)), 10, october(7))

    assert change.after.balance.wallet.overdraft_micros == 0
    reasons = [entry.reason for entry in change.shared_ledger]
    assert reasons == [EntryReason.FREE_CREDITS, EntryReason.USAGE]


@pytest.mark.parametrize(
    ("of", "plan", "stays"),
    [
        (bot(STANDARD), ESSENTIAL, True),
        (bot(STANDARD), WELCOMING, False),
        (bot(ESSENTIAL), ADVANCED, False),
    ],
)
def test_bot_that_owes_stays_prepaid(of: Bot, plan: PlanVersion, *, stays: bool) -> None:
    """Only funds of a prepaid plan pay what sessions took beyond the balance."""
    owing = used(settled(state(of)), 100).after
    reason = why_stay(owing.funds(NOW), plan)

    assert reason == ("must wait: 100.00 EUR are owed for sessions; add funds first" if stays else None)


def test_bot_that_owes_nothing_may_leave() -> None:
    """Credit, paid or free, holds nobody."""
    rich = settled(state(STANDARD, paid(5), free(5, until=october(9))))

    assert why_stay(rich.funds(NOW), ESSENTIAL) is None
    assert rich.shared == SharedCredits()
    assert rich.balance.wallet.balance_micros == 10 * EURO
