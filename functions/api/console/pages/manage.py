"""Manage: one bot with its plan, its balance and its use, and what can be done about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalice.app import Blueprint, Response

from api.console.api_calls import path
from api.console.page import page
from api.console.pages.bots import standing
from api.console.visit import Visit
from api.console.words import EXTENSION_STATUS, LEDGER_REASON, PLAN_KIND, prices

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
        price=prices(current, visit.formats) if current else "",
        extension_status=EXTENSION_STATUS,
        offers=_offers(visit, bot, options["options"]),
        **standing(visit, bot),
    )


@page(routes, "GET", "bots/{bot_id}/balance")
def show_ledger(visit: Visit, bot_id: str) -> Response:
    """What became of a bot's money."""
    bot = visit.api.get(path("bots", bot_id))
    cursor = visit.request.query.get("cursor")
    found = visit.api.get(path("bots", bot_id, "ledger"), limit=_PER_PAGE, cursor=cursor)
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


def _offers(visit: Visit, bot: Mapping[str, Any], options: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """What the panel offers to do: plan, keep, funds, reload, extension."""
    if not visit.may_manage(bot):
        return frozenset()
    kind, free = bot["plan"]["kind"], bot["balance"]["free"]
    extension = bot["extension"]
    can_end = bot["plan"]["ends_at"] is not None or bool(free and free["amount"])
    waits = extension is not None and extension["status"] == "pending"
    offered = {
        "plan": kind != "enterprise" and any(o["change"] and not o["is_current"] for o in options),
        "keep": bot["pending_plan"] is not None,
        "funds": kind == "prepaid",
        "reload": kind == "prepaid" and "card" in (visit.account or {})["payment_methods"],
        "extension": can_end and not waits,
    }
    return frozenset(name for name, is_offered in offered.items() if is_offered)
