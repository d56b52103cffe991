"""Changing the owner of a bot."""

from dataclasses import replace

import pytest

from botmeter.domain.errors import NotAllowed, NotFound, Outdated, Refused
from botmeter.domain.members import Member, Role
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OPERATOR, OWNER, STRANGER, VIEWER, World


def give(world: World, owner_id: str, who: Member = ADMIN, if_match: str | None = None) -> bool:
    """Whether something was changed."""
    return not world.change_owner(who, "bot_standard", owner_id, NOW, if_match=if_match).is_empty


def test_owner_becomes_whom_the_admin_says() -> None:
    """It is noted with both names, and told once."""
    world = World()

    assert give(world, COLLEAGUE.user_id)
    assert world.bot().owner_id == COLLEAGUE.user_id
    (entry,) = world.billing.trail
    assert (dict(entry.before), dict(entry.after)) == ({"owner_id": "u-owner"}, {"owner_id": "u-colleague"})
    (event,) = world.events()
    assert (event.type, dict(event.data)) == (
        "billing.owner.changed",
        {"owner_id": "u-colleague", "former_owner_id": "u-owner"},
    )


def test_former_owner_keeps_seeing_the_bot() -> None:
    """But manages it no more; the new one does."""
    world = World()
    give(world, COLLEAGUE.user_id)

    assert (OWNER.may_see(world.bot()), OWNER.may_manage(world.bot())) == (True, False)
    assert (COLLEAGUE.may_see(world.bot()), COLLEAGUE.may_manage(world.bot())) == (True, True)


def test_former_owner_may_become_owner_again() -> None:
    """And is no viewer then, while the one in between is."""
    world = World()
    give(world, COLLEAGUE.user_id)
    give(world, OWNER.user_id)

    assert (world.bot().owner_id, world.bot().viewer_ids) == (OWNER.user_id, frozenset({COLLEAGUE.user_id}))
    assert len({event.event_id for event in world.events()}) == 2


def test_unchanged_owner_is_no_change() -> None:
    """Nothing is written, noted or told."""
    world = World()

    assert not give(world, OWNER.user_id)
    assert (world.billing.trail, world.events()) == ([], [])


@pytest.mark.parametrize("owner_id", ["u-nobody", STRANGER.user_id, OPERATOR.user_id, ""])
def test_owner_must_be_a_member_of_the_account(owner_id: str) -> None:
    """Nobody else: also no member of another account, and no operator."""
    world = World()
    with pytest.raises(Refused, match="must be a member of the account") as refused:
        give(world, owner_id)

    assert refused.value.field == "owner_id"
    assert world.bot().owner_id == OWNER.user_id


@pytest.mark.parametrize("who", [OWNER, COLLEAGUE, VIEWER])
def test_only_an_admin_may(who: Member) -> None:
    """An owner cannot give its bot away."""
    world = World()
    with pytest.raises(NotAllowed):
        give(world, COLLEAGUE.user_id, who)

    assert world.bot().owner_id == OWNER.user_id


def test_foreign_bot_is_not_found() -> None:
    """As one that does not exist."""
    with pytest.raises(NotFound):
        give(World(), STRANGER.user_id, STRANGER)


def test_stale_version_is_outdated() -> None:
    """Of two admins who read the same, the second is told."""
    world = World()
    seen = world.bot().etag
    give(world, COLLEAGUE.user_id, if_match=seen)
    with pytest.raises(Outdated):
        give(world, VIEWER.user_id, replace(ADMIN, user_id="u-admin-2"), if_match=seen)

    assert world.bot().owner_id == COLLEAGUE.user_id


def test_any_member_may_become_owner() -> None:
    """Whatever its role: what an owner may do is decided by the user pool's groups, too."""
    world = World()
    give(world, VIEWER.user_id)

    assert world.bot().owner_id == VIEWER.user_id
    assert replace(VIEWER, roles=frozenset({Role.VIEWER, Role.BOT_OWNER})).may_manage(world.bot())
