"""Actions: a form, then what would happen and what it costs, then the deed. All of it works without scripts.

Looking changes nothing: the form and the review are the same address with what was typed as its parameters.
So an expired login loses nothing, and the way back in leads to the review.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.console.api_calls import ApiRefused
from api.console.fields import Field, Typed, read
from api.console.words import broken_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalice.app import Response

    from api.console.visit import Visit

_CHANGED = {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}


@dataclass(frozen=True, slots=True)
class Review:
    """What would happen: facts as (name, text), and what it costs in one sentence.

    `seen` is the entity tag of what it was reckoned from: if that changes, nothing is done.
    """

    facts: Sequence[tuple[str, str]]
    cost: str
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What to do: the values of the form, the key that makes it happen once, and what was seen."""

    values: dict[str, Any]
    key: str
    seen: str | None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a user does.

    `review` says what would happen, `do` does it and leads to the next page; both may raise `ApiRefused`.
    `button` is what the last button says, `back` the place to which the user may turn back. `facts` stand
    above the form: what its reader has to know.
    """

    title: str
    button: str
    back: str
    review: Callable[[dict[str, Any]], Review]
    do: Callable[[Deed], Response]
    fields: Sequence[Field] = ()
    facts: Sequence[tuple[str, str]] = ()
    is_grave: bool = False


def perform(visit: Visit, action: Action) -> Response:
    """The answer to a visit of the action's address."""
    request = visit.request
    if request.method == "POST":
        return _do(visit, action)
    typed = read(action.fields, request.query)
    if action.fields and "review" not in request.query:
        return _form(visit, action, replace(typed, errors={}))
    return _form(visit, action, typed) if typed.errors else _review(visit, action, typed, _new_key())


def _do(visit: Visit, action: Action) -> Response:
    """Do it, unless what was typed is wrong or something has changed meanwhile."""
    form = visit.request.form
    typed = read(action.fields, form)
    if typed.errors:
        return _form(visit, action, typed)
    key = form.get("key") or _new_key()
    try:
        return action.do(Deed(dict(typed.values), key, form.get("seen") or None))
    except ApiRefused as refused:
        if refused.status in _CHANGED:
            return _review(visit, action, typed, key, changed=refused.detail, code=refused.status)
        return _refused(visit, action, typed, refused)


def _review(
    visit: Visit,
    action: Action,
    typed: Typed,
    key: str,
    *,
    changed: str = "",
    code: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The page that says what would happen.

    After a conflict `key` stays: the same request may have been sent twice, and the first may still be done.
    """
    try:
        review = action.review(dict(typed.values))
    except ApiRefused as refused:
        return _refused(visit, action, typed, refused)
    return visit.page(
        "review.html",
        code=code,
        action=action,
        typed=typed,
        review=review,
        changed=changed,
        key=key,
        edit=visit.link(visit.request.place, **typed.texts),
    )


def _new_key() -> str:
    """A key for a deed that is asked for the first time."""
    return secrets.token_urlsafe(16)


def _form(visit: Visit, action: Action, typed: Typed, problem: str = "") -> Response:
    """The page with the form, and with what is wrong about what was typed."""
    wrong = bool(typed.errors or problem)
    code = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return visit.page("form.html", code=code, action=action, typed=typed, problem=problem)


def _refused(visit: Visit, action: Action, typed: Typed, refused: ApiRefused) -> Response:
    """The form with the rules that the API has named: beside their fields, or above the form in words."""
    expected = {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.BAD_REQUEST}
    if refused.status not in expected:
        raise refused
    rules = refused.by_field
    errors = {one.name: rules.pop(one.name) for one in action.fields if one.name in rules}
    others = " ".join(broken_rule(name, rule) for name, rule in rules.items())
    problem = others or ("" if errors else refused.detail)
    return _form(visit, action, replace(typed, errors=errors), problem)
