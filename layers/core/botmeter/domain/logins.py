"""Logins: who is signed in to the console, and until when."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

# After so long everybody signs in anew, whatever was done meanwhile.
LOGIN_DURATION = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the identity provider gives somebody who has signed in.

    `claims` are those of the ID token, which it vouches for until `fresh_until`; `refresh_token` gets new
    ones, unless the user may no longer sign in.
    """

    claims: Mapping[str, Any]
    fresh_until: datetime
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who is signed in with one browser, until `ends_at` at the latest.

    `key` is the hash of the secret that the browser has: who reads the store cannot use it.
    """

    key: str
    tokens: Tokens
    ends_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether the time for it is up."""
        return now >= self.ends_at

    def is_stale(self, now: datetime) -> bool:
        """Whether the identity provider has to be asked again who this is."""
        return now >= self.tokens.fresh_until


def login_key(secret: str) -> str:
    """Under which name the login of a browser's secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ChallengeKind(StrEnum):
    """What the identity provider may ask for besides the password."""

    NEW_PASSWORD = "new-password"  # noqa: S105 (the question, not a password)
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question between the password and being signed in. `session` is the provider's name for it."""

    kind: ChallengeKind
    username: str
    session: str
