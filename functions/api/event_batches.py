"""Events as they come over HTTP, cut apart and not looked into: one bad event must not hold up the others.

Each keeps the text that was sent, so that quarantine has what the source wrote.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from api.bodies import JSON
from api.call import Call
from api.problems import InvalidRequest, pointer
from api.schemas.events import MAX_EVENTS, Event, Events
from botmeter.domain.nesting import end_of_nested

ONE = "application/cloudevents+json"
MANY = "application/cloudevents-batch+json"

BODIES: Final[Mapping[str, Any]] = {JSON: Event | Events, ONE: Event, MANY: Events}

_EXPECTED = {
    JSON: ("{[", "must be an event or an array of events"),
    ONE: ("{", "must be one event, an object"),
    MANY: ("[", "must be an array of events"),
}
# It finds where values end; what numbers they are is nobody's business here.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_SPACE = re.compile(r"[ \t\n\r]*")


def read_events(call: Call[None]) -> list[str]:
    """The texts of the events of a request, 1 to 500.

    Raises `InvalidRequest`: 415 if it is neither JSON nor CloudEvents by its header, 400 if it is no JSON in
    truth, 422 if it is not what the header says, or too many.
    """
    media_type = call.request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media_type not in _EXPECTED:
        raise InvalidRequest(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be one of {', '.join(BODIES)}"
        )
    try:
        begin, values = _cut(call.raw_body.decode())
    except ValueError as error:
        raise InvalidRequest(HTTPStatus.BAD_REQUEST, f"the body must be JSON: {error}") from error
    begins, rule = _EXPECTED[media_type]
    if begin not in begins:
        raise _refusal(rule)
    if not 1 <= len(values) <= MAX_EVENTS:
        raise _refusal(f"must be 1 to {MAX_EVENTS} events, not {len(values)}")
    return values


def _refusal(rule: str) -> InvalidRequest:
    """What to raise for a body that is JSON but of another form."""
    detail = f"the body {rule}"
    return InvalidRequest(HTTPStatus.UNPROCESSABLE_ENTITY, detail, {"pointer": pointer(), "detail": rule})


def _cut(text: str) -> tuple[str, list[str]]:
    """How a JSON text begins, and the texts of the values in it: of an array its items, else the whole.

    Raises `ValueError` for what is no JSON.
    """
    first = _after_space(text, 0)
    if text.startswith("[", first):
        values, end = _items(text, first)
    else:
        end = _end(text, first)
        values = [text[first:end]]
    if _after_space(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return text[first], values


def _items(text: str, first: int) -> tuple[list[str], int]:
    """The texts of the items of the array that begins at `first`, and where it ends."""
    position = _after_space(text, first + 1)
    if text.startswith("]", position):
        return [], position + 1
    items = []
    while True:
        end = _end(text, position)
        items.append(text[position:end])
        position = _after_space(text, end)
        if text.startswith("]", position):
            return items, position + 1
        if not text.startswith(",", position):
            raise json.JSONDecodeError("Expecting ',' delimiter", text, position)
        position = _after_space(text, position + 1)


def _end(text: str, begin: int) -> int:
    """Where the value that begins at `begin` ends; raises `ValueError` if it is no JSON.

    One that is too deep for a parser is not looked into: ingest rejects it, and it alone.
    """
    try:
        return _DECODER.raw_decode(text, begin)[1]
    except RecursionError:
        return end_of_nested(text, begin)


def _after_space(text: str, position: int) -> int:
    """The first position from `position` on that is no white space."""
    found = _SPACE.match(text, position)
    return found.end() if found else position
