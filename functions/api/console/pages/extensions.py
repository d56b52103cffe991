"""Requests for more time: the operator approves or declines them."""

from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.fields import Field, number_field, text_field
from api.console.page import page
from api.console.visit import Visit

routes = Blueprint(__name__)

_PER_PAGE = 50
_MAX_DAYS = 90
_MAX_REASON = 400


@page(routes, "GET", "operator/extensions")
def list_extensions(visit: Visit) -> Response:
    """Requests that wait for a decision."""
    cursor = visit.request.query.get("cursor")
    found = visit.api.get("/operator/extension-requests", limit=_PER_PAGE, cursor=cursor)
    return visit.page(
        "operator_extensions.html", pending=found["items"], next_cursor=found.get("next_cursor")
    )


@page(routes, "GET", "operator/accounts/{account_id}/bots/{bot_id}/extensions/{request_id}/{decision}")
def show_decide(visit: Visit, account_id: str, bot_id: str, request_id: str, decision: str) -> Response:
    """The form for a decision."""
    return decide(visit, account_id, bot_id, request_id, decision)


@page(routes, "POST", "operator/accounts/{account_id}/bots/{bot_id}/extensions/{request_id}/{decision}")
def decide(visit: Visit, account_id: str, bot_id: str, request_id: str, decision: str) -> Response:
    """Approve or decline a request; `decision` is `approve` or `decline`, as the API has it."""
    if decision not in {"approve", "decline"}:
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": "There is no such decision."})
    approves = decision == "approve"
    asked = _asked(visit, account_id, bot_id, request_id)
    facts = [("Account", account_id), ("Bot", bot_id), *_facts(visit, asked)]

    def review(values: dict[str, Any]) -> Review:
        decided = [("Days granted", str(values["days"]))] if approves else []
        decided += [("Reason", values["reason"])] if values["reason"] else []
        cost = "The account gets the days free of charge." if approves else "The account gets no more days."
        return Review([*facts, *decided], cost)

    def do(deed: Deed) -> Response:
        of = ("operator", "accounts", account_id, "bots", bot_id, "extension-requests", request_id, decision)
        body = {name: value for name, value in deed.values.items() if value is not None}
        visit.api.send("POST", path(*of), body, key=deed.key)
        return visit.go("operator/extensions", done="approved" if approves else "declined")

    title, button = ("Approve the request", "Approve") if approves else ("Decline the request", "Decline")
    fields, back = _fields(asked, approves=approves), "operator/extensions"
    return perform(visit, Action(title, button, back, review, do, fields, facts, is_grave=not approves))


def _asked(visit: Visit, account_id: str, bot_id: str, request_id: str) -> Any:
    """The request, on whichever page of the list it is; None for a decision on one that waits no more.

    What a second click of the same button has done, or not, the API knows.
    """
    address = (account_id, bot_id, request_id)
    for one in visit.api.items("/operator/extension-requests"):
        if address == (one["account_id"], one["bot_id"], one["request"]["request_id"]):
            return one["request"]
    if visit.request.method == "GET":
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": f"no request {request_id} waits for a decision"})
    return None


def _facts(visit: Visit, asked: Any) -> list[tuple[str, str]]:
    """A request in words; nothing of one that waits no more."""
    if asked is None:
        return []
    return [
        ("Asked", f"{visit.formats.instant(asked['requested_at'])} by {asked['requested_by']}"),
        ("Days asked for", str(asked["requested_days"])),
        ("Their reason", asked["reason"]),
    ]


def _fields(asked: Any, *, approves: bool) -> list[Field]:
    """The form for a decision: as many days as were asked for, unless others are typed."""
    reason = text_field("reason", "Reason", _MAX_REASON, kind="area", required=not approves)
    days = str(asked["requested_days"]) if asked else ""
    return [number_field("days", "Days", 1, _MAX_DAYS, value=days), reason] if approves else [reason]
