"""Members: who belongs to an account, for those who may give bots away."""

import pytest

from botmeter.domain.errors import NotAllowed, NotFound
from botmeter.domain.members import Member
from tests.fakes.world import ADMIN, COLLEAGUE, OPERATOR, OWNER, STRANGER, VIEWER, World


def test_member_of_the_own_account_is_found() -> None:
    """Whatever its role."""
    for who in (ADMIN, OWNER, VIEWER):
        World().show_members.require(ADMIN, who.user_id)


@pytest.mark.parametrize("user_id", [STRANGER.user_id, OPERATOR.user_id, "u-nobody"])
def test_others_look_as_if_they_did_not_exist(user_id: str) -> None:
    """Members of other accounts too."""
    with pytest.raises(NotFound, match=f"the account has no member {user_id}"):
        World().show_members.require(ADMIN, user_id)


@pytest.mark.parametrize("who", [OWNER, COLLEAGUE, VIEWER])
def test_who_belongs_to_the_account_is_for_its_admins(who: Member) -> None:
    """They alone make others owners."""
    with pytest.raises(NotAllowed, match="billing admins"):
        World().show_members.require(who, OWNER.user_id)
