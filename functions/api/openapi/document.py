"""The document as a whole."""

from collections.abc import Iterator
from typing import Any

from chalice.app import Chalice

from api.openapi.paths import path_item_member
from api.openapi.responses import problem_responses
from api.openapi.schemas import Schemas
from api.operation import Operation

VERSION = "1.0.0"
DESCRIPTION = """\
Plans, balances, usage, orders and invoices of the bots of one account.

**Money** is an integer in minor units of its currency (cents). Prices of a session are in micro-units
(`unit_price_micros`: 200000 is 0.20).

**Lists** come in parts: ask for the next one with the `next_cursor` of the answer.

**Writes** take an `Idempotency-Key`, which a POST must have. The same request with the same key is done
once, and for 24 hours answered as it was the first time. A request that failed may be sent again with
its key.

**Errors** are problem documents (RFC 9457). Those that API Gateway makes itself (401, 429) have the content
type `application/json`.
"""


def document(app: Chalice, server: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `app`, which is reached at `server`."""
    operations = list(_operations(app))
    schemas = Schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = path_item_member(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Botmeter", "version": VERSION, "description": DESCRIPTION},
        "servers": [server],
        "tags": _tags(operations),
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": problem_responses(operations),
            "securitySchemes": {"token": _TOKEN, "source": _SOURCE},
        },
    }


_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The ID token of a user of the stack's Cognito user pool.",
}


_SOURCE = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "The key of an event source (`bmk_…`), or the ID token of a user in the pool's group `event_source`. "
        "Whether it counts is remembered for five minutes."
    ),
}


def _operations(app: Chalice) -> Iterator[Operation]:
    """The declared routes; a test sees to it that there are no others."""
    for methods in app.routes.values():
        for entry in methods.values():
            if isinstance(entry.view_function, Operation):
                yield entry.view_function


def _tags(operations: list[Operation]) -> list[dict[str, str]]:
    """The pages, in the order in which the app has them."""
    return [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)]
