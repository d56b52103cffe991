"""What pydantic finds wrong, in words for whoever sends events."""

from typing import Any, Final, NamedTuple

from aws_lambda_powertools.utilities.parser import ValidationError

from botmeter.domain.identifiers import IDENTIFIER_PATTERN, IDENTIFIER_RULE

# RFC 3339 with an offset: a time without one could be anybody's.
TIME_PATTERN: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
TIME_RULE: Final = "must be an RFC 3339 date and time with an offset"

_OBJECT: Final = "must be an object"
_PATTERNS: Final = {TIME_PATTERN: TIME_RULE, IDENTIFIER_PATTERN: IDENTIFIER_RULE}
# By pydantic's type of an error; braces are filled with what it tells of it. Nobody's values are quoted.
_RULES: Final = {
    "missing": "must be given",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge:.0f}",
    "less_than": "must be less than {lt:.0f}",
    "literal_error": "must be {expected}",
    "list_type": "must be a list",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "json_invalid": "must be JSON: {error}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "union_tag_not_found": "must be given",
}


class BrokenRule(NamedTuple):
    """A rule, pydantic's type of it, and the path of what breaks it."""

    path: tuple[int | str, ...]
    kind: str
    rule: str


def first_broken_rule(error: ValidationError) -> BrokenRule:
    """The first thing that is wrong with a value."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    return BrokenRule(first["loc"], first["type"], _rule(first))


def _rule(found: Any) -> str:
    """What was expected. Rules of our own, which the table does not have, stay as they are."""
    context = found.get("ctx", {})
    named = _PATTERNS.get(context.get("pattern")) or _RULES.get(found["type"])
    return named.format_map(context) if named else str(found["msg"])
