"""From the path of a request to the route that answers it.

API Gateway knows only which paths need a token (`template.yaml`): a permission for each route would not fit
the function's resource policy, which AWS holds to 20 KB.
"""

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, Response

from api.problems import problem

_GREEDY = "{proxy+}"
Pattern = tuple[str, ...]


def answer(app: Chalice, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """What `app` answers to an event of API Gateway; a problem document where it has no such route."""
    parts = segments(event)
    pattern = _match(frozenset(app.routes), parts)
    if pattern is None:
        return _problem(HTTPStatus.NOT_FOUND, "there is no such route")
    resource, method = "/" + "/".join(pattern), event["httpMethod"]
    if method not in app.routes[resource]:
        allowed = {"Allow": ", ".join(sorted(app.routes[resource]))}
        return _problem(HTTPStatus.METHOD_NOT_ALLOWED, f"there is no {method} of this", allowed)
    routed: dict[str, Any] = app(
        {
            **event,
            "resource": resource,
            "pathParameters": {
                part[1:-1]: segment for part, segment in zip(pattern, parts, strict=True) if _is_name(part)
            },
            "requestContext": {**event["requestContext"], "resourcePath": resource},
        },
        context,
    )
    return routed


def methods(app: Chalice, event: Mapping[str, Any]) -> frozenset[str]:
    """What the route for the path of an event can be asked for by; nothing where `app` has no such route."""
    pattern = _match(frozenset(app.routes), segments(event))
    return frozenset(app.routes["/" + "/".join(pattern)]) if pattern else frozenset()


def segments(event: Mapping[str, Any]) -> Pattern:
    """The parts of the path below the stage; a custom domain may have put more before them."""
    parameters: Mapping[str, str] = event.get("pathParameters") or {}
    path = event["resource"].replace(_GREEDY, "{proxy}")
    return tuple(unquote(segment) for segment in path.format_map(parameters).strip("/").split("/"))


def _match(routes: frozenset[str], segments: Pattern) -> Pattern | None:
    """The route for a path: a word that is spelt out goes before a name."""
    fitting = [p for p in _patterns(routes) if len(p) == len(segments) and _fits(p, segments)]
    return min(fitting, key=lambda pattern: [_is_name(part) for part in pattern], default=None)


@cache
def _patterns(routes: frozenset[str]) -> list[Pattern]:
    """The routes in parts."""
    return [tuple(route.strip("/").split("/")) for route in routes]


def _fits(pattern: Pattern, segments: Pattern) -> bool:
    """Whether a path is one of the route's."""
    return all(
        part == segment or (_is_name(part) and segment)
        for part, segment in zip(pattern, segments, strict=True)
    )


def _is_name(part: str) -> bool:
    """Whether a part of a route stands for what a path names there."""
    return part.startswith("{")


def _problem(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A problem document as API Gateway takes it."""
    response: Response = problem(status, detail, headers=headers)
    found: dict[str, Any] = response.to_dict()
    return found
