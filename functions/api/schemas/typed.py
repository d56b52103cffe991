"""What the types are made of."""

import re
import sys
from dataclasses import dataclass
from typing import Any, NotRequired

if sys.version_info >= (3, 12):
    from typing import TypeAliasType, TypedDict, is_typeddict
else:
    # pydantic needs the typed dictionaries of Python 3.12.
    from typing_extensions import TypeAliasType, TypedDict, is_typeddict

__all__ = ["Example", "NotRequired", "Text", "TypeAliasType", "TypedDict", "is_typeddict"]


@dataclass(frozen=True, slots=True)
class Text:
    """What a text looks like: a regular expression, one example, and what the text means.

    The expression is read by Python, by Rust and by JavaScript: keep to what all of them know.
    """

    pattern: str
    example: str
    description: str = ""

    def matches(self, text: str) -> bool:
        """Whether `text` looks like this."""
        return re.fullmatch(self.pattern, text) is not None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        """Let pydantic check the pattern."""
        return {**handler(source), "pattern": self.pattern}

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Let the OpenAPI document show example and meaning."""
        meaning = {"description": self.description} if self.description else {}
        return {**handler(schema), "examples": [self.example], **meaning}


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One example of a value whose type says little."""

    value: Any

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Let the OpenAPI document show it."""
        return {**handler(schema), "examples": [self.value]}
