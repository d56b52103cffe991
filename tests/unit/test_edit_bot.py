"""Editing a bot: what happens when others do so at the same time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import Draft
from botmeter.domain.errors import Conflict, NotAllowed, NotFound, Outdated, StoreUnavailable
from botmeter.domain.members import Member, Role
from botmeter.services.actors import actor_of
from botmeter.services.edit_bot import ANY_VERSION, EditBot, Version
from tests.fakes.billing import Step
from tests.fakes.demo import ACCOUNT
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OPERATOR, OWNER, STRANGER, TRANSFER, VIEWER, World

FORMER = replace(OWNER, user_id="u-former")


def rename(name: str) -> Callable[[Draft], None]:
    """An operation on the bot that touches neither plan nor owner."""

    def operation(draft: Draft) -> None:
        draft.bot = replace(draft.bot, name=f"{draft.bot.name}, {name}")

    return operation


def test_operation_is_applied_to_what_is_there_when_it_is_saved() -> None:
    """Of two changes at the same time neither is lost: the slower one is made again on top of the other."""
    world = World()
    stale = world.edit.state(ACCOUNT.account_id, "bot_standard")
    world.edit(stale, SYSTEM, NOW, rename("first"))
    change = world.edit(stale, SYSTEM, NOW, rename("second"))

    assert world.bot().name == "Bot_Standard, first, second"
    assert change.after.bot == world.bot()


def test_conflict_is_tried_again_until_nobody_is_faster() -> None:
    """Seven others in a row are endured, and all of their changes stay."""
    world = World()
    state = world.edit.state(ACCOUNT.account_id, "bot_standard")
    world.billing.meanwhile = interruptions(world, 7)
    world.edit(state, SYSTEM, NOW, rename("last"))

    assert world.bot().name.endswith(", other, other, last")
    assert world.bot().revision == state.bot.revision + 8


def test_bot_that_is_changed_by_others_all_the_time_is_given_up() -> None:
    """There is an end to trying: the caller may come again, and nothing of it was written."""
    world = World()
    state = world.edit.state(ACCOUNT.account_id, "bot_standard")
    world.billing.meanwhile = interruptions(world, 8)
    with pytest.raises(Conflict, match="try again"):
        world.edit(state, SYSTEM, NOW, rename("last"))

    assert "last" not in world.bot().name


def interruptions(world: World, count: int) -> list[Step]:
    """Others who each change the bot between somebody's read and write."""
    other = EditBot(world.accounts, world.billing)

    def interrupt() -> None:
        waiting, world.billing.meanwhile = world.billing.meanwhile, []
        other(other.state(ACCOUNT.account_id, "bot_standard"), SYSTEM, NOW, rename("other"))
        world.billing.meanwhile = waiting

    return [interrupt] * count


def test_operation_that_changes_nothing_writes_nothing() -> None:
    """Looking at a bot leaves no trace."""
    world = World()
    writes = world.billing.writes
    change = world.edit(world.edit.state(ACCOUNT.account_id, "bot_standard"), SYSTEM, NOW, lambda _: None)

    assert change.is_empty
    assert world.billing.writes == writes


def test_store_that_does_not_answer_is_the_caller_s_to_try_again() -> None:
    """Only a conflict is tried again at once."""
    world = World()

    def fail() -> None:
        raise StoreUnavailable("no answer")

    world.billing.meanwhile = [fail]
    with pytest.raises(StoreUnavailable):
        world.edit(world.edit.state(ACCOUNT.account_id, "bot_standard"), SYSTEM, NOW, rename("first"))


def test_stale_version_is_outdated() -> None:
    """Who says what it saw, and saw something else than what is there, is told so and changes nothing."""
    world = World()
    seen = world.bot().etag
    world.change_owner(ADMIN, "bot_standard", COLLEAGUE.user_id, NOW)
    with pytest.raises(Outdated, match="read it again"):
        world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k", if_match=seen)

    assert world.told() == ["owner.changed"]


@pytest.mark.parametrize("if_match", [None, ANY_VERSION, "present"])
def test_present_version_any_version_and_none_are_taken(if_match: str | None) -> None:
    """`*` and silence stand for whatever is there."""
    world = World()
    match = world.bot().etag if if_match == "present" else if_match
    world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k", if_match=match)

    assert world.bot().plan_at(NOW).plan_id == "essential"


@pytest.mark.parametrize(("says_what_it_saw", "error"), [(True, Outdated), (False, Conflict)])
def test_of_two_admins_who_change_the_plan_at_once_one_wins(
    says_what_it_saw: bool, error: type[Exception]
) -> None:
    """The loser is told (412 if it said what it saw, 409 if not); the winner's change stands alone."""
    world = World()
    seen = world.bot().etag if says_what_it_saw else None

    def other_admin() -> None:
        world.change_plan(ADMIN, "bot_standard", "advanced", TRANSFER, NOW, key="winner")

    world.billing.meanwhile = [other_admin]
    with pytest.raises(error):
        world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="loser", if_match=seen)

    assert [phase.plan.plan_id for phase in world.bot().subscription.phases] == ["standard", "advanced"]
    assert [order.fee.plan for order in world.billing.known_orders.values() if order.fee] == ["advanced@1"]


def test_change_of_owner_at_once_with_a_change_of_plan_is_told() -> None:
    """Plan and owner have one version: neither is changed by somebody who did not see the other."""
    world = World()
    world.billing.meanwhile = [lambda: world.change_owner(ADMIN, "bot_standard", COLLEAGUE.user_id, NOW)]
    with pytest.raises(Conflict, match="by somebody else at the same time"):
        world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k")


def test_what_billing_does_by_itself_goes_on_top_of_an_admin_s_change() -> None:
    """A settlement that meets a change of plan is written after it, at the price that was agreed before."""
    world = World()
    world.credit(10)
    world.billing.meanwhile = [
        lambda: world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k")
    ]
    world.use(5)

    assert world.bot().plan_at(NOW).plan_id == "essential"
    assert world.funds().paid_micros == 9_000_000
    assert world.funds().balance.usage_sessions == 5


def test_payment_does_not_make_an_admin_s_copy_outdated() -> None:
    """Money that arrives changes neither plan nor owner, so nobody is told to read again."""
    world = World()
    seen = world.bot().etag
    world.billing.meanwhile = [lambda: world.buy(100)]
    world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k", if_match=seen)

    assert world.told() == ["payment.pending", "payment.succeeded", "payment.pending", "plan.changed"]


def test_version_of_another_read_is_a_conflict_even_at_once() -> None:
    """What the service has read must be what it changes."""
    world = World()
    with pytest.raises(Conflict):
        Version("something else", None).require(world.bot())


@pytest.mark.parametrize(
    ("who", "sees", "manages"),
    [(ADMIN, True, True), (OWNER, True, True), (VIEWER, True, False), (FORMER, True, False)],
)
def test_members_see_and_manage_as_their_role_lets_them(who: Member, sees: bool, manages: bool) -> None:
    """Admins and the owner manage a bot; viewers and former owners see it."""
    world = World()
    state = world.edit.state(ACCOUNT.account_id, "bot_standard")
    former = frozenset({FORMER.user_id})
    world.edit(state, SYSTEM, NOW, lambda d: setattr(d, "bot", replace(d.bot, viewer_ids=former)))

    assert allowed(world.edit.seen, who) is sees
    assert allowed(world.edit.managed, who) is manages


@pytest.mark.parametrize("who", [COLLEAGUE, OPERATOR])
def test_others_are_refused(who: Member) -> None:
    """Another owner of the account may not even see the bot; for an operator without it there is none."""
    world = World()

    assert not allowed(world.edit.seen, who)
    assert not allowed(world.edit.managed, who)


def test_foreign_bot_is_not_found() -> None:
    """A bot of another account looks like one that does not exist."""
    world = World()
    for read in (world.edit.seen, world.edit.managed):
        with pytest.raises(NotFound, match="there is no bot bot_standard"):
            read(STRANGER, "bot_standard")


def test_actor_appears_in_the_role_that_let_it_act() -> None:
    """Of several roles the audit trail names the strongest."""
    both = replace(ADMIN, roles=frozenset({Role.VIEWER, Role.BILLING_ADMIN}))

    assert actor_of(both).role == "billing_admin"
    assert actor_of(VIEWER).role == "viewer"


def allowed(call: Callable[[Member, str], object], who: Member) -> bool:
    """Whether the call goes through."""
    try:
        call(who, "bot_standard")
    except (NotAllowed, NotFound):
        return False
    return True
