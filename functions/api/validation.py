"""Types made into validators and JSON Schemas, when the first request or document needs them.

pydantic is imported here alone, and late: most requests need none of it, and every cold start would pay.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from api.schemas.typed import TypeAliasType, is_typeddict

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# Unknown members are refused; what the source says below a member becomes its description.
_CONFIG = {"extra": "forbid", "use_attribute_docstrings": True}


@cache
def adapter(annotation: Any) -> "TypeAdapter[Any]":
    """Checks values of a type, and describes it."""
    from pydantic import TypeAdapter  # noqa: PLC0415 (see above)

    _configure(annotation)
    return TypeAdapter(annotation)


def _configure(annotation: Any) -> None:
    """Give every typed dictionary within `annotation` the same configuration."""
    if isinstance(annotation, TypeAliasType):
        _configure(annotation.__value__)
    kind = get_origin(annotation) or annotation
    if is_typeddict(kind) and not hasattr(kind, "__pydantic_config__"):
        kind.__pydantic_config__ = _CONFIG
        for member in get_type_hints(kind, include_extras=True).values():
            _configure(member)
    for part in get_args(annotation):
        _configure(part)
