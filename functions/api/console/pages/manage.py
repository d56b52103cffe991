"""Manage: one bot with its plan, its balance and its use, and what can be done about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalice.app import Blueprint, Response

from api.console.api_calls import path
from api.console.page import page
from api.console.pages.bots import standing
from api.console.visit import Visit
from api.console.words import EXTENSION_STATUS, LEDGER_REASON, PLAN_KIND, prices
from botmeter.domain.periods import BillingPeriod

routes = Blueprint(__name__)

_PER_PAGE = 50


@page(routes, "GET", "bots/{bot_id}")
def show_bot(visit: Visit, bot_id: str) -> Response:
    """The panel of one bot."""
    bot = visit.api.get(path("bots", bot_id))
    options = visit.api.get(path("bots", bot_id, "plan-options"))
    current = current_plan(options)
    return visit.page(
        "bot.html",
        bot=bot,
        kind=PLAN_KIND[bot["plan"]["kind"]],
        options=options,
        period=BillingPeriod.parse(bot["usage"]["period"]),
        price=prices(current, visit.formats) if current else "",
        extension_status=EXTENSION_STATUS,
        reload=bot["operations"]["set_auto_reload"],
        offers=_offers(bot, options["options"]),
        **{**standing(visit, bot), "may_manage": bot["operations"]["add_funds"]["is_permitted"]},
    )


@page(routes, "GET", "bots/{bot_id}/balance")
def show_ledger(visit: Visit, bot_id: str) -> Response:
    """What became of a bot's own credit."""
    bot = visit.api.get(path("bots", bot_id))
    return _ledger(visit, path("bots", bot_id, "ledger"), bot)


@page(routes, "GET", "ledger")
def show_shared_ledger(visit: Visit) -> Response:
    """What became of the free credits that all prepaid bots share."""
    return _ledger(visit, "/ledger", None)


def _ledger(visit: Visit, place: str, bot: Mapping[str, Any] | None) -> Response:
    """The page of a ledger: of a bot, or of what all of them share."""
    found = visit.api.get(place, limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page(
        "ledger.html",
        bot=bot,
        entries=found["items"],
        next_cursor=found.get("next_cursor"),
        reasons=LEDGER_REASON,
    )


def current_plan(options: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The plan that a bot is on, as its options show it; None if it is offered no more."""
    return next((option["plan"] for option in options["options"] if option["is_current"]), None)


def _offers(bot: Mapping[str, Any], options: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """What the panel offers to do, in the API's words: what is possible now, and leads somewhere."""
    offered = {name for name, found in bot["operations"].items() if found["is_possible"]}
    has_choice = any(option["change"] and not option["is_current"] for option in options)
    return frozenset(offered if has_choice else offered - {"change_plan"})
