"""Who may sign in, and who has: an identity provider and a store of logins in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from botmeter.domain.errors import Refused, SignInRefused, StoreUnavailable
from botmeter.domain.logins import Challenge, ChallengeKind, Login, Tokens
from botmeter.domain.members import Member
from tests.fakes.world import ADMIN

PASSWORD = "correct horse battery"
FRESH_FOR = timedelta(hours=1)


def claims_of(member: Member) -> dict[str, Any]:
    """What the ID token of a member says."""
    return {
        "cognito:username": member.user_id,
        "custom:account_id": member.account_id,
        "cognito:groups": sorted(member.roles | member.custom_roles),
        "token_use": "id",
    }


@dataclass
class FakeIdentity:
    """Users by their name, all with `PASSWORD`. Those of `asked` have to answer with a new one first.

    `meanwhile` is done before claims are renewed; while `is_down`, nothing is answered.
    """

    users: dict[str, Mapping[str, Any]] = field(
        default_factory=lambda: {ADMIN.user_id: claims_of(ADMIN)},
    )
    asked: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None
    is_down: bool = False

    def sign_in(self, username: str, password: str, now: datetime) -> Tokens | Challenge:
        self._answer()
        if username not in self.users or password != self.passwords.get(username, PASSWORD):
            raise SignInRefused("the user name or the password is wrong")
        if username in self.asked:
            return Challenge(ChallengeKind.NEW_PASSWORD, username, "session-1")
        return self._tokens(username, now)

    def answer(self, challenge: Challenge, text: str, now: datetime) -> Tokens | Challenge:
        self._answer()
        if challenge.session != "session-1":
            raise SignInRefused("the session is over")
        self._set(challenge.username, text)
        self.asked.discard(challenge.username)
        return self._tokens(challenge.username, now)

    def renew(self, tokens: Tokens, now: datetime) -> Tokens:
        self._answer()
        self.meanwhile()
        username = tokens.refresh_token.removeprefix("refresh-")
        if username not in self.users or tokens.refresh_token in self.revoked:
            raise SignInRefused("the user name or the password is wrong")
        return replace(self._tokens(username, now), refresh_token=tokens.refresh_token)

    def revoke(self, tokens: Tokens) -> None:
        self._answer()
        self.revoked.append(tokens.refresh_token)

    def send_code(self, username: str) -> None:
        self._answer()
        if username in self.users:
            self.codes.append(username)

    def reset_password(self, username: str, code: str, password: str) -> None:
        self._answer()
        if username not in self.codes or code != "123456":
            raise SignInRefused("the code is wrong")
        self._set(username, password)

    def _answer(self) -> None:
        if self.is_down:
            raise StoreUnavailable("no answer")

    def _set(self, username: str, password: str) -> None:
        if len(password) < 14:
            raise Refused("password", "must have 14 characters or more")
        self.passwords[username] = password

    def _tokens(self, username: str, now: datetime) -> Tokens:
        return Tokens(self.users[username], now + FRESH_FOR, f"refresh-{username}")


@dataclass
class FakeLogins:
    """Logins by their key; while `is_down`, nothing is answered."""

    kept: dict[str, Login] = field(default_factory=dict)
    is_down: bool = False

    def put(self, login: Login) -> None:
        self._answer()
        self.kept[login.key] = login

    def replace(self, login: Login) -> bool:
        self._answer()
        if login.key not in self.kept:
            return False
        self.kept[login.key] = login
        return True

    def get(self, key: str) -> Login | None:
        self._answer()
        return self.kept.get(key)

    def delete(self, key: str) -> None:
        self._answer()
        self.kept.pop(key, None)

    def _answer(self) -> None:
        if self.is_down:
            raise StoreUnavailable("no answer")
