"""Who asks, as the claims of the token say it."""

from typing import Any

import pytest
from chalice.app import Request

from api.members import MAX_CUSTOM_ROLES, member_of
from botmeter.domain.errors import NotAllowed
from botmeter.domain.members import Role
from tests.fakes.context import FakeContext, payload


def asked_by(groups: Any) -> Request:
    """A request of a member of these groups."""
    event = payload("api_get_bots.json")
    event["requestContext"]["authorizer"]["claims"]["cognito:groups"] = groups
    return Request(event, FakeContext())


@pytest.mark.parametrize(
    ("groups", "roles", "custom_roles"),
    [
        ("viewer", {Role.VIEWER}, set()),
        ("viewer,bookkeeper", {Role.VIEWER}, {"bookkeeper"}),
        ("[bookkeeper billing_admin]", {Role.BILLING_ADMIN}, {"bookkeeper"}),
        ("bookkeeper", set(), {"bookkeeper"}),
        ("event_source", {Role.EVENT_SOURCE}, set()),
        (["bot_owner", "Treasury.EU"], {Role.BOT_OWNER}, {"Treasury.EU"}),
        ("viewer,a/b,#,\u00e9", {Role.VIEWER}, set()),
        ("Viewer,VIEWER", set(), {"Viewer", "VIEWER"}),
    ],
)
def test_groups_are_roles(groups: Any, roles: set[Role], custom_roles: set[str]) -> None:
    """Those with a name that Botmeter knows are its roles, others are custom if they can be a name at all."""
    member = member_of(asked_by(groups))

    assert member.roles == roles
    assert member.custom_roles == custom_roles


def test_custom_roles_are_limited() -> None:
    """The first of very many count; built-in roles behind them do, too."""
    names = [f"group-{number:03d}" for number in range(100)]
    member = member_of(asked_by(",".join([*names, "viewer"])))

    assert member.roles == {Role.VIEWER}
    assert member.custom_roles == set(names[:MAX_CUSTOM_ROLES])


@pytest.mark.parametrize("groups", ["", "[]", "a/b", []])
def test_token_without_a_role_is_refused(groups: Any) -> None:
    """Whoever has neither a role nor anything that could be a custom one is no member."""
    with pytest.raises(NotAllowed, match="a user, an account and a role"):
        member_of(asked_by(groups))
