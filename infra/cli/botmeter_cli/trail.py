"""Reads as much of an audit trail as is asked for."""

from collections.abc import Callable

from botmeter.domain.audit import AuditEntry
from botmeter.ports.billing import Page

# As much as is asked for at a time.
_PAGE = 100


def latest(read: Callable[[int, str | None], Page[AuditEntry]], limit: int) -> list[AuditEntry]:
    """The newest entries, `limit` at most; `read` gives so many from a cursor on."""
    entries: list[AuditEntry] = []
    cursor = None
    while len(entries) < limit:
        page = read(min(_PAGE, limit - len(entries)), cursor)
        entries += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return entries
