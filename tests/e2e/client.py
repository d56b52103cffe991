"""Users of the deployed API: they send anything, and look at whatever comes back."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import urllib3

from botmeter_cli.api_client import TIMEOUT_S

_connections = urllib3.PoolManager(maxsize=16)

JSON, PROBLEM = "application/json", "application/problem+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, of success or not."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def etag(self) -> str:
        return self.headers["ETag"]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who calls the API, with the ID token of `user_id` or with none."""

    base_url: str
    token: str | None = None
    user_id: str = ""

    def send(self, method: str, path: str, body: Any = None, **headers: str | None) -> Reply:
        """Send a request as it is, a body of bytes too; `If_Match="..."` becomes the header If-Match."""
        given = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        if self.token is not None:
            given["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            given.setdefault("Content-Type", JSON)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        url = f"{self.base_url}{path}"
        answer = _connections.request(
            method, url, body=sent, headers=given, timeout=TIMEOUT_S, retries=False, redirect=False
        )
        return Reply(answer.status, answer.headers, answer.data.decode())

    def get(self, path: str) -> Any:
        """The body of a GET that succeeds."""
        return fulfilled(self.send("GET", path))

    def post(self, path: str, body: Any = None, key: str | None = None) -> Reply:
        """A POST with `key`, or with one of its own."""
        return self.send("POST", path, body, Idempotency_Key=key or uuid.uuid4().hex)

    def put(self, path: str, body: Any, if_match: str | None = None) -> Reply:
        return self.send("PUT", path, body, If_Match=if_match)

    def delete(self, path: str) -> Reply:
        return self.send("DELETE", path)

    def pages(self, path: str, limit: int = 100) -> Iterator[Any]:
        """All items of a list, page by page."""
        mark = "&" if "?" in path else "?"
        page = self.get(f"{path}{mark}limit={limit}")
        while True:
            yield from page["items"]
            if "next_cursor" not in page:
                return
            page = self.get(f"{path}{mark}limit={limit}&cursor={page['next_cursor']}")


def fulfilled(reply: Reply, status: int = HTTPStatus.OK) -> Any:
    """The body of a reply that must be a success."""
    assert reply.status == status, reply.text
    assert reply.headers["Content-Type"] == JSON
    return reply.json


def refused(reply: Reply, status: int, where: str | None = None) -> str:
    """The rule in a reply that must be a problem document; `where` is the pointer, parameter or header."""
    problem = reply.json
    assert (reply.status, reply.headers["Content-Type"]) == (status, PROBLEM), reply.text
    assert (problem["type"], problem["title"]) == ("about:blank", HTTPStatus(status).phrase)
    assert problem["status"] == status
    assert problem["detail"]
    broken = problem.get("errors", [])
    names = [error.get("pointer") or error.get("parameter") or error.get("header") for error in broken]
    assert names == ([] if where is None else [where]), reply.text
    return str(broken[0]["detail"] if broken else problem["detail"])
