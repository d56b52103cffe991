"""Browsers' pages on other origins: which of them may read what the API answers (CORS)."""

from collections.abc import Mapping
from typing import Any

# For all routes alike: what a page may try says nothing of what it may do.
_METHODS = "GET, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match"
_ANSWER_HEADERS = "ETag, Location, Retry-After"
# Browsers keep the answer to a preflight for two hours at most.
_MAX_AGE_S = 7200


def preflight(event: Mapping[str, Any], origins: frozenset[str]) -> dict[str, Any]:
    """The answer to a browser that asks before it sends: to an unknown origin nothing is granted."""
    granted = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": str(_MAX_AGE_S),
    }
    headers = granted if _origin(event) in origins else {}
    return readable({"statusCode": 204, "headers": headers, "body": ""}, event, origins)


def readable(answer: dict[str, Any], event: Mapping[str, Any], origins: frozenset[str]) -> dict[str, Any]:
    """`answer` with the headers that let the page on the event's origin read it, if that is allowed."""
    if not origins:
        return answer
    headers = {**answer["headers"], "Vary": "Origin"}
    origin = _origin(event)
    if origin in origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = _ANSWER_HEADERS
    return {**answer, "headers": headers}


def _origin(event: Mapping[str, Any]) -> str:
    """The origin of the page that asks; empty if no page does."""
    headers: Mapping[str, str] = event.get("headers") or {}
    return next((value for name, value in headers.items() if name.lower() == "origin"), "")
