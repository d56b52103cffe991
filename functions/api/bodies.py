"""Bodies of requests, checked against the types of `api.schemas`."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from chalice.app import Request

from api.problems import InvalidRequest, pointer
from api.schemas.common import ProblemError
from api.validation import adapter

if TYPE_CHECKING:
    from pydantic import ValidationError

JSON = "application/json"
# More would help nobody to mend a request, and a body can break a rule in every item.
MAX_ERRORS = 20


def read_body(request: Request, body_type: Any) -> Any:
    """The body of `request`, which is of `body_type`.

    Raises `InvalidRequest`: 415 if it is no JSON by its header, 400 if it is none in truth, 422 with the
    broken rules.
    """
    from pydantic import ValidationError  # noqa: PLC0415 (not at a cold start)

    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media_type != JSON:
        raise InvalidRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {JSON}")
    try:
        return adapter(body_type).validate_json(request.raw_body, strict=True)
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: "ValidationError") -> InvalidRequest:
    """What to raise for a body that pydantic refuses."""
    broken = list(_broken(error))
    if error.errors(include_url=False)[0]["type"] == "json_invalid":
        return InvalidRequest(HTTPStatus.BAD_REQUEST, f"the body must be JSON: {broken[0]['detail']}")
    count = error.error_count()
    detail = "the body breaks a rule" if count == 1 else f"the body breaks {count} rules"
    return InvalidRequest(HTTPStatus.UNPROCESSABLE_ENTITY, detail, *broken[:MAX_ERRORS])


def _broken(error: "ValidationError") -> Iterator[ProblemError]:
    """The broken rules, in the order of the body."""
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        yield {"pointer": pointer(*found["loc"]), "detail": found["msg"]}
