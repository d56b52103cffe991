"""Signing in: who knows the users, and where logins are kept."""

from datetime import datetime
from typing import Protocol

from botmeter.domain.logins import Challenge, Login, Tokens


class IdentityProvider(Protocol):
    """Knows users and their passwords.

    Every call raises `SignInRefused` where it says no, `Refused` for a password that is too simple, and
    `StoreUnavailable`.
    """

    def sign_in(self, username: str, password: str, now: datetime) -> Tokens | Challenge:
        """Who shows a password, or what else they have to show."""

    def answer(self, challenge: Challenge, text: str, now: datetime) -> Tokens | Challenge:
        """The same after the answer to a challenge: a new password, or a code."""

    def renew(self, tokens: Tokens, now: datetime) -> Tokens:
        """Fresh claims of somebody who has signed in before."""

    def revoke(self, tokens: Tokens) -> None:
        """Let nobody get fresh claims with these tokens any more."""

    def send_code(self, username: str) -> None:
        """Mail a code to somebody who has forgotten the password; says nothing of who does not exist."""

    def reset_password(self, username: str, code: str, password: str) -> None:
        """Set a new password with a code that was mailed."""


class LoginStore(Protocol):
    """Keeps logins; each call raises `StoreUnavailable`."""

    def put(self, login: Login) -> None:
        """Add a login."""

    def replace(self, login: Login) -> bool:
        """Keep a login anew; False, and nothing is kept, if it was forgotten meanwhile."""

    def get(self, key: str) -> Login | None:
        """The login of a key, if there is one; it may be over."""

    def delete(self, key: str) -> None:
        """Forget a login; nothing happens if there is none."""
