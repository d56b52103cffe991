"""Parked bills: those that the operator has to decide on."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.page import page
from api.console.visit import Visit

routes = Blueprint(__name__)

_PER_PAGE = 50


@page(routes, "GET", "operator/parked")
def list_parked(visit: Visit) -> Response:
    """Bills that wait for a decision."""
    found = visit.api.get("/operator/parked-bills", limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page("operator_parked.html", bills=found["items"], next_cursor=found.get("next_cursor"))


@page(routes, "GET", "operator/parked/{account_id}/release")
def show_release(visit: Visit, account_id: str) -> Response:
    """Ask whether to try a bill again."""
    return release(visit, account_id)


@page(routes, "POST", "operator/parked/{account_id}/release")
def release(visit: Visit, account_id: str) -> Response:
    """Try a parked bill again, or approve one that is only unusually high."""
    bill = _parked(visit, account_id)
    high, seen = bill["needs_approval"], f"{bill['parked_at']} {bill['reason']}"

    def review(_: dict[str, Any]) -> Review:
        period, reason = visit.formats.month(bill["period"]), bill["reason"]
        facts = [
            ("Account", account_id),
            ("Period", period),
            ("Parked because", reason),
            *_amounts(visit, bill),
        ]
        return Review(facts, _cost(visit, bill), seen)

    def do(deed: Deed) -> Response:
        if deed.seen != seen:
            # Approved is what was looked at, and nothing that was parked since.
            raise ApiRefused(HTTPStatus.CONFLICT, {"detail": "The bill was parked anew meanwhile."})
        place = path("operator", "parked-bills", account_id, "release")
        visit.api.send("POST", place, {"approve": high}, key=deed.key)
        return visit.go("operator/parked", done="released")

    title = f"{'Approve' if high else 'Try'} the bill of {account_id}"
    button = "Approve and bill" if high else "Try again"
    return perform(visit, Action(title, button, "operator/parked", review, do, is_grave=high))


def _amounts(visit: Visit, bill: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a bill came to when it was parked, as facts; none if it could not be made."""
    named = [("Net", bill["net"]), ("With tax", bill["total"])]
    return [(name, visit.formats.money(amount)) for name, amount in named if amount]


def _cost(visit: Visit, bill: Mapping[str, Any]) -> str:
    """What the account is billed; it is reckoned anew, as late events may have come since."""
    if not bill["needs_approval"]:
        return "The bill is made once more. What it comes to is known then."
    if not bill["total"]:
        return "The account is billed although it is unusually much."
    total, since = visit.formats.money(bill["total"]), visit.formats.instant(bill["parked_at"])
    return f"The account is billed although it is unusually much: {total}, as of {since}."


def _parked(visit: Visit, account_id: str) -> Any:
    """The bill of an account that waits, on whichever page of the list it is."""
    bills = visit.api.items("/operator/parked-bills")
    found = next((bill for bill in bills if bill["account_id"] == account_id), None)
    if found is None:
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": f"no bill of {account_id} is parked"})
    return found
