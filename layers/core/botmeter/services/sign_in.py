"""Sign in: from a password to a login that a browser keeps, and to its end."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.errors import SignInRefused, StoreUnavailable
from botmeter.domain.logins import LOGIN_DURATION, Challenge, Login, Tokens, login_key
from botmeter.ports.logins import IdentityProvider, LoginStore


@dataclass(frozen=True, slots=True)
class SignIn:
    """Keeps who is signed in. `secret` is always the browser's: random, and in its cookie alone.

    Every call raises `SignInRefused` where the identity provider says no, and `StoreUnavailable`.
    """

    identity: IdentityProvider
    logins: LoginStore

    def __call__(self, username: str, password: str, secret: str, now: datetime) -> Login | Challenge:
        """Sign in with a password; a challenge is what has to be answered first."""
        return self._keep(self.identity.sign_in(username, password, now), secret, now)

    def answer(self, challenge: Challenge, text: str, secret: str, now: datetime) -> Login | Challenge:
        """Go on with the answer to a challenge; raises `Refused` for a password that is too simple."""
        return self._keep(self.identity.answer(challenge, text, now), secret, now)

    def resume(self, secret: str, now: datetime) -> Login | None:
        """The login of a browser, with claims that the identity provider still vouches for.

        None when it is over, when there is none, or when the user may no longer sign in.
        """
        login = self.logins.get(login_key(secret))
        if login is None or login.is_over(now):
            return None
        return self._renewed(login, now) if login.is_stale(now) else login

    def sign_out(self, secret: str) -> None:
        """End the login of a browser: first here, then with the identity provider.

        Whatever the provider answers, nobody is signed in: the tokens were in the login alone.
        """
        login = self.logins.get(login_key(secret))
        if login is None:
            return
        self.logins.delete(login.key)
        with suppress(SignInRefused, StoreUnavailable):
            self.identity.revoke(login.tokens)

    def _keep(self, found: Tokens | Challenge, secret: str, now: datetime) -> Login | Challenge:
        """Keep who has signed in."""
        if isinstance(found, Challenge):
            return found
        login = Login(login_key(secret), found, now + LOGIN_DURATION)
        self.logins.put(login)
        return login

    def _renewed(self, login: Login, now: datetime) -> Login | None:
        """The login with fresh claims; forgotten if there are none, and not brought back if it has ended."""
        try:
            tokens = self.identity.renew(login.tokens, now)
        except SignInRefused:
            self.logins.delete(login.key)
            return None
        renewed = replace(login, tokens=tokens)
        return renewed if self.logins.replace(renewed) else None
