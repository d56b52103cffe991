"""Errors as problem documents (RFC 9457)."""

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec

from chalice.app import Response

from api.schemas.common import Problem, ProblemError
from botmeter.domain import errors

P = ParamSpec("P")

# How long to wait before a store, or a request that is still running, is worth another try.
# Nothing of an account may stay in a cache, or be taken for something else than it says it is.
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_RETRY_AFTER = {"Retry-After": "2"}

_logger = logging.getLogger(__name__)

_STATUS: dict[type[errors.BotmeterError], HTTPStatus] = {
    errors.InvalidSignature: HTTPStatus.BAD_REQUEST,
    errors.PaymentRefused: HTTPStatus.PAYMENT_REQUIRED,
    errors.NotAllowed: HTTPStatus.FORBIDDEN,
    errors.NotAvailable: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Outdated: HTTPStatus.PRECONDITION_FAILED,
    errors.Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class InvalidRequest(errors.BotmeterError):
    """A request that breaks a rule of the API itself, before any service sees it."""

    def __init__(self, status: HTTPStatus, detail: str, *broken: ProblemError) -> None:
        super().__init__(detail)
        self.status = status
        self.broken = list(broken)


class InvalidQuery(InvalidRequest):
    """A query parameter that breaks its rule."""

    def __init__(self, parameter: str, rule: str) -> None:
        broken: ProblemError = {"parameter": parameter, "detail": rule}
        super().__init__(HTTPStatus.BAD_REQUEST, f"{parameter}: {rule}", broken)


class InvalidHeader(InvalidRequest):
    """A header that breaks its rule."""

    def __init__(self, header: str, rule: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(status, f"{header}: {rule}", {"header": header, "detail": rule})


class StillRunning(errors.Conflict):
    """The same request was sent before and has not been answered yet."""


def problem_documents(view: Callable[P, Response]) -> Callable[P, Response]:
    """Let a route answer with a problem document when it raises.

    A decorator and no middleware, since Chalice answers for a route that raised before middleware sees it.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except Exception as error:
            status = _status(error)
            if status is None:
                _logger.exception("unexpected error")
                return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the error has been logged")
            return _expected(error, status)

    return answer


def _status(error: Exception) -> HTTPStatus | None:
    """The status for an error that has a name; None for any other."""
    if isinstance(error, InvalidRequest):
        return error.status
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), None)


def _expected(error: Exception, status: HTTPStatus) -> Response:
    """The problem document of an error that has a name."""
    match error:
        case InvalidRequest():
            return problem(status, str(error), error.broken)
        case errors.Refused():
            broken: ProblemError = {"pointer": pointer(*error.field.split("/")), "detail": error.rule}
            return problem(status, str(error), [broken])
        case errors.StoreUnavailable():
            _logger.warning("a store did not answer", exc_info=error)
            return problem(status, "try again later", headers=_RETRY_AFTER)
        case StillRunning():
            return problem(status, str(error), headers=_RETRY_AFTER)
        case _:
            return problem(status, str(error))


def problem(
    status: HTTPStatus,
    detail: str,
    broken: list[ProblemError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document; its type is named after the status, since nothing more is to tell apart."""
    document: Problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if broken:
        document["errors"] = broken
    return Response(
        body=json.dumps(document),
        status_code=status.value,
        headers={
            "Content-Type": "application/problem+json",
            **PRIVATE,
            **(headers or {}),
        },
    )


def pointer(*steps: str | int) -> str:
    """A JSON pointer as a fragment: `#/amount/currency`."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
