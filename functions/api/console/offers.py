"""What the API says can be done, before anybody is asked to fill in a form for it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.console.visit import Visit


class NotOffered(Exception):
    """An operation cannot be done: why not, and the place that its reader came from."""

    def __init__(self, status: HTTPStatus, reason: str, back: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.back = back


def require(visit: Visit, possibility: Mapping[str, Any], back: str) -> None:
    """Raise `NotOffered` for a form or a review of what the API says is not possible now.

    What is sent, the API judges itself: it may be the second click for what the first one has done.
    """
    if visit.request.method == "POST" or possibility["is_possible"]:
        return
    status = HTTPStatus.UNPROCESSABLE_ENTITY if possibility["is_permitted"] else HTTPStatus.FORBIDDEN
    raise NotOffered(status, possibility["reason"], back)
