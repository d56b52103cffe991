"""What a route gets, and what it gives back beside the plain body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

from chalice.app import Request

from api.parameters import Query
from botmeter.bootstrap import Wiring, wiring
from botmeter.domain.members import Member

__all__ = ["Answer", "Call", "wiring"]

Body = TypeVar("Body")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Call(Generic[Body]):
    """A request whose headers, parameters and body keep their rules, and the member who sent it.

    `body` is None for a route that takes none. `idempotency_key` is the caller's, or a random one where
    the caller need not give one: ids derived from it make a repeated call the same call. `if_match` is
    the entity tag of the caller's copy, without quotes; `*` for any; None if it does not matter.
    `request` is for what is not covered here.
    """

    member: Member
    body: Body
    request: Request
    idempotency_key: str
    if_match: str | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    values: Mapping[str, Any] = field(default_factory=dict)

    def query(self, parameter: Query[Value]) -> Value:
        """The value of a query parameter that the route declares."""
        value: Value = self.values[parameter.name]
        return value

    @property
    def raw_body(self) -> bytes:
        """The body as it was sent: what a signature is made of."""
        body = self.request.raw_body
        return body if isinstance(body, bytes) else body.encode()

    @property
    def wiring(self) -> Wiring:
        """The services."""
        return wiring()


@dataclass(frozen=True, slots=True)
class Answer(Generic[Body]):
    """A body with more than its route's usual status and headers.

    `etag` is the opaque text of the entity tag, without quotes. `location` is the path, below the API's
    base, of what was made.
    """

    body: Body
    status: HTTPStatus | None = None
    etag: str | None = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def text(text: str, media_type: str) -> "Answer[Any]":
        """An answer that is no JSON, of a route that has several media types."""
        return Answer(text, headers={"Content-Type": media_type})
