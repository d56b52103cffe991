"""Authenticate a source: from the credentials of a request to who sends, and for which account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botmeter.domain.event_sources import SourceIdentity, is_key, key_hash
from botmeter.domain.identifiers import is_identifier
from botmeter.domain.members import Role
from botmeter.ports.event_sources import SourceDirectory, TokenReader


@dataclass(frozen=True, slots=True)
class AuthenticateSource:
    """Knows keys by their hashes, and users of the user pool who have the role of a source."""

    directory: SourceDirectory
    read_token: TokenReader

    def __call__(self, credentials: str) -> SourceIdentity | None:
        """Who sends with a key or an ID token; None for whatever else; raises `StoreUnavailable`."""
        if is_key(credentials):
            return self.directory.source_of(key_hash(credentials))
        claims = self.read_token(credentials)
        return None if claims is None else _source_in(claims)


def _source_in(claims: Mapping[str, Any]) -> SourceIdentity | None:
    """The source that a user is, if its groups say so and it belongs to an account."""
    groups, names = (
        claims.get("cognito:groups"),
        (claims.get("custom:account_id"), claims.get("cognito:username")),
    )
    if not isinstance(groups, list) or Role.EVENT_SOURCE not in groups:
        return None
    account_id, source_id = (name if isinstance(name, str) else "" for name in names)
    return SourceIdentity(account_id, source_id) if is_identifier(account_id) and source_id else None
