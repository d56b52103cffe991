"""JSON Schemas of bodies, answers and parameters."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from api.operation import Operation
from api.schemas.common import Problem
from api.validation import adapter

_TEMPLATE = "#/components/schemas/{model}"
# The two differ only in types with defaults, which typed dictionaries have not.
_MODE: JsonSchemaMode = "validation"


class _Generator(GenerateJsonSchema):
    """Names components as people would, and leaves out titles that only repeat a name."""

    def normalize_name(self, name: str) -> str:
        """`Page[Bot]` becomes `BotPage`."""
        return super().normalize_name(re.sub(r"^(\w+)\[(\w+)\]$", r"\2\1", name))

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic asks so)
        """Never."""
        return False


class Schemas:
    """The schema of each type that the operations use, with what they refer to."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        types = {
            t for o in operations for t in (*o.body_types.values(), o.answer_type, *o.path_types.values())
        }
        adapters: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]]
        adapters = [(of, _MODE, adapter(of)) for of in (*types, Problem)]
        self._found, shared = TypeAdapter.json_schemas(
            adapters, ref_template=_TEMPLATE, schema_generator=_Generator
        )
        self.components = {name: _untitled(schema) for name, schema in sorted(shared["$defs"].items())}

    def of(self, annotation: Any) -> dict[str, Any]:
        """The schema of a type, mostly a reference to a component."""
        return dict(self._found[annotation, _MODE])


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    """A component without the title, which says again what its name says."""
    return {key: value for key, value in schema.items() if key != "title"}
