"""Lists in pages, with opaque cursors."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from api.call import Call
from api.parameters import CURSOR, LIMIT
from api.schemas.common import Page
from botmeter.ports import billing as stored

Item = TypeVar("Item")
View = TypeVar("View")


def page(
    call: Call[Any], items: Sequence[Item], key: Callable[[Item], str], view: Callable[[Item], View]
) -> Page[View]:
    """The page of `items` that the request asks for, and the cursor of the next one if there is more.

    `key` names an item; a cursor holds the name of the last item of the page before. The route
    declares the parameters `PAGING`.
    """
    return page_of_views(call, items, key, lambda shown: [view(item) for item in shown])


def page_of_views(
    call: Call[Any],
    items: Sequence[Item],
    key: Callable[[Item], str],
    views: Callable[[Sequence[Item]], list[View]],
) -> Page[View]:
    """The same where the items of a page are viewed together."""
    cursor, limit = call.query(CURSOR), call.query(LIMIT)
    first = 0 if cursor is None else _after(cursor, [key(item) for item in items])
    shown = items[first : first + limit]
    answer: Page[View] = {"items": views(shown)}
    if first + limit < len(items):
        answer["next_cursor"] = base64.urlsafe_b64encode(key(shown[-1]).encode()).decode()
    return answer


def stored_page(
    read: Callable[[], stored.Page[Item]],
) -> Callable[[Callable[[Item], View]], Page[View]]:
    """The page that a store gives, which keeps its own cursors, as what to call with the view of an item.

    `read` raises `ValueError` for a cursor that is none.
    """
    try:
        found = read()
    except ValueError as error:
        raise CURSOR.refusal() from error

    def shown(view: Callable[[Item], View]) -> Page[View]:
        answer: Page[View] = {"items": [view(item) for item in found.items]}
        if found.next_cursor is not None:
            answer["next_cursor"] = found.next_cursor
        return answer

    return shown


def _after(cursor: str, names: list[str]) -> int:
    """The position after the item that the cursor names."""
    try:
        return names.index(base64.urlsafe_b64decode(cursor.encode()).decode()) + 1
    except (binascii.Error, ValueError) as error:
        raise CURSOR.refusal() from error
