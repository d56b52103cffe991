"""Plan & Usage: the bots of the account, and handing one over."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.fields import Field, text_field
from api.console.filters import filtered
from api.console.offers import require
from api.console.page import page
from api.console.visit import Visit
from api.console.words import BALANCE_STATUS, BOT_STATUS, WITHOUT_BALANCE, notice, worst

routes = Blueprint(__name__)

_PER_PAGE = 50
_MAX_NAME = 128
# So many are seen at a glance.
_FEW = 10


@page(routes, "GET", "bots")
def list_bots(visit: Visit) -> Response:
    """The table of bots, or of those with a part of a name."""
    query = visit.request.query
    part = query.get("q", "").strip()
    found = filtered(visit, "/bots", {"q": part}, limit=_PER_PAGE)
    rows = [{"bot": bot, **standing(visit, bot)} for bot in found.items]
    return visit.page(
        "bots.html",
        code=found.code,
        rows=rows,
        next_cursor=found.next_cursor,
        part=part,
        errors=found.errors,
        can_search=bool(part) or "cursor" in query or len(rows) > _FEW,
    )


@page(routes, "GET", "bots/{bot_id}/owner")
def show_owner(visit: Visit, bot_id: str) -> Response:
    """The form for another owner."""
    return _change_owner(visit, bot_id)


@page(routes, "POST", "bots/{bot_id}/owner")
def change_owner(visit: Visit, bot_id: str) -> Response:
    """Hand the bot over."""
    return _change_owner(visit, bot_id)


def standing(visit: Visit, bot: dict[str, Any]) -> dict[str, Any]:
    """What a page says of how a bot stands."""
    notices = [notice(found, visit.formats) for found in bot["notices"]]
    without_balance = WITHOUT_BALANCE.get(bot["plan"]["kind"], "")
    return {
        "status": BOT_STATUS[bot["status"]],
        "balance_status": None if without_balance else BALANCE_STATUS[bot["balance"]["status"]],
        "without_balance": without_balance,
        "notices": notices,
        "tone": worst(notices),
        "may_manage": visit.may_manage(bot),
    }


def _change_owner(visit: Visit, bot_id: str) -> Response:
    """The action."""
    seen = visit.api.seen(path("bots", bot_id))
    bot = seen.body
    require(visit, bot["operations"]["change_owner"], "bots")

    def review(values: dict[str, Any]) -> Review:
        _require_member(visit, values["owner_id"])
        after = f"{bot['owner_id']} still sees the bot, and can change it only as a billing admin."
        facts = [
            ("Bot", bot["name"]),
            ("Owner until now", bot["owner_id"]),
            ("New owner", values["owner_id"]),
            ("Afterwards", after),
        ]
        return Review(facts, "It costs nothing.", seen.etag)

    def do(deed: Deed) -> Response:
        visit.api.send("PUT", path("bots", bot_id, "owner"), deed.values, key=deed.key, if_match=deed.seen)
        return visit.go("bots", done="owner")

    title, fields = f"Change the owner of {bot['name']}", [_owner_field(visit, bot)]
    return perform(visit, Action(title, "Change the owner", "bots", review, do, fields))


def _require_member(visit: Visit, user_id: str) -> None:
    """Raise `ApiRefused` with the rule of the field unless a user is a member of the account."""
    try:
        visit.api.get(path("members", user_id))
    except ApiRefused as refused:
        if refused.status is not HTTPStatus.NOT_FOUND:
            raise
        rule = {"pointer": "#/owner_id", "detail": refused.detail}
        raise ApiRefused(HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": "", "errors": [rule]}) from refused


def _owner_field(visit: Visit, bot: Mapping[str, Any]) -> Field:
    """A field for the user name of a member; the reader and the owners of other bots are suggested."""
    owners = {one["owner_id"] for one in visit.api.items("/bots")} | {visit.user_id}
    return text_field(
        "owner_id",
        "New owner",
        _MAX_NAME,
        hint="The user name of a member of the account.",
        options=[(owner, owner, "") for owner in sorted(owners - {bot["owner_id"]})],
        attributes={"autocomplete": "off"},
    )
