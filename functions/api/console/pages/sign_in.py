"""Signing in and out, and what may be asked for in between."""

import re
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.call import wiring
from api.console import cookies
from api.console.page import page
from api.console.rendering import MEDIA_TYPES, assets
from api.console.visit import Visit, redirect
from botmeter.domain.errors import BotmeterError, Refused, SignInRefused
from botmeter.domain.logins import Challenge, ChallengeKind, Login

routes = Blueprint(__name__)

# Pages to which signing in may lead back; nothing else, nothing elsewhere, and no file.
_NEXT = re.compile(
    r"(?!.*(/download|\.csv)(\?|$))(bots|orders|invoices|credit-notes|usage|operator)([/?][\x21-\x7e]*)?"
)
_WRONG = HTTPStatus.UNPROCESSABLE_ENTITY
_FOREVER = "public, max-age=31536000, immutable"


@page(routes, "GET", "sign-in", public=True)
def show_sign_in(visit: Visit) -> Response:
    """The form for user name and password."""
    if visit.login is not None:
        return visit.go(visit.home)
    return _form(visit, next_place=visit.request.query.get("next", ""))


@page(routes, "POST", "sign-in", public=True)
def sign_in(visit: Visit) -> Response:
    """Sign in, or ask for what is still needed."""
    form, secret = visit.request.form, cookies.new_secret()
    username, next_place = form.get("username", "").strip(), form.get("next", "")
    try:
        found = wiring().sign_in(username, form.get("password", ""), secret, visit.now)
    except SignInRefused as refused:
        return _form(visit, username=username, next_place=next_place, problem=str(refused))
    return _signed_in(visit, found, secret, next_place)


@page(routes, "POST", "sign-in-challenge", public=True)
def answer_challenge(visit: Visit) -> Response:
    """Go on with a new password or a code."""
    form, secret = visit.request.form, cookies.new_secret()
    next_place = form.get("next", "")
    kind = next((kind for kind in ChallengeKind if kind == form.get("kind")), ChallengeKind.CODE)
    challenge = Challenge(kind, form.get("username", ""), form.get("session", ""))
    try:
        found = wiring().sign_in.answer(challenge, form.get("answer", ""), secret, visit.now)
    except (Refused, SignInRefused) as refused:
        return _challenge(visit, challenge, next_place, _words(refused))
    return _signed_in(visit, found, secret, next_place)


@page(routes, "POST", "sign-out", public=True)
def sign_out(visit: Visit) -> Response:
    """End the login."""
    if visit.login is not None:
        wiring().sign_in.sign_out(visit.secret)
    return redirect(visit.link("sign-in", done="signed-out"), cookies.without_login())


@page(routes, "GET", "forgotten-password", public=True)
def show_forgotten_password(visit: Visit) -> Response:
    """The form that asks for a code by mail."""
    return visit.page("forgotten.html", username="", problem="")


@page(routes, "POST", "forgotten-password", public=True)
def send_code(visit: Visit) -> Response:
    """Mail a code, and ask for it."""
    username = visit.request.form.get("username", "").strip()
    try:
        wiring().identity.send_code(username)
    except SignInRefused as refused:
        return visit.page("forgotten.html", code=_WRONG, username=username, problem=str(refused))
    return visit.page("reset.html", username=username, problem="")


@page(routes, "POST", "reset-password", public=True)
def reset_password(visit: Visit) -> Response:
    """Set a new password with the code."""
    form = visit.request.form
    username = form.get("username", "")
    try:
        wiring().identity.reset_password(username, form.get("code", "").strip(), form.get("password", ""))
    except (Refused, SignInRefused) as refused:
        return visit.page("reset.html", code=_WRONG, username=username, problem=_words(refused))
    return visit.go("sign-in", done="password-set")


@routes.route("/console/assets/{asset}", methods=["GET"])
def asset(asset: str) -> Response:
    """A style sheet, a script or a picture; its address changes with it."""
    text = assets().get(asset)
    if text is None:
        return Response("", status_code=HTTPStatus.NOT_FOUND.value)
    media_type = MEDIA_TYPES["." + asset.rpartition(".")[2]]
    headers: dict[str, Any] = {
        "Content-Type": f"{media_type}; charset=utf-8",
        "Cache-Control": _FOREVER,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(text, headers=headers)


def _signed_in(visit: Visit, found: Login | Challenge, secret: str, next_place: str) -> Response:
    """What follows a proof: the page that was wanted, or one more question."""
    if isinstance(found, Challenge):
        return _challenge(visit, found, next_place)
    if visit.login is not None:
        # This browser forgets the secret of the login that it had.
        wiring().sign_in.sign_out(visit.secret)
    visit.login = found
    place = next_place if _NEXT.fullmatch(next_place) else visit.home
    return redirect(visit.request.root + place, cookies.login_cookie(secret))


def _form(visit: Visit, *, next_place: str, username: str = "", problem: str = "") -> Response:
    """The form for signing in."""
    was_signed_in = bool(visit.request.cookies.get(cookies.LOGIN)) and bool(next_place)
    return visit.page(
        "sign_in.html",
        code=_WRONG if problem else HTTPStatus.OK,
        next=next_place,
        username=username,
        problem=problem,
        was_signed_in=was_signed_in,
        done=visit.request.query.get("done", ""),
    )


def _challenge(visit: Visit, challenge: Challenge, next_place: str, problem: str = "") -> Response:
    """The form for what is still needed."""
    code = _WRONG if problem else HTTPStatus.OK
    return visit.page("challenge.html", code=code, challenge=challenge, next=next_place, problem=problem)


def _words(error: BotmeterError) -> str:
    """What is wrong, for the reader."""
    return f"The password {error.rule}." if isinstance(error, Refused) else str(error)
