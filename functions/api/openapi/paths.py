"""What the document says of one route."""

import inspect
from typing import Any

from api.headers import IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_PATTERN, IF_MATCH, IF_MATCH_PATTERN, Key
from api.openapi.responses import error_responses, success_response
from api.openapi.schemas import Schemas
from api.operation import Operation
from api.parameters import REQUIRED, Query


def path_item_member(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    """The operation object of a route."""
    summary, _, description = (inspect.getdoc(operation.view) or "").partition("\n")
    found: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "tags": [operation.tag],
        "summary": summary.strip().removesuffix("."),
        "description": _described(operation, description.strip()),
        "security": _security(operation),
        "parameters": _parameters(operation, schemas),
    }
    if operation.body_types:
        content = {media_type: {"schema": schemas.of(of)} for media_type, of in operation.body_types.items()}
        found["requestBody"] = {"required": True, "content": content}
    success = {str(operation.status.value): success_response(operation, schemas)}
    return {**found, "responses": success | error_responses(operation)}


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    """What a caller has to bring: nothing, the token of a user, or what an event source has."""
    if operation.is_public:
        return []
    return [{"source" if operation.is_for_sources else "token": []}]


def _described(operation: Operation, description: str) -> str:
    """The description, and who may call the route."""
    access = "Needs no token." if operation.is_public else _access(operation)
    return f"{description}\n\n{access}" if description else access


def _access(operation: Operation) -> str:
    """The roles that open the route."""
    roles = ", ".join(f"`{role}`" for role in sorted(operation.roles))
    if operation.permission is None:
        return f"Roles: {roles}."
    return f"Roles: {roles}, and the account's own roles with the permission `{operation.permission}`."


def _parameters(operation: Operation, schemas: Schemas) -> list[dict[str, Any]]:
    """Of the path, of the query, and of the headers."""
    return [
        *(_path_parameter(name, schemas.of(of)) for name, of in operation.path_types.items()),
        *(_query_parameter(parameter) for parameter in operation.query),
        *_header_parameters(operation),
    ]


def _query_parameter(parameter: Query[Any]) -> dict[str, Any]:
    """A parameter of the query."""
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.default is REQUIRED,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _path_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter of the path, whose description is that of its type."""
    description = schema.pop("description", "")
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    """Idempotency-Key and If-Match, where they mean something."""
    found = []
    if operation.key is not Key.IGNORED:
        found.append(
            {
                "name": IDEMPOTENCY_KEY,
                "in": "header",
                "required": operation.key.must_be_given,
                "description": "The same for every try of one request, and for no other one.",
                "schema": {
                    "type": "string",
                    "pattern": IDEMPOTENCY_KEY_PATTERN,
                    "examples": ["5f6c1c0e-3d0b"],
                },
            }
        )
    if operation.takes_if_match:
        found.append(
            {
                "name": IF_MATCH,
                "in": "header",
                "required": False,
                "description": "The `ETag` of the copy that is changed: 412 if it is not the present one.",
                "schema": {"type": "string", "pattern": IF_MATCH_PATTERN, "examples": ['"7"']},
            }
        )
    return found
