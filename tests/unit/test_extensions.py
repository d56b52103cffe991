"""Extensions: asking for more days, and what a decision does."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import EntitlementReason
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import Wallet
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.extensions import ExtensionRequest, ExtensionStatus, extended_until
from botmeter.domain.outgoing import OutgoingType
from botmeter.domain.plan_changes import (
    change_plan,
    decide_extension,
    extendable_until,
    plan_change,
    request_extension,
)
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import NOW, draft, free, october, paid, settled, state

ASKED = ExtensionRequest("ext-1", "acct_acme", "bot_trial", 14, "still evaluating", NOW, "u-owner")
REQUEST = replace(ASKED, target="trial@1")


def asked(of: BotState, now: datetime = NOW, request: ExtensionRequest = ASKED) -> Change:
    drafted = draft(of, now)
    request_extension(drafted, request)
    return drafted.done()


def decided(of: BotState, decision: ExtensionRequest, now: datetime = NOW) -> Change:
    drafted = draft(of, now)
    decide_extension(drafted, decision)
    return drafted.done()


def approved(of: BotState, days: int = 10, now: datetime = NOW) -> Change:
    waiting = asked(of, now).after
    request = replace(REQUEST, target=waiting.bot.extension.target if waiting.bot.extension else "")
    return decided(waiting, request.approved(days, "welcome", "u-op", now), now)


def on(subscription: Subscription) -> Bot:
    return replace(bot(STANDARD), subscription=subscription)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"requested_days": 0}, "days"),
        ({"requested_days": 91}, "days"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 1_001}, "reason"),
    ],
)
def test_request_that_is_refused(changes: dict[str, object], field: str) -> None:
    """A request is for 1 to 90 days and has a reason of up to 1,000 characters."""
    with pytest.raises(Refused, match="must be") as refused:
        replace(REQUEST, **changes)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_request_waits_for_the_operator() -> None:
    """A request is on the bot, noted, announced, and changes nothing else."""
    before = settled(state(TRIAL))
    change = asked(before)

    assert change.after.bot.extension == REQUEST
    assert change.after.bot.subscription == before.bot.subscription
    assert [(a.operation, a.after) for a in change.audit] == [
        ("extension.requested", {"days": "14", "reason": "still evaluating"})
    ]
    assert [(e.type, e.event_id) for e in change.events] == [(OutgoingType.EXTENSION_REQUESTED, "ext-1:1")]


def test_one_request_at_a_time() -> None:
    """While a request waits there is no second one; a decided one does not stand in the way."""
    waiting = asked(settled(state(TRIAL))).after
    second = replace(REQUEST, request_id="ext-2")

    with pytest.raises(Refused, match="the request ext-1 is not decided yet") as refused:
        asked(waiting, request=second)
    assert refused.value.field == "extension"
    declined = decided(waiting, REQUEST.declined("no", "u-op", NOW)).after
    assert asked(declined, request=second).after.bot.extension == second


@pytest.mark.parametrize(
    ("of", "rule"),
    [
        pytest.param(state(ESSENTIAL), "the plan Essential does not end", id="fee"),
        pytest.param(
            state(STANDARD, paid(100)),
            "the plan Standard does not end, and no free credits expire",
            id="funds",
        ),
    ],
)
def test_nothing_to_extend(of: BotState, rule: str) -> None:
    """A plan without an end, and without credits that expire, has nothing to ask for."""
    with pytest.raises(Refused) as refused:
        asked(settled(of))
    assert (refused.value.field, refused.value.rule) == ("plan", rule)


@pytest.mark.parametrize(
    ("of", "end"),
    [
        (state(TRIAL, shared=Wallet((free(5, until=october(9)),))), october(15)),
        (state(on(Subscription.begin(ESSENTIAL, SINCE, october(20)))), october(20)),
        (state(on(Subscription.begin(STANDARD, SINCE, october(20)))), october(20)),
        (state(STANDARD, shared=Wallet((free(5, until=october(9)),))), october(9)),
        (
            state(STANDARD, free(5, until=october(8)), shared=Wallet((free(5, until=october(9)),))),
            october(8),
        ),
        (state(ESSENTIAL, shared=Wallet((free(5, until=october(9)),))), None),
    ],
)
def test_what_ends(of: BotState, end: datetime | None) -> None:
    """The plan's end counts first; on a prepaid plan without one, the first expiry of free credits."""
    assert extendable_until(draft(of).funds) == end


def test_end_is_counted_from_where_it_is() -> None:
    """Days are added to an end to come, or to now if the end is past."""
    assert extended_until(october(15), 10, october(5)) == october(25)
    assert extended_until(october(15), 10, october(20)) == october(30)


def test_approved_request_moves_the_end_of_a_trial() -> None:
    """Ten more days from the trial's end on; decision, both ends and event are there."""
    change = approved(settled(state(TRIAL)))

    assert change.after.bot.subscription.at(NOW).ends_at == october(25)
    assert change.after.bot.extension == REQUEST.approved(10, "welcome", "u-op", NOW)
    assert [(a.operation, a.before, a.after) for a in change.audit] == [
        (
            "extension.approved",
            {"ends_at": "2026-10-15T00:00:00+00:00"},
            {"ends_at": "2026-10-25T00:00:00+00:00", "reason": "welcome"},
        )
    ]
    assert [(e.type, e.data) for e in change.events] == [
        (OutgoingType.EXTENSION_APPROVED, {"days": "10", "reason": "welcome"})
    ]


def test_approved_request_revives_an_ended_trial() -> None:
    """A trial that is over goes on for ten days from the decision on, and the bot may answer again."""
    later = october(20)
    change = approved(settled(state(TRIAL), later), now=later)

    assert change.before.funds(later).reason is EntitlementReason.TRIAL_ENDED
    assert change.after.funds(later).reason is EntitlementReason.TRIAL
    assert change.after.bot.subscription.at(later).ends_at == october(30)


def test_extended_plan_announces_its_new_end() -> None:
    """A plan that was extended in its last week expires again, and tells so again."""
    last_week = october(10)
    change = approved(settled(state(TRIAL), last_week), now=last_week)
    again = draft(change.after, october(18)).done()

    assert "expiring:7" not in change.after.balance.standing.conditions
    assert [e.data for e in again.events] == [{"plan": "trial@1", "days": "7"}]


def test_approved_request_moves_the_expiry_of_free_credits() -> None:
    """On a prepaid plan the credits of the bot and of the account last ten days longer."""
    own, shared = free(5, until=october(8), grant_id="own"), free(5, until=october(30))
    change = approved(settled(state(STANDARD, own, shared=Wallet((shared,)))))

    assert [g.expires_at for g in change.after.balance.wallet.grants] == [october(18)]
    assert [g.expires_at for g in change.after.shared.wallet.grants] == [october(30)]
    assert change.after.bot.subscription == change.before.bot.subscription
    assert (change.ledger, change.shared_ledger) == ((), ())


def test_extension_of_a_trial_leaves_free_credits_alone() -> None:
    """More days of a trial are no more days for the credits that other bots of the account use."""
    change = approved(settled(state(TRIAL, shared=Wallet((free(5, until=october(9)),)))))

    assert change.after.shared == change.before.shared


def test_end_of_a_prepaid_plan_takes_free_credits_with_it() -> None:
    """Where plan and credits both end, the credits last as long as the plan does."""
    ending = on(Subscription.begin(STANDARD, SINCE, october(20)))
    change = approved(settled(state(ending, shared=Wallet((free(5, until=october(9)),)))))

    assert change.after.bot.subscription.at(NOW).ends_at == october(30)
    assert [g.expires_at for g in change.after.shared.wallet.grants] == [october(30)]


def test_declined_request_changes_nothing_else() -> None:
    """The answer is on the request, noted and announced; plan and credits are as they were."""
    waiting = asked(settled(state(TRIAL))).after
    change = decided(waiting, REQUEST.declined("one is enough", "u-op", NOW))
    expected = replace(waiting.bot, extension=REQUEST.declined("one is enough", "u-op", NOW), revision=3)

    assert change.after == replace(waiting, bot=expected)
    assert [a.operation for a in change.audit] == ["extension.declined"]
    assert [(e.type, e.data["reason"]) for e in change.events] == [
        (OutgoingType.EXTENSION_DECLINED, "one is enough")
    ]


def test_request_is_decided_once() -> None:
    """What was approved or declined stays so."""
    for done in (REQUEST.approved(3, "", "u-op", NOW), REQUEST.declined("no", "u-op", NOW)):
        with pytest.raises(Conflict, match=f"the request was {done.status} already"):
            done.approved(5, "", "u-op", NOW)
        with pytest.raises(Conflict, match="already"):
            done.declined("no", "u-op", NOW)


def test_decision_says_who_when_and_how_many_days() -> None:
    """An approval may give other days than were asked for; a refusal gives none."""
    later = NOW + timedelta(days=1)
    yes, no = REQUEST.approved(3, "", "u-op", later), REQUEST.declined("no", "u-op", later)

    assert (yes.status, yes.days, yes.decided_by, yes.decided_at) == (
        ExtensionStatus.APPROVED,
        3,
        "u-op",
        later,
    )
    assert (no.status, no.days, no.answer) == (ExtensionStatus.DECLINED, 0, "no")


@pytest.mark.parametrize("days", [0, 91])
def test_days_that_nobody_gets(days: int) -> None:
    """The operator is bound by the same limits."""
    with pytest.raises(Refused, match="must be from 1 to 90"):
        REQUEST.approved(days, "", "u-op", NOW)


@pytest.mark.parametrize("answer", ["", "x" * 1_001])
def test_refusal_needs_a_reason(answer: str) -> None:
    """Who declines says why, in up to 1,000 characters."""
    with pytest.raises(Refused, match="must be 1 to 1000 characters"):
        REQUEST.declined(answer, "u-op", NOW)


def test_approval_that_comes_too_late_is_refused() -> None:
    """A trial that was left meanwhile has no end to move; the request still waits, to be declined."""
    drafted = draft(asked(settled(state(TRIAL))).after)
    change_plan(drafted, plan_change(drafted, ESSENTIAL))
    left = drafted.done().after

    with pytest.raises(Refused, match="the request was for trial@1") as refused:
        decided(left, REQUEST.approved(3, "", "u-op", NOW))
    assert refused.value.field == "plan"
    assert left.bot.extension == REQUEST
