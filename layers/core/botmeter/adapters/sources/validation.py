"""What is wrong with sources' records, as field and rule."""

from typing import Any, TypeVar

from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError

from botmeter.adapters.broken_rules import first_broken_rule
from botmeter.domain.errors import InvalidEvent

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], value: Any, *path: str) -> M:
    """A value as a model; raises `InvalidEvent` with the first thing that is wrong, named from `path` on."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        broken = first_broken_rule(error)
        raise InvalidEvent(".".join([*path, *map(str, broken.path)]), broken.rule) from error
