"""Behind a bar of Usage: billing sessions, and the conversations that explain them."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.api_calls import ApiRefused, path
from api.console.named_bots import named_bots
from api.console.page import page
from api.console.timelines import timeline
from api.console.trails import read_view, sessions_of, way_back
from api.console.visit import Visit
from api.console.words import MARK, WHY_NOT_BILLED

routes = Blueprint(__name__)

_PER_PAGE = 50


@page(routes, "GET", "usage/sessions")
def show_sessions(visit: Visit) -> Response:
    """The records with sessions that start in a bar of the chart."""
    query = visit.request.query
    bot_id, since, until = (query.get(name, "") for name in ("bot_id", "since", "until"))
    if not (bot_id and since and until):
        raise ApiRefused(HTTPStatus.BAD_REQUEST, {"detail": "Sessions are those of a bot between two times."})
    span = read_view(visit)
    found = visit.api.get(
        path("bots", bot_id, "sessions"),
        **{"from": since, "to": until},
        limit=_PER_PAGE,
        cursor=query.get("cursor"),
    )
    shares = [{"record": record, "sessions": _within(record, since, until)} for record in found["items"]]
    return visit.page(
        "sessions.html",
        crumbs=way_back(visit, span, bot_id),
        bot_id=bot_id,
        name=named_bots(visit).called(bot_id),
        since=since,
        until=until,
        shares=shares,
        carried=sessions_of(visit),
        next_cursor=found.get("next_cursor"),
    )


@page(routes, "GET", "bots/{bot_id}/conversations/{conversation_id}")
def show_conversation(visit: Visit, bot_id: str, conversation_id: str) -> Response:
    """A conversation: who held it when, and where each of its sessions begins."""
    span = read_view(visit)
    found = visit.api.get(path("bots", bot_id, "conversations", conversation_id))
    windows = [(window, timeline(window, visit.formats)) for window in found["windows"]]
    return visit.page(
        "conversation.html",
        crumbs=way_back(visit, span, bot_id),
        bot_id=bot_id,
        name=named_bots(visit).called(bot_id),
        conversation=found,
        windows=windows,
        marks=MARK,
        reasons=WHY_NOT_BILLED,
    )


def _within(record: dict[str, Any], since: str, until: str) -> int:
    """How many sessions of a record start in a bar; negative where it takes some back."""
    first, end = datetime.fromisoformat(since), datetime.fromisoformat(until)
    count = sum(first <= datetime.fromisoformat(start) < end for start in record["session_starts"])
    return -count if record["reverses"] else count
