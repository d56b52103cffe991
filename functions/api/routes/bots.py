"""Plan & Usage."""

from datetime import UTC, datetime
from typing import Any

from chalice.app import Blueprint

from api import views
from api.members import member_of
from api.paging import page
from botmeter.bootstrap import wiring

routes = Blueprint(__name__)


@routes.route("/bots", methods=["GET"])
def list_bots() -> dict[str, Any]:
    """The bots of the caller's account."""
    request = routes.current_request
    found = wiring().show_bots.all(member_of(request), datetime.now(UTC))
    return page(request, found, lambda view: view.bot.bot_id, views.bot)


@routes.route("/bots/{bot_id}", methods=["GET"])
def get_bot(bot_id: str) -> dict[str, Any]:
    """One bot with its usage of the running period and what its balance still covers."""
    member = member_of(routes.current_request)
    return views.bot(wiring().show_bots.one(member, bot_id, datetime.now(UTC)))
