"""Signing in: from a password to a login that a browser keeps, and to its end."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from botmeter.domain.errors import Refused, SignInRefused, StoreUnavailable
from botmeter.domain.logins import LOGIN_DURATION, Challenge, ChallengeKind, Login, login_key
from botmeter.services.sign_in import SignIn
from tests.fakes.logins import FRESH_FOR, PASSWORD, FakeIdentity, FakeLogins, claims_of
from tests.fakes.world import ADMIN, NOW, OWNER, Died, die

SECRET = "a-secret-of-this-browser"
MOMENT = timedelta(microseconds=1)
ASKED = Challenge(ChallengeKind.NEW_PASSWORD, ADMIN.user_id, "session-1")


@dataclass
class Desk:
    """The service over fakes."""

    identity: FakeIdentity = field(default_factory=FakeIdentity)
    logins: FakeLogins = field(default_factory=FakeLogins)

    def __post_init__(self) -> None:
        self.sign_in = SignIn(self.identity, self.logins)

    def enter(self, secret: str = SECRET) -> Login:
        """Somebody signs in."""
        login = self.sign_in(ADMIN.user_id, PASSWORD, secret, NOW)
        assert isinstance(login, Login)
        return login


# ------------------------------------------------------------------------------------ the way in


def test_password_makes_a_login_that_is_kept() -> None:
    """The login has the provider's claims and is found by the browser's secret."""
    desk = Desk()
    login = desk.enter()

    assert login.tokens.claims == claims_of(ADMIN)
    assert login.ends_at == NOW + LOGIN_DURATION
    assert desk.sign_in.resume(SECRET, NOW) == login


def test_secret_is_stored_as_its_hash_alone() -> None:
    """Who reads the store cannot sign in with what is there."""
    desk = Desk()
    desk.enter()

    assert list(desk.logins.kept) == [login_key(SECRET)]
    assert SECRET not in repr(desk.logins.kept)
    assert desk.sign_in.resume(login_key(SECRET), NOW) is None


@pytest.mark.parametrize(
    ("username", "password"), [(ADMIN.user_id, "wrong"), ("u-nobody", PASSWORD), ("", "")]
)
def test_wrong_password_keeps_nothing(username: str, password: str) -> None:
    """The provider's refusal comes through, and there is no login."""
    desk = Desk()
    with pytest.raises(SignInRefused, match="user name or the password"):
        desk.sign_in(username, password, SECRET, NOW)

    assert not desk.logins.kept


def test_challenge_is_asked_and_nobody_is_signed_in() -> None:
    """A password that is for one time is not enough."""
    desk = Desk(FakeIdentity(asked={ADMIN.user_id}))

    assert desk.sign_in(ADMIN.user_id, PASSWORD, SECRET, NOW) == ASKED
    assert not desk.logins.kept


def test_answer_to_a_challenge_signs_in() -> None:
    """With a new password the login is like any other."""
    desk = Desk(FakeIdentity(asked={ADMIN.user_id}))
    login = desk.sign_in.answer(ASKED, "another long password", SECRET, NOW)

    assert login == desk.sign_in.resume(SECRET, NOW)


def test_answer_that_breaks_a_rule_keeps_nothing() -> None:
    """A password that is too simple is refused by its field, and may be tried again."""
    desk = Desk(FakeIdentity(asked={ADMIN.user_id}))
    with pytest.raises(Refused) as refused:
        desk.sign_in.answer(ASKED, "short", SECRET, NOW)

    assert refused.value.field == "password"
    assert not desk.logins.kept


# ---------------------------------------------------------------------------------- being signed in


def test_fresh_login_asks_the_provider_nothing() -> None:
    """Until its claims are stale, a provider that is down does not matter."""
    desk = Desk()
    login = desk.enter()
    desk.identity.is_down = True

    assert desk.sign_in.resume(SECRET, NOW + FRESH_FOR - MOMENT) == login


def test_stale_login_gets_fresh_claims() -> None:
    """Roles that changed meanwhile apply, and the login ends no later than before."""
    desk = Desk()
    desk.enter()
    desk.identity.users[ADMIN.user_id] = claims_of(OWNER)
    later = NOW + FRESH_FOR
    login = desk.sign_in.resume(SECRET, later)

    assert login is not None
    assert login.tokens.claims == claims_of(OWNER)
    assert login.tokens.fresh_until == later + FRESH_FOR
    assert login.ends_at == NOW + LOGIN_DURATION
    assert desk.logins.get(login.key) == login


def test_user_who_was_disabled_is_out() -> None:
    """When claims are stale and no new ones are given, the login is forgotten."""
    desk = Desk()
    desk.enter()
    desk.identity.users.clear()

    assert desk.sign_in.resume(SECRET, NOW + FRESH_FOR) is None
    assert not desk.logins.kept


def test_provider_that_is_down_forgets_nobody() -> None:
    """A stale login waits for the provider: it is neither used nor lost."""
    desk = Desk()
    desk.enter()
    desk.identity.is_down = True
    with pytest.raises(StoreUnavailable):
        desk.sign_in.resume(SECRET, NOW + FRESH_FOR)

    desk.identity.is_down = False
    assert desk.sign_in.resume(SECRET, NOW + FRESH_FOR) is not None


def test_login_is_over_after_its_time() -> None:
    """To the instant, and whatever the provider would say."""
    desk = Desk()
    desk.enter()

    assert desk.sign_in.resume(SECRET, NOW + LOGIN_DURATION - MOMENT) is not None
    assert desk.sign_in.resume(SECRET, NOW + LOGIN_DURATION) is None


@pytest.mark.parametrize("secret", ["", "another", SECRET + " "])
def test_unknown_secret_is_nobody(secret: str) -> None:
    """There is one secret for each login."""
    desk = Desk()
    desk.enter()

    assert desk.sign_in.resume(secret, NOW) is None


# ----------------------------------------------------------------------------------- the way out


def test_sign_out_ends_here_and_with_the_provider() -> None:
    """The browser's login is gone, and its tokens get nothing any more; other browsers keep theirs."""
    desk = Desk()
    login, other = desk.enter(), desk.enter("another browser")
    desk.sign_in.sign_out(SECRET)

    assert desk.sign_in.resume(SECRET, NOW) is None
    assert desk.identity.revoked == [login.tokens.refresh_token]
    assert desk.sign_in.resume("another browser", NOW) == other


def test_sign_out_twice_is_signing_out() -> None:
    """The second time there is nothing to do."""
    desk = Desk()
    desk.enter()
    for _ in range(2):
        desk.sign_in.sign_out(SECRET)

    assert len(desk.identity.revoked) == 1


def test_crash_while_signing_out_leaves_nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login is deleted before the provider is told."""
    desk = Desk()
    desk.enter()
    monkeypatch.setattr(desk.identity, "revoke", lambda tokens: die())
    with pytest.raises(Died):
        desk.sign_in.sign_out(SECRET)

    assert desk.sign_in.resume(SECRET, NOW) is None


@pytest.mark.parametrize("error", [StoreUnavailable("no answer"), SignInRefused("was revoked before")])
def test_provider_cannot_keep_anybody_signed_in(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whatever it answers, signing out has worked: nobody else has the tokens."""
    desk = Desk()
    desk.enter()

    def fail(tokens: object) -> None:
        raise error

    monkeypatch.setattr(desk.identity, "revoke", fail)
    desk.sign_in.sign_out(SECRET)

    assert not desk.logins.kept


def test_store_that_is_down_has_signed_nobody_out() -> None:
    """Then the user is told, and the provider is not."""
    desk = Desk()
    desk.enter()
    desk.logins.is_down = True
    with pytest.raises(StoreUnavailable):
        desk.sign_in.sign_out(SECRET)

    assert not desk.identity.revoked


def test_signing_out_while_claims_are_renewed_is_the_last_word() -> None:
    """Another request of the same browser does not bring the login back."""
    desk = Desk()
    desk.enter()
    desk.identity.meanwhile = lambda: desk.sign_in.sign_out(SECRET)
    # The provider has answered before it hears of the end.
    desk.identity.revoke = lambda tokens: None  # type: ignore[method-assign]

    assert desk.sign_in.resume(SECRET, NOW + FRESH_FOR) is None
    assert not desk.logins.kept
