"""Lists with filters: what is found, or which filter is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.console.api_calls import ApiRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.console.visit import Visit


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list; or nothing, and the rules that filters broke, by their names."""

    items: Sequence[Any] = ()
    next_cursor: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> HTTPStatus:
        """The status of the answer."""
        return HTTPStatus.BAD_REQUEST if self.errors else HTTPStatus.OK


def filtered(visit: Visit, place: str, filters: Mapping[str, str], *, limit: int) -> Found:
    """The page of the API's list `place` that the address asks for.

    Raises `ApiRefused` for what no filter can mend.
    """
    cursor = visit.request.query.get("cursor")
    try:
        answer = visit.api.get(place, limit=limit, cursor=cursor, **filters)
    except ApiRefused as refused:
        return Found(errors=broken(refused, filters))
    return Found(answer["items"], answer.get("next_cursor"))


def broken(refused: ApiRefused, filters: Mapping[str, str]) -> dict[str, str]:
    """The rules of filters that the API has named; raises `refused` if it is about something else."""
    rules = refused.by_field
    errors = {name: rules[name] for name in filters if name in rules}
    if not errors:
        raise refused
    return errors
