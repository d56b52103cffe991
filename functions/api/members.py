"""Who asks: the member behind a request, from the claims of the token that API Gateway has checked."""

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


def names_of(groups: str | list[str]) -> list[str]:
    """The names of the user's groups, which API Gateway gives as one text: `a,b` or `[a b]`."""
    return re.split(r"[,\s\[\]]+", groups) if isinstance(groups, str) else groups


def custom_roles_in(groups: Iterable[str]) -> frozenset[str]:
    """The groups that are no built-in role but can be the name of one: the first few of them."""
    named = (name for name in groups if name not in _BUILT_IN and is_identifier(name))
    return frozenset(islice(named, MAX_CUSTOM_ROLES))
