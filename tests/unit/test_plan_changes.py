"""Plan changes: when they apply, what they charge, why they are refused; and the owner's."""

from dataclasses import replace
from datetime import datetime

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.changes import Change
from botmeter.domain.orders import OrderedFee
from botmeter.domain.outgoing import OutgoingType
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plan_changes import PlanChange, change_owner, change_plan, plan_change, why_not
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Phase, Subscription
from tests.fakes.demo import ADVANCED, ENTERPRISE, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import NOW, draft, october, settled, state

OCTOBER = BillingPeriod(2026, 10)
# Midnight in Berlin.
END_OF_OCTOBER = october(31, 23)


def chosen(of: Bot | Subscription | PlanVersion, plan: PlanVersion, now: datetime = NOW) -> PlanChange:
    the_bot = replace(bot(STANDARD), subscription=of) if isinstance(of, Subscription) else of
    return plan_change(draft(state(the_bot), now), plan)


def changed(of: Bot, plan: PlanVersion, now: datetime = NOW) -> Change:
    drafted = draft(settled(state(of), now), now)
    change_plan(drafted, plan_change(drafted, plan))
    return drafted.done()


def operations(audit: tuple[AuditEntry, ...]) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    return [(entry.operation, dict(entry.before), dict(entry.after)) for entry in audit]


def test_upgrade_applies_at_once_and_is_ordered() -> None:
    """A plan of higher rank begins now; its order is the difference for the month, today included."""
    change = chosen(ESSENTIAL, ADVANCED)

    assert change.effective_at == NOW
    assert change.subscription.phases == (Phase(ESSENTIAL, SINCE), Phase(ADVANCED, NOW))
    # 27 of 31 days at 199.00 and 4 at 49.00, less 49.00.
    assert change.fee == OrderedFee("advanced@1", OCTOBER, 173_32 + 6_32 - 49_00)


def test_upgrade_is_noted_and_announced() -> None:
    """The change leaves an entry with both plans, and tells that the new one applies."""
    change = changed(bot(ESSENTIAL), ADVANCED)

    assert operations(change.audit) == [("plan.changed", {"plan": "essential@1"}, {"plan": "advanced@1"})]
    assert [(e.type, e.data) for e in change.events] == [(OutgoingType.PLAN_CHANGED, {"plan": "advanced@1"})]
    assert change.after.bot.etag != change.before.bot.etag


def test_upgrade_to_a_plan_without_fee_has_no_order() -> None:
    """What charges by use alone costs nothing to change to."""
    assert chosen(TRIAL, STANDARD).fee is None


@pytest.mark.parametrize(
    "plan", [STANDARD, ESSENTIAL, replace(STANDARD, rank=0)], ids=lambda p: f"{p.ref}-{p.rank}"
)
def test_trial_is_left_at_once(plan: PlanVersion) -> None:
    """Whoever buys in a trial does not wait for its end, whatever the rank."""
    assert chosen(TRIAL, plan).effective_at == NOW


def test_plan_that_is_over_is_left_at_once() -> None:
    """From what has ended every plan begins at once, the same one too, and is charged from today on."""
    ended = Subscription.begin(ADVANCED, SINCE, october(3))
    lower, again = chosen(ended, ESSENTIAL), chosen(ended, ADVANCED)

    assert (lower.effective_at, again.effective_at) == (NOW, NOW)
    assert lower.fee == OrderedFee("essential@1", OCTOBER, 42_68)
    # 30 days instead of three: the fourth, on which the plan was over, is not charged.
    assert again.subscription.at(NOW) == Phase(ADVANCED, NOW)
    assert again.fee == OrderedFee("advanced@1", OCTOBER, 192_58 - 19_26)


def test_downgrade_applies_at_the_end_of_the_period() -> None:
    """A plan of lower rank begins with the next month in the account's time zone, and charges nothing now."""
    change = chosen(ADVANCED, ESSENTIAL)

    assert (change.effective_at, change.fee) == (END_OF_OCTOBER, None)
    assert change.subscription.phases == (Phase(ADVANCED, SINCE), Phase(ESSENTIAL, END_OF_OCTOBER))


def test_other_plan_of_the_same_rank_waits_too() -> None:
    """A later version of the same plan is no upgrade: it begins with the next period."""
    assert chosen(ESSENTIAL, replace(ESSENTIAL, version=2)).effective_at == END_OF_OCTOBER


def test_downgrade_applies_when_the_plan_ends_before() -> None:
    """Between the end of a plan and the one that follows there is no time without a plan."""
    ending = Subscription.begin(ADVANCED, SINCE, october(20))
    lasting = Subscription.begin(ADVANCED, SINCE, datetime(2026, 12, 1, tzinfo=NOW.tzinfo))

    assert chosen(ending, ESSENTIAL).effective_at == october(20)
    assert chosen(lasting, ESSENTIAL).effective_at == END_OF_OCTOBER


def test_downgrade_is_noted_with_its_time() -> None:
    """The entry says what is scheduled and from when; no new plan is announced yet."""
    change = changed(bot(ADVANCED), ESSENTIAL)
    pending = {"plan": "advanced@1", "pending": "essential@1", "from": "2026-10-31T23:00:00+00:00"}

    assert operations(change.audit) == [("plan.changed", {"plan": "advanced@1"}, pending)]
    assert change.events == ()


def test_scheduled_change_is_cancelled_by_choosing_the_present_plan() -> None:
    """Staying is a choice: what was scheduled is dropped, and nothing is charged."""
    scheduled = changed(bot(ADVANCED), ESSENTIAL).after.bot
    kept = changed(scheduled, ADVANCED)

    assert kept.after.bot.subscription == bot(ADVANCED).subscription
    assert chosen(scheduled, ADVANCED).fee is None
    assert [entry.operation for entry in kept.audit] == ["plan.changed"]


def test_choosing_what_is_changes_nothing() -> None:
    """The present plan once more, or the scheduled one once more, is nothing to write."""
    scheduled = changed(bot(ADVANCED), ESSENTIAL).after.bot

    assert changed(bot(ADVANCED), ADVANCED).is_empty
    assert changed(scheduled, ESSENTIAL).is_empty


def test_upgrade_drops_a_scheduled_downgrade() -> None:
    """Who goes up has changed their mind; the order is the difference to the plan of today."""
    scheduled = changed(bot(ESSENTIAL), STANDARD).after.bot
    change = chosen(scheduled, ADVANCED)

    assert change.subscription == chosen(ESSENTIAL, ADVANCED).subscription
    assert change.fee == chosen(ESSENTIAL, ADVANCED).fee


def test_upgrade_charges_what_a_dropped_plan_would_not_have_brought() -> None:
    """What was scheduled for later in the month was never charged: the order does not take it off."""
    ending = Subscription.begin(ESSENTIAL, SINCE, october(20))
    scheduled = ending.changed(replace(ESSENTIAL, version=2), october(20), NOW)

    assert chosen(scheduled, ADVANCED).fee == chosen(ending, ADVANCED).fee


LIMITED = replace(ESSENTIAL, usage_limit_sessions=1_000)
LIMIT = "Essential is for 1,000 at most"


@pytest.mark.parametrize(
    ("present", "plan", "currency", "sessions", "rule"),
    [
        (STANDARD, TRIAL, "EUR", 0, "must be another plan: a trial is only at the beginning"),
        (TRIAL, TRIAL, "EUR", 0, "must be another plan: a trial is only at the beginning"),
        (STANDARD, ENTERPRISE, "EUR", 0, "must be another plan: Enterprise is by contract, ask the operator"),
        (
            ENTERPRISE,
            STANDARD,
            "EUR",
            0,
            "cannot be chosen: the present plan, Enterprise, is by contract, ask the operator",
        ),
        (STANDARD, ESSENTIAL, "USD", 0, "must be a plan in USD, the currency of the account"),
        (
            ADVANCED,
            LIMITED,
            "EUR",
            1_001,
            f"must be a plan for 1,001 usage sessions a month, as the bot has had them: {LIMIT}",
        ),
    ],
)
def test_change_that_is_refused(
    present: PlanVersion, plan: PlanVersion, currency: str, sessions: int, rule: str
) -> None:
    """Every refusal says which rule stands against the plan."""
    assert why_not(bot(present), plan, currency, sessions, NOW) == rule


@pytest.mark.parametrize(
    ("present", "plan", "sessions"),
    [(TRIAL, STANDARD, 0), (STANDARD, ESSENTIAL, 9_999), (ADVANCED, LIMITED, 1_000), (ADVANCED, ADVANCED, 0)],
)
def test_change_that_is_possible(present: PlanVersion, plan: PlanVersion, sessions: int) -> None:
    """Other plans for sale may be chosen, up to what they are meant for; without a limit, by anybody."""
    assert why_not(bot(present), plan, "EUR", sessions, NOW) is None


def test_former_owner_keeps_seeing_the_bot() -> None:
    """The new owner is noted and announced, the former one becomes a viewer."""
    drafted = draft(settled(state(STANDARD)))
    change_owner(drafted, "u-new")
    change = drafted.done()

    assert change.after.bot.owner_id == "u-new"
    assert change.after.bot.viewer_ids == {"u-owner"}
    assert change.after.bot.etag != change.before.bot.etag
    assert operations(change.audit) == [("owner.changed", {"owner_id": "u-owner"}, {"owner_id": "u-new"})]
    (event,) = change.events
    assert (event.type, event.data) == (
        OutgoingType.OWNER_CHANGED,
        {"owner_id": "u-new", "former_owner_id": "u-owner"},
    )


def test_owner_who_comes_back_is_no_viewer() -> None:
    """Owners are not listed among the viewers, and each change has an event of its own."""
    first = draft(settled(state(STANDARD)))
    change_owner(first, "u-new")
    back = draft(first.done().after)
    change_owner(back, "u-owner")

    assert back.bot.viewer_ids == {"u-new"}
    assert back.events[0].event_id != first.events[0].event_id


def test_same_owner_is_no_change() -> None:
    """Nothing is written when the owner is who it was."""
    drafted = draft(settled(state(STANDARD)))
    change_owner(drafted, "u-owner")

    assert drafted.done().is_empty
