"""Who asks: the member behind a request, from what API Gateway has checked: a token, or a source's key."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from chalice.app import Request

from botmeter.domain.errors import NotAllowed
from botmeter.domain.identifiers import is_identifier
from botmeter.domain.members import Member, Role

MAX_CUSTOM_ROLES = 20
_BUILT_IN = frozenset(Role)


def member_of(request: Request) -> Member:
    """The member who sent `request`; raises `NotAllowed` if the token names no account or no role."""
    claims: dict[str, Any] = request.context.get("authorizer", {}).get("claims", {})
    user_id, account_id = claims.get("cognito:username"), claims.get("custom:account_id")
    groups = names_of(claims.get("cognito:groups", ""))
    roles, custom_roles = frozenset(map(Role, _BUILT_IN.intersection(groups))), custom_roles_in(groups)
    if claims.get("token_use") != "id" or not user_id or not account_id or not (roles or custom_roles):
        raise NotAllowed("the token must be an ID token that names a user, an account and a role")
    return Member(user_id, account_id, roles, custom_roles)


def source_of(request: Request) -> Member:
    """The event source that sent `request`, as the authorizer of sources says, and nothing else.

    Raises `NotAllowed` if that authorizer was not asked, as where a user's token let the request through.
    """
    told: dict[str, Any] = request.context.get("authorizer", {})
    account_id, source_id = told.get("account_id"), told.get("source_id")
    if not account_id or not source_id:
        raise NotAllowed("events are taken from event sources alone, at the very path of this route")
    return Member(source_id, account_id, frozenset({Role.EVENT_SOURCE}))


def names_of(groups: str | list[str]) -> list[str]:
    """The names of the user's groups, which API Gateway gives as one text: `a,b` or `[a b]`."""
    return re.split(r"[,\s\[\]]+", groups) if isinstance(groups, str) else groups


def custom_roles_in(groups: Iterable[str]) -> frozenset[str]:
    """The groups that are no built-in role but can be the name of one: the first few of them."""
    named = (name for name in groups if name not in _BUILT_IN and is_identifier(name))
    return frozenset(islice(named, MAX_CUSTOM_ROLES))
