"""Errors as problem documents (RFC 9457)."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from chalice.app import ChaliceViewError, Response

from botmeter.domain.errors import BotmeterError, NotAllowed, NotAvailable, NotFound, StoreUnavailable

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


def problem_documents(event: Any, get_response: Callable[[Any], Any]) -> Any:  # noqa: ANN401 (Chalice's types)
    """Middleware that turns what a route raises into a problem document."""
    try:
        return get_response(event)
    except InvalidQuery as error:
        errors = [{"parameter": error.parameter, "detail": error.rule}]
        return problem(HTTPStatus.BAD_REQUEST, str(error), errors=errors)
    except BotmeterError as error:
        status = _STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
        detail = str(error) if status is not HTTPStatus.SERVICE_UNAVAILABLE else "try again later"
        return problem(status, detail)
    except ChaliceViewError:
        raise
    except Exception:
        _logger.exception("unexpected error")
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the error has been logged")


def problem(status: HTTPStatus, detail: str, **members: Any) -> Response:  # noqa: ANN401 (any JSON)
    """A problem document; its type is named after the status, since nothing more is to tell apart."""
    document = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return Response(
        body=json.dumps({**document, **members}),
        status_code=status.value,
        headers={"Content-Type": "application/problem+json", "Cache-Control": "no-store"},
    )
