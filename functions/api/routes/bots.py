"""Plan & Usage."""

from datetime import UTC, datetime
from typing import Any

from chalice.app import Blueprint, Request

from api import views
from api.members import member_of
from api.paging import page
from api.problems import InvalidQuery, problem_documents
from botmeter.bootstrap import wiring
from botmeter.domain.periods import BillingPeriod

routes = Blueprint(__name__)


@routes.route("/bots", methods=["GET"])
@problem_documents
def list_bots() -> dict[str, Any]:
    """The bots of the caller's account, with their use in `?period=2026-10` or in the running period."""
    request = routes.current_request
    service, now, period = wiring().show_bots, datetime.now(UTC), period_of(request)
    return page(
        request,
        service.all(member_of(request)),
        lambda bot: bot.bot_id,
        lambda bot: views.bot(service.view(bot, now, period)),
    )


@routes.route("/bots/{bot_id}", methods=["GET"])
@problem_documents
def get_bot(bot_id: str) -> dict[str, Any]:
    """One bot with its use in the period and what its balance still covers."""
    request = routes.current_request
    service = wiring().show_bots
    bot = service.one(member_of(request), bot_id)
    return views.bot(service.view(bot, datetime.now(UTC), period_of(request)))


def period_of(request: Request) -> BillingPeriod | None:
    """The period that the request asks about, if it does."""
    query = request.query_params
    if query is None or "period" not in query:
        return None
    try:
        return BillingPeriod.parse(query["period"])
    except ValueError as error:
        raise InvalidQuery("period", "must be a month such as 2026-10") from error
