"""The operator puts bots on plans that no customer can choose."""

from dataclasses import replace

import pytest

from botmeter.domain.balances import EntitlementReason
from botmeter.domain.errors import NotAllowed, NotFound, Outdated, Refused
from botmeter.domain.plan_changes import set_plan
from botmeter.domain.plans import PlanVersion
from tests.fakes.demo import ACCOUNT, ENTERPRISE, ESSENTIAL, STANDARD, TRIAL, bot
from tests.fakes.states import NOW, draft, october, settled, state
from tests.fakes.world import ADMIN, OPERATOR, World


def test_contract_begins_at_once_and_ends_when_it_ends() -> None:
    """What was scheduled is dropped, nothing is ordered, and the audit trail has before and after."""
    drafted = draft(settled(state(ESSENTIAL)))
    drafted.bot = replace(
        drafted.bot, subscription=drafted.bot.subscription.changed(STANDARD, october(31), NOW)
    )
    set_plan(drafted, ENTERPRISE, october(20))
    change = drafted.done()

    phases = change.after.bot.subscription.phases
    assert [(p.plan, p.starts_at, p.ends_at) for p in phases[1:]] == [(ENTERPRISE, NOW, october(20))]
    assert change.placed == ()
    assert [a.operation for a in change.audit] == ["plan.set"]
    assert change.audit[0].after["ends_at"] == october(20).isoformat()
    assert change.after.balance.standing.entitlement_at(october(20)).reason is EntitlementReason.PLAN_ENDED


def test_same_plan_and_end_change_nothing() -> None:
    """An operator may say it again."""
    drafted = draft(settled(state(ESSENTIAL)))
    set_plan(drafted, ESSENTIAL, None)

    assert drafted.done().is_empty


@pytest.mark.parametrize(
    ("plan", "day", "field"),
    [(replace(ESSENTIAL, currency="USD"), 20, "plan_id"), (ENTERPRISE, 5, "ends_at")],
)
def test_what_cannot_be_is_refused(plan: PlanVersion, day: int, field: str) -> None:
    """A plan in another currency, and an end in the past."""
    with pytest.raises(Refused) as refused:
        set_plan(draft(settled(state(TRIAL))), plan, october(day))
    assert refused.value.field == field


def test_operator_sets_a_plan() -> None:
    """By its version; what does not exist is said, and nobody else may."""
    world = World([bot(ESSENTIAL)])
    of = (ACCOUNT.account_id, "bot_essential")
    view = world.operate.set_plan(OPERATOR, of, ENTERPRISE.ref, None, NOW)

    assert view.funds.phase.plan == ENTERPRISE
    assert world.bot("bot_essential").plan_at(NOW) == ENTERPRISE
    with pytest.raises(Refused, match="there is no plan version gold@7"):
        world.operate.set_plan(OPERATOR, of, "gold@7", None, NOW)
    with pytest.raises(NotFound):
        world.operate.set_plan(OPERATOR, (ACCOUNT.account_id, "bot_nobody"), ENTERPRISE.ref, None, NOW)
    with pytest.raises(Outdated):
        world.operate.set_plan(OPERATOR, of, ESSENTIAL.ref, None, NOW, if_match="seen before")
    with pytest.raises(NotAllowed):
        world.operate.set_plan(ADMIN, of, ENTERPRISE.ref, None, NOW)
