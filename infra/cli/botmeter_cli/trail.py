"""Reads as much of a stored list as is asked for."""

from collections.abc import Callable
from typing import TypeVar

from botmeter.ports.billing import Page

Item = TypeVar("Item")

# As much as is asked for at a time.
_PAGE = 100


def latest(read: Callable[[int, str | None], Page[Item]], limit: int) -> list[Item]:
    """The newest items, `limit` at most; `read` gives so many from a cursor on."""
    items: list[Item] = []
    cursor = None
    while len(items) < limit:
        page = read(min(_PAGE, limit - len(items)), cursor)
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return items
