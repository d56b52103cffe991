"""Errors as problem documents (RFC 9457)."""

import json
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

from chalice.app import Response

from botmeter.domain.errors import BotmeterError, NotAllowed, NotAvailable, NotFound, StoreUnavailable

P = ParamSpec("P")

_logger = logging.getLogger(__name__)

_STATUS: dict[type[BotmeterError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotAvailable: HTTPStatus.FORBIDDEN,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


class InvalidQuery(BotmeterError):
    """A query parameter that breaks its rule."""

    def __init__(self, parameter: str, rule: str) -> None:
        super().__init__(f"{parameter}: {rule}")
        self.parameter = parameter
        self.rule = rule


def problem_documents(view: Callable[P, Any]) -> Callable[P, Any]:
    """Let a route answer with a problem document when it raises.

    A decorator and no middleware, since Chalice answers for a route that raised before middleware sees it.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return view(*args, **kwargs)
        except BotmeterError as error:
            return _expected(error)
        except Exception:
            _logger.exception("unexpected error")
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the error has been logged")

    return answer


def _expected(error: BotmeterError) -> Response:
    """The problem document of an error that has a name."""
    if isinstance(error, InvalidQuery):
        errors = [{"parameter": error.parameter, "detail": error.rule}]
        return problem(HTTPStatus.BAD_REQUEST, str(error), errors=errors)
    status = _STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem(status, "try again later" if isinstance(error, StoreUnavailable) else str(error))


def problem(status: HTTPStatus, detail: str, **members: Any) -> Response:
    """A problem document; its type is named after the status, since nothing more is to tell apart."""
    document = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return Response(
        body=json.dumps({**document, **members}),
        status_code=status.value,
        headers={"Content-Type": "application/problem+json", "Cache-Control": "no-store"},
    )
