"""Who asks: the member behind a request, from the claims of the token that API Gateway has checked."""

import re
from typing import Any

from chalice.app import Request

from botmeter.domain.errors import NotAllowed
from botmeter.domain.members import Member, Role


def member_of(request: Request) -> Member:
    """The member who sent `request`; raises `NotAllowed` if the token names no account or no role."""
    claims: dict[str, Any] = request.context.get("authorizer", {}).get("claims", {})
    user_id, account_id = claims.get("cognito:username"), claims.get("custom:account_id")
    roles = roles_of(claims.get("cognito:groups", ""))
    if claims.get("token_use") != "id" or not user_id or not account_id or not roles:
        raise NotAllowed("the token must be an ID token that names a user, an account and a role")
    return Member(user_id, account_id, roles)


def roles_of(groups: str | list[str]) -> frozenset[Role]:
    """Roles among the user's groups, which API Gateway gives as one text: `a,b` or `[a b]`."""
    names = re.split(r"[,\s\[\]]+", groups) if isinstance(groups, str) else groups
    return frozenset(Role(name) for name in names if name in set(Role))
