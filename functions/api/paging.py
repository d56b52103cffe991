"""Lists in pages, with opaque cursors."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from chalice.app import Request

from api.problems import InvalidQuery

DEFAULT_LIMIT = 50
MAX_LIMIT = 100

Item = TypeVar("Item")


def page(
    request: Request, items: Sequence[Item], key: Callable[[Item], str], view: Callable[[Item], Any]
) -> dict[str, Any]:
    """The page of `items` that the request asks for, and the cursor of the next one if there is more.

    `key` names an item; a cursor holds the name of the last item of the page before.
    """
    query: Mapping[str, str] = request.query_params or {}
    limit = _limit(query.get("limit"))
    first = _first(query.get("cursor"), [key(item) for item in items])
    shown = items[first : first + limit]
    answer: dict[str, Any] = {"items": [view(item) for item in shown]}
    if first + limit < len(items):
        answer["next_cursor"] = base64.urlsafe_b64encode(key(shown[-1]).encode()).decode()
    return answer


def _limit(text: str | None) -> int:
    """How many items a page holds."""
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):  # noqa: PLR2004 (digits of the maximum)
        raise InvalidQuery("limit", f"must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _first(cursor: str | None, names: list[str]) -> int:
    """The position after the item that the cursor names."""
    if cursor is None:
        return 0
    try:
        return names.index(base64.urlsafe_b64decode(cursor.encode()).decode()) + 1
    except (binascii.Error, ValueError) as error:
        raise InvalidQuery("cursor", "must be the next_cursor of an earlier answer") from error
