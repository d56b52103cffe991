"""What the document says of answers: of success, and of each kind of problem."""

from collections.abc import Sequence
from http import HTTPStatus
from types import NoneType
from typing import Any

from api.bodies import JSON
from api.headers import Key
from api.openapi.schemas import Schemas
from api.operation import Operation

PROBLEM_JSON = "application/problem+json"

_RETRY_AFTER = {
    "description": "Seconds after which to try again.",
    "schema": {"type": "integer"},
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}

# Name and meaning of each problem. Those of the gateway are made before any code of ours runs.
_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: ("BadRequest", "A parameter, a header or the form of the body breaks a rule."),
    HTTPStatus.UNAUTHORIZED: ("Unauthorized", "No token, or one that is not valid."),
    HTTPStatus.PAYMENT_REQUIRED: ("PaymentRefused", "The payment was refused."),
    HTTPStatus.FORBIDDEN: ("Forbidden", "The role does not permit it, or the plan does not include it."),
    HTTPStatus.NOT_FOUND: ("NotFound", "There is no such thing in this account."),
    HTTPStatus.CONFLICT: ("Conflict", "Somebody else was first, or the same request is still running."),
    HTTPStatus.PRECONDITION_FAILED: ("Outdated", "The copy that is changed is not the present one."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("UnsupportedMediaType", "The body is not JSON."),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("Refused", "The body breaks a rule: `errors` says where."),
    HTTPStatus.TOO_MANY_REQUESTS: ("TooManyRequests", "Too many requests; try again later."),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Unexpected", "An error that has been logged."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Unavailable", "A store did not answer; try again."),
}
# 400, since any query parameter that is not declared is refused.
_ANYWHERE = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
_OF_THE_GATEWAY = {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}
_WITH_RETRY_AFTER = {HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE}


def success_response(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """The answer to a request that was fulfilled."""
    found: dict[str, Any] = {"description": operation.status.phrase}
    if operation.etag:
        tag = {
            "description": "Names this very state; send it back as `If-Match`.",
            "schema": {"type": "string"},
        }
        found["headers"] = {"ETag": tag}
    if operation.answer_type is not NoneType:
        schema = schemas.of(operation.answer_type)
        found["content"] = {
            media_type: {"schema": schema if media_type == JSON else {"type": "string"}}
            for media_type in operation.media_types
        }
    return found


def error_responses(operation: Operation) -> dict[str, Any]:
    """The problems that a request can end in."""
    return {
        str(status.value): {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"}
        for status in sorted(_errors(operation))
    }


def problem_responses(operations: Sequence[Operation]) -> dict[str, Any]:
    """The components that the operations refer to, by status."""
    used = sorted({status for operation in operations for status in _errors(operation)})
    return {_PROBLEMS[status][0]: _problem_response(status) for status in used}


def _problem_response(status: HTTPStatus) -> dict[str, Any]:
    media_type = JSON if status in _OF_THE_GATEWAY else PROBLEM_JSON
    found: dict[str, Any] = {
        "description": _PROBLEMS[status][1],
        "content": {media_type: {"schema": _PROBLEM}},
    }
    if status in _WITH_RETRY_AFTER:
        found["headers"] = {"Retry-After": _RETRY_AFTER}
    return found


def _errors(operation: Operation) -> set[HTTPStatus]:
    """The statuses of problems that follow from what the operation takes, and those that it declares."""
    found = {*_ANYWHERE, *operation.errors}
    if not operation.is_public:
        found |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
    if operation.path_types:
        found |= {HTTPStatus.NOT_FOUND}
    if operation.body_types:
        found |= {HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY}
    if operation.key is not Key.IGNORED:
        found |= {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    if operation.takes_if_match:
        found |= {HTTPStatus.PRECONDITION_FAILED}
    return found
