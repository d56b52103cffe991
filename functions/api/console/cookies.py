"""Cookies of the console, and the proof that a form is one of its own.

Two cookies hold a random secret each: `botmeter` of who is signed in, `botmeter-form` of who is not yet. They
carry no Path, so browsers send them to the console's own addresses and to nothing beside it: as long as pages
that set one have no `/` in their names.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

LOGIN = "botmeter"
FORM = "botmeter-form"
_RULES = "Secure; HttpOnly; SameSite="


def new_secret() -> str:
    """A secret that nobody guesses: 256 random bits."""
    return secrets.token_urlsafe(32)


def read_cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies of a request; of one that is sent twice the first, which is of the closer path.

    The standard library's reader gives up at the first odd cookie: one of another site of the domain would
    hide the console's own.
    """
    pairs = [part.strip().partition("=") for part in headers.get("cookie", "").split(";")]
    return {name: value for name, _, value in reversed(pairs) if name}


def are_kept(found: Mapping[str, str]) -> bool:
    """Whether a browser that sends the cookies `found` keeps the console's: every form comes with one."""
    return LOGIN in found or FORM in found


def login_cookie(secret: str) -> str:
    """What keeps somebody signed in while the browser runs. Links from elsewhere find them signed in."""
    return f"{LOGIN}={secret}; {_RULES}Lax"


def form_cookie(secret: str) -> str:
    """What ties the form for signing in to the browser that asked for it."""
    return f"{FORM}={secret}; {_RULES}Strict"


def without_login() -> str:
    """What makes a browser forget its login."""
    return f"{LOGIN}=; {_RULES}Lax; Max-Age=0"


def form_token(secret: str) -> str:
    """What a form of this browser carries: it proves the secret and does not tell it."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def is_own_form(token: str, secret: str) -> bool:
    """Whether a form that was sent is one that this browser was given."""
    return bool(secret) and hmac.compare_digest(token.encode(), form_token(secret).encode())
