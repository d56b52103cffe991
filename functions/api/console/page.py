"""How a page is declared, and what all pages have in common: signing in, forms, errors."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from chalice.app import Blueprint, Response

from api import routing
from api.call import wiring
from api.console import cookies
from api.console.api_calls import ApiRefused, Served
from api.console.offers import NotOffered
from api.console.requests import PageRequest
from api.console.visit import Visit
from botmeter.domain.errors import SignInRefused, StoreUnavailable
from botmeter.domain.logins import Login

View = Callable[..., Response]

_logger = logging.getLogger(__name__)
_HEADINGS = {
    HTTPStatus.BAD_REQUEST: "This address is not right",
    HTTPStatus.PAYMENT_REQUIRED: "The payment was refused",
    HTTPStatus.FORBIDDEN: "This is not open to you",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.CONFLICT: "This is not possible now",
    HTTPStatus.PRECONDITION_FAILED: "Somebody else was faster",
    HTTPStatus.UNPROCESSABLE_ENTITY: "This is not possible now",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "Try again in a moment",
}
_OTHERWISE = "Something went wrong"
_KEEPS_NO_COOKIE = (
    "The form came back without the cookie that came with it. Allow cookies for this address, and try again. "
    "Safari keeps none of an address that is not https, as that of a local stack: there, use another browser."
)


def page(routes: Blueprint, method: str, path: str, *, public: bool = False) -> Callable[[View], View]:
    """Make a view the page `method /console/path`; unless it is `public`, it needs somebody who is signed in.

    A view gets its `Visit` and the names in its path. What the API refuses becomes a page that says so.
    """

    def register(view: View) -> View:
        def respond(**names: str) -> Response:
            visit = Visit(PageRequest(routes.current_request.to_original_event()), _serve(routes))
            return _respond(visit, view, names, public=public)

        routes.route(f"/console/{path}", methods=[method], name=f"{method} {path}", content_types=[])(respond)
        return view

    return register


def _respond(visit: Visit, view: View, names: Mapping[str, str], *, public: bool) -> Response:
    """The answer to a visit, whatever happens."""
    try:
        return _admitted(visit, view, names, public=public)
    except ApiRefused as refused:
        return problem_page(visit, refused.status, refused.detail)
    except NotOffered as refused:
        return problem_page(visit, refused.status, refused.reason, back=refused.back)
    except SignInRefused as refused:
        return problem_page(visit, HTTPStatus.FORBIDDEN, str(refused))
    except StoreUnavailable:
        _logger.warning("a store did not answer", exc_info=True)
        return problem_page(visit, HTTPStatus.SERVICE_UNAVAILABLE, "Nothing was changed.")
    except Exception:
        _logger.exception("unexpected error")
        return problem_page(visit, HTTPStatus.INTERNAL_SERVER_ERROR, "The error has been logged.")


def _admitted(visit: Visit, view: View, names: Mapping[str, str], *, public: bool) -> Response:
    """What the view answers, once it is clear who asks and that a form is the console's own."""
    visit.login = _login(visit)
    if visit.login is None and not public:
        return visit.go("sign-in", next=visit.request.again())
    if visit.login is None and visit.request.place == "sign-out":
        # The time was up before: there is nothing to end, and no form that could prove anything.
        return visit.go("sign-in")
    if visit.request.method == "POST" and not _is_own_form(visit, public=public):
        return _form_refused(visit)
    return view(visit, **names)


def problem_page(
    visit: Visit, status: HTTPStatus, detail: str, heading: str = "", *, back: str = ""
) -> Response:
    """A page that says what is wrong, with a way `back`, or to the first page.

    Where even the account cannot be read, it does without its name.
    """
    visit.forget_unreadable_account()
    heading = heading or _HEADINGS.get(status, _OTHERWISE)
    return visit.page("problem.html", code=status, heading=heading, detail=detail, back=back)


def _form_refused(visit: Visit) -> Response:
    """A page that says why a form was not taken."""
    if visit.request.is_from_elsewhere or cookies.are_kept(visit.request.cookies):
        return problem_page(visit, HTTPStatus.FORBIDDEN, "The form is too old, or not one of this page.")
    heading = "Your browser keeps no cookie"
    return problem_page(visit, HTTPStatus.FORBIDDEN, _KEEPS_NO_COOKIE, heading)


def _login(visit: Visit) -> Login | None:
    """Who is signed in with this browser."""
    secret = visit.request.cookies.get(cookies.LOGIN)
    return wiring().sign_in.resume(secret, visit.now) if secret else None


def _is_own_form(visit: Visit, *, public: bool) -> bool:
    """Whether a form that was sent is one that this browser was given.

    A form for signing in may be older than the login: somebody has signed in with another tab meanwhile.
    """
    token = visit.request.form.get("form_token", "")
    before = visit.request.cookies.get(cookies.FORM, "") if public else ""
    is_own = any(cookies.is_own_form(token, secret) for secret in (visit.secret, before))
    return is_own and not visit.request.is_from_elsewhere


def _serve(routes: Blueprint) -> Served:
    """The public API in this process."""
    from api.app import app  # noqa: PLC0415 (which loads the console when a page is asked for)

    return lambda event: routing.answer(app, event, routes.lambda_context)
