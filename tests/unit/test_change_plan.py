"""Changing the plan: up at once, down at the month's end, and everything that may come in between."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from botmeter.domain.accounts import Bot
from botmeter.domain.errors import NotAllowed, NotFound, Refused
from botmeter.domain.members import Member
from botmeter.domain.orders import OrderKind, PaymentMethod
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.domain.subscriptions import Subscription
from botmeter.services.change_plan import PlanChanged
from tests.fakes.demo import ADVANCED, ENTERPRISE, ESSENTIAL, SINCE, STANDARD, bot
from tests.fakes.world import (
    ADMIN,
    CARD,
    COLLEAGUE,
    NOW,
    OWNER,
    STRANGER,
    TRANSFER,
    VIEWER,
    World,
)

# Midnight in Berlin, the account's time zone.
NOVEMBER = datetime(2026, 10, 31, 23, tzinfo=UTC)
# Of October's 31 days, the 5th to the 31st, at 49.00 a month.
PRORATED = 4268


def change(
    world: World,
    plan_id: str,
    bot_id: str = "bot_standard",
    now: datetime = NOW,
    who: Member = ADMIN,
    method: PaymentMethod = TRANSFER,
    key: str = "k-1",
) -> PlanChanged:
    return world.change_plan(who, bot_id, plan_id, method, now, key=key)


def phases(world: World, bot_id: str = "bot_standard") -> list[tuple[str, datetime]]:
    return [(phase.plan.plan_id, phase.starts_at) for phase in world.bot(bot_id).subscription.phases]


def ending(plan: PlanVersion, ends_at: datetime) -> Bot:
    """A bot whose plan ends."""
    return replace(bot(plan), subscription=Subscription.begin(plan, SINCE, ends_at))


def used(world: World, sessions: int, bot_id: str, day: date) -> None:
    """Let a bot have had sessions."""
    world.usage.counts[bot_id, TotalKey(day, "advanced@1"), Bucket(Unit.USAGE, 9)] += sessions


def test_upgrade_takes_effect_at_once_with_an_order_of_the_rest_of_the_month() -> None:
    """The plan changes now, the fee is prorated to the day, and the payer is told how to pay."""
    world = World()
    done = change(world, "essential")

    assert phases(world) == [("standard", SINCE), ("essential", NOW)]
    assert done.order is not None
    assert (done.order.kind, done.order.amount_minor) == (OrderKind.PLAN_CHANGE, PRORATED)
    assert done.order.fee is not None
    assert done.order.fee.month == BillingPeriod(2026, 10)
    assert done.payment is not None
    assert done.payment.instructions == {"pay_with": f"pay-{done.order.order_id}"}
    assert world.told() == ["payment.pending", "plan.changed"]
    assert world.done() == ["plan.changed", "order.plan_change"]


def test_upgrade_between_subscriptions_costs_the_difference() -> None:
    """What the month's fee on the old plan has paid is not paid again."""
    done = change(World(), "advanced", "bot_essential")

    assert done.order is not None
    # 4 days of Essential and 27 of Advanced, less 31 of Essential.
    assert done.order.amount_minor == 632 + 17332 - 4900


def test_first_paid_plan_after_a_trial_begins_at_once() -> None:
    """Whatever its rank; a plan without a fee makes no order."""
    world = World()
    done = change(world, "standard", "bot_trial")

    assert phases(world, "bot_trial") == [("trial", SINCE), ("standard", NOW)]
    assert (done.order, done.payment, world.transfers.started) == (None, None, [])
    assert world.told("bot_trial") == ["balance.exhausted", *["balance.low"] * 3, "plan.changed"]


def test_downgrade_waits_for_the_end_of_the_month() -> None:
    """Until then the present plan applies, and nothing is to pay."""
    world = World([bot(ADVANCED)])
    done = change(world, "essential", "bot_advanced")

    assert phases(world, "bot_advanced") == [("advanced", SINCE), ("essential", NOVEMBER)]
    assert done.order is None
    assert world.told("bot_advanced") == []
    (entry,) = world.billing.trail
    assert entry.after == {"plan": "advanced@1", "pending": "essential@1", "from": NOVEMBER.isoformat()}


def test_scheduled_downgrade_can_be_cancelled() -> None:
    """The present plan goes on; once more, there is nothing to cancel, and that is no error."""
    world = World()
    change(world, "standard", "bot_essential")
    world.change_plan.cancel(ADMIN, "bot_essential", NOW)
    again = world.change_plan.cancel(ADMIN, "bot_essential", NOW)

    assert phases(world, "bot_essential") == [("essential", SINCE)]
    assert again.is_empty
    assert world.done("bot_essential") == ["plan.changed", "plan.changed"]


def test_downgrade_that_has_taken_effect_cannot_be_cancelled() -> None:
    """Only what is to come can be taken back."""
    world = World()
    change(world, "standard", "bot_essential")

    assert world.change_plan.cancel(ADMIN, "bot_essential", NOVEMBER).after.bot == world.bot("bot_essential")
    assert phases(world, "bot_essential") == [("essential", SINCE), ("standard", NOVEMBER)]


def test_upgrade_replaces_a_scheduled_downgrade() -> None:
    """The last word counts."""
    world = World()
    change(world, "standard", "bot_essential", key="k-1")
    change(world, "advanced", "bot_essential", key="k-2")

    assert phases(world, "bot_essential") == [("essential", SINCE), ("advanced", NOW)]


def test_choosing_the_present_plan_drops_what_is_scheduled() -> None:
    """To stay is a choice as well; without anything scheduled it changes nothing."""
    world = World()
    change(world, "standard", "bot_essential", key="k-1")
    change(world, "essential", "bot_essential", key="k-2")
    writes = world.billing.writes
    change(world, "essential", "bot_essential", key="k-3")

    assert phases(world, "bot_essential") == [("essential", SINCE)]
    assert world.billing.writes == writes


@pytest.mark.parametrize(
    ("plan_id", "bot_id", "rule"),
    [
        ("gold", "bot_standard", "there is no plan gold"),
        ("dollars", "bot_standard", "must be a plan in EUR"),
        ("enterprise", "bot_standard", "Enterprise is by contract"),
        ("standard", "bot_enterprise", "Enterprise, is by contract"),
        ("trial", "bot_standard", "a trial is only at the beginning"),
        ("trial", "bot_essential", "a trial is only at the beginning"),
    ],
)
def test_plan_that_the_bot_may_not_have_is_refused(plan_id: str, bot_id: str, rule: str) -> None:
    """With the field and the rule; nothing is changed."""
    world = World()
    world.accounts.put_plan(replace(STANDARD, plan_id="dollars", currency="USD"))
    writes = world.billing.writes
    with pytest.raises(Refused, match=rule) as refused:
        change(world, plan_id, bot_id)

    assert refused.value.field == "plan_id"
    assert world.billing.writes == writes


def test_trial_that_is_over_does_not_begin_again() -> None:
    """A trial is only once: to choose it anew after its end is refused, like any other change to it."""
    world = World()
    with pytest.raises(Refused, match="a trial is only at the beginning"):
        change(world, "trial", "bot_trial", SINCE + timedelta(days=15))

    assert phases(world, "bot_trial") == [("trial", SINCE)]


def test_contract_that_is_over_is_not_renewed_by_the_customer() -> None:
    """An enterprise plan that has ended is the operator's to renew."""
    world = World([ending(ENTERPRISE, NOW)])
    with pytest.raises(Refused, match="by contract"):
        change(world, "enterprise", "bot_enterprise")


def test_plan_that_present_use_exceeds_is_refused() -> None:
    """What the bot used this month and last month has to fit; what was before does not count."""
    world = World([bot(ADVANCED)])
    world.accounts.put_plan(replace(ESSENTIAL, version=2, usage_limit_sessions=100))
    used(world, 5000, "bot_advanced", date(2026, 8, 31))
    used(world, 100, "bot_advanced", date(2026, 9, 30))
    used(world, 100, "bot_advanced", date(2026, 10, 1))
    change(world, "essential", "bot_advanced", key="k-1")
    used(world, 1, "bot_advanced", date(2026, 9, 30))
    with pytest.raises(Refused, match=r"101 usage sessions a month, .* for 100 at most"):
        change(world, "essential", "bot_advanced", key="k-2")

    assert phases(world, "bot_advanced")[-1] == ("essential", NOVEMBER)


def test_latest_version_is_what_is_offered() -> None:
    """Who changes to a plan gets its newest version, and keeps that."""
    world = World()
    newer = replace(ESSENTIAL, version=2, monthly_fee_micros=62_000_000)
    world.accounts.put_plan(newer)
    done = change(world, "essential")
    world.accounts.put_plan(replace(newer, version=3))

    assert world.bot().plan_at(NOW) == newer
    assert done.order is not None
    assert done.order.amount_minor == 5400


def test_method_that_is_not_offered_is_refused() -> None:
    """Nobody changes to what cannot be paid."""
    world = World()
    world.change_plan = replace(
        world.change_plan, pay=replace(world.pay, providers=lambda: {TRANSFER: world.transfers})
    )
    with pytest.raises(Refused, match="must be one of bank_transfer"):
        change(world, "essential", method=CARD)


@pytest.mark.parametrize("who", [VIEWER, COLLEAGUE])
def test_roles_that_may_not(who: Member) -> None:
    """Viewers and the owners of other bots change nothing, and cancel nothing."""
    world = World()
    with pytest.raises(NotAllowed):
        change(world, "essential", who=who)
    with pytest.raises(NotAllowed):
        world.change_plan.cancel(who, "bot_standard", NOW)


def test_owner_changes_the_plan_of_its_bot() -> None:
    """As an admin does."""
    world = World()

    assert change(world, "essential", who=OWNER).order is not None
    assert world.billing.trail[0].actor.role == "bot_owner"


def test_foreign_bot_is_not_found() -> None:
    """Also when both accounts have a bot of that name: only the own one is changed."""
    world = World()
    with pytest.raises(NotFound):
        change(world, "essential", who=STRANGER)
    world.add(bot(STANDARD, account_id=STRANGER.account_id))
    change(world, "essential", who=STRANGER)

    assert phases(world) == [("standard", SINCE)]


@pytest.mark.parametrize("plan", [STANDARD, ESSENTIAL])
def test_bot_whose_plan_is_over_may_begin_any_plan_at_once(plan: PlanVersion) -> None:
    """Also the one that it was on, or one of lower rank."""
    world = World([ending(ESSENTIAL, NOW - timedelta(days=1))])
    change(world, plan.plan_id, "bot_essential")

    assert phases(world, "bot_essential") == [("essential", SINCE), (plan.plan_id, NOW)]
    assert world.entitlement(ADMIN, "bot_essential", NOW).allowed is (plan is ESSENTIAL)
