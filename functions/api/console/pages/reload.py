"""Auto-reload: funds that are added by card when little is left."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import path
from api.console.fields import Field, money_field
from api.console.offers import require
from api.console.page import page
from api.console.visit import Visit

routes = Blueprint(__name__)


@page(routes, "GET", "bots/{bot_id}/auto-reload")
def show_auto_reload(visit: Visit, bot_id: str) -> Response:
    """The form for threshold and amount."""
    return set_auto_reload(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/auto-reload")
def set_auto_reload(visit: Visit, bot_id: str) -> Response:
    """Switch it on, or set it anew."""
    bot = visit.api.get(path("bots", bot_id))
    require(visit, bot["operations"]["set_auto_reload"], f"bots/{bot_id}")

    def review(values: dict[str, Any]) -> Review:
        f = visit.formats
        facts = [
            ("Bot", bot["name"]),
            ("When less is left than", f.money(values["threshold"])),
            ("Funds to be added", f.money(values["amount"])),
            ("Paid by", "the card that has paid for this bot before"),
        ]
        cost = f"It costs {f.money(values['amount'])} each time that it happens, by itself."
        return Review(facts, cost)

    def do(deed: Deed) -> Response:
        visit.api.send("PUT", path("bots", bot_id, "auto-reload"), deed.values, key=deed.key)
        return visit.go("bots/{}", bot_id, done="reload")

    title, fields = f"Auto-reload of {bot['name']}", _fields(visit, bot["auto_reload"])
    return perform(visit, Action(title, "Switch auto-reload on", f"bots/{bot_id}", review, do, fields))


@page(routes, "GET", "bots/{bot_id}/auto-reload/end")
def show_end_auto_reload(visit: Visit, bot_id: str) -> Response:
    """Ask whether to switch it off."""
    return end_auto_reload(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/auto-reload/end")
def end_auto_reload(visit: Visit, bot_id: str) -> Response:
    """Switch it off."""
    bot = visit.api.get(path("bots", bot_id))
    require(visit, bot["operations"]["end_auto_reload"], f"bots/{bot_id}")

    def review(_: dict[str, Any]) -> Review:
        facts = [("Bot", bot["name"]), ("Afterwards", "funds are added by hand alone")]
        return Review(facts, "It costs nothing. When nothing is left, the bot may not answer.")

    def do(deed: Deed) -> Response:
        visit.api.send("DELETE", path("bots", bot_id, "auto-reload"), key=deed.key)
        return visit.go("bots/{}", bot_id, done="reload-off")

    title = f"Switch auto-reload of {bot['name']} off"
    return perform(visit, Action(title, "Switch it off", f"bots/{bot_id}", review, do))


def _fields(visit: Visit, present: Mapping[str, Any] | None) -> list[Field]:
    """Threshold and amount, with those of the present if it is on."""
    f, currency = visit.formats, visit.currency

    def text(name: str) -> str:
        return f.plain_amount(present[name]["amount"], currency) if present else ""

    return [
        money_field("threshold", "When less is left than", currency, f, value=text("threshold")),
        money_field("amount", "Add", currency, f, value=text("amount")),
    ]
