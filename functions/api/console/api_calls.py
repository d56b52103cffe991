"""Calls of the public API from within its own process, with the claims of whoever is signed in."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

# The most that a page of a list holds.
_MOST = 100

Served = Callable[[dict[str, Any]], dict[str, Any]]


class ApiRefused(Exception):
    """The API answered with a problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail", ""))
        self.status = HTTPStatus(status)
        self.detail: str = problem.get("detail", "")
        self.errors: list[dict[str, str]] = problem.get("errors", [])

    @property
    def by_field(self) -> dict[str, str]:
        """The broken rules by the last name of their place: `amount/currency` is `currency`."""
        return {_place(error).rpartition("/")[2]: error["detail"] for error in self.errors}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API: its JSON, and the entity tag of what was seen."""

    body: Any
    etag: str | None


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one user sees it. Every call raises `ApiRefused` unless the answer is a success.

    `serve` answers an event of API Gateway; `claims` are what it would have found in the user's token.
    """

    serve: Served
    claims: Mapping[str, Any]

    def get(self, path: str, **query: object) -> Any:
        """The JSON of `GET path`; parameters that are None or empty are left out."""
        return self.seen(path, **query).body

    def items(self, path: str, most: int = _MOST, /, **query: object) -> Iterator[Any]:
        """All items of a list, `most` at a time: each page of it is asked for when its first item is."""
        cursor: str | None = ""
        while cursor is not None:
            found = self.get(path, limit=most, cursor=cursor, **query)
            yield from found["items"]
            cursor = found.get("next_cursor")

    def seen(self, path: str, **query: object) -> Reply:
        """The same with its entity tag."""
        answer = self._send("GET", path, query)
        return Reply(json.loads(answer["body"]), _etag(answer))

    def text(self, path: str, **query: object) -> str:
        """An answer that is no JSON."""
        body: str = self._send("GET", path, query)["body"]
        return body

    def send(
        self, method: str, path: str, body: object = None, *, key: str, if_match: str | None = None
    ) -> Any:
        """Change something, once for each `key`; `if_match` says what was seen before."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        if if_match:
            headers["If-Match"] = if_match
        answer = self._send(method, path, {}, headers, None if body is None else json.dumps(body))
        return json.loads(answer["body"] or "null")

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> dict[str, Any]:
        """The answer to a request as API Gateway would hand it over."""
        given = {name: [str(value)] for name, value in query.items() if value not in {None, ""}}
        event = {
            "resource": "/{proxy+}",
            "path": path,
            "pathParameters": {"proxy": path.lstrip("/")},
            "httpMethod": method,
            "headers": dict(headers or {}),
            "multiValueQueryStringParameters": given or None,
            "requestContext": _context(method, self.claims),
            "stageVariables": None,
            "body": body,
            "isBase64Encoded": False,
        }
        answer = self.serve(event)
        if answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
            raise ApiRefused(answer["statusCode"], json.loads(answer["body"]))
        return answer


def _context(method: str, claims: Mapping[str, Any]) -> dict[str, Any]:
    """What API Gateway says of a request: how it came, and who sends it."""
    identity = {"sourceIp": ""}
    return {"httpMethod": method, "authorizer": {"claims": dict(claims)}, "identity": identity}


def path(*parts: str) -> str:
    """A path of the API: `path("bots", bot_id)`; names are encoded."""
    return "".join(f"/{quote(part, safe='@:')}" for part in parts)


def _etag(answer: Mapping[str, Any]) -> str | None:
    """The entity tag of an answer, as it stands in the header."""
    found: str | None = answer["headers"].get("ETag")
    return found


def _place(error: Mapping[str, str]) -> str:
    """Where a request breaks a rule: in the body, in the query, or in a header."""
    return next((error[kind] for kind in ("pointer", "parameter", "header") if kind in error), "")
