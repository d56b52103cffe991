"""What pydantic finds wrong with sources' records, as field and rule."""

from typing import Any, TypeVar

from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError

from botmeter.domain.errors import InvalidEvent

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], value: Any, *path: str) -> M:
    """A value as a model; raises `InvalidEvent` with the first thing that is wrong, named from `path` on."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join([*path, *map(str, first["loc"])])
        raise InvalidEvent(field, first["msg"]) from error
