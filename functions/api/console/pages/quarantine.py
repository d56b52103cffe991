"""The quarantine: events that could not be used, with the rule that they broke, and the way back in."""

from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.actions import Action, Deed, Review, perform
from api.console.api_calls import ApiRefused, path
from api.console.fields import text_field
from api.console.filters import filtered
from api.console.page import page
from api.console.visit import Visit

routes = Blueprint(__name__)

_PER_PAGE = 50
# What is typed travels in addresses: those of API Gateway end at 10 KB.
_MAX_TEXT = 1_500
# To find more of them would take longer than a page may.
_COUNTED = 100
# Of the API, each for some hundred events: more would take longer than a page may.
_MAX_CALLS = 3


@page(routes, "GET", "operator/quarantine")
def list_quarantine(visit: Visit) -> Response:
    """Events, the newest day first."""
    filters = _filters(visit)
    found = filtered(visit, "/operator/quarantine", filters, limit=_PER_PAGE)
    return visit.page(
        "quarantine.html",
        code=found.code,
        events=found.items,
        next_cursor=found.next_cursor,
        filters=filters,
        errors=found.errors,
    )


@page(routes, "GET", "operator/quarantine/redrive")
def show_redrive_all(visit: Visit) -> Response:
    """Ask whether to send all that match again."""
    return redrive_all(visit)


@page(routes, "POST", "operator/quarantine/redrive")
def redrive_all(visit: Visit) -> Response:
    """Send all that match again."""
    given = visit.request.form if visit.request.method == "POST" else visit.request.query
    filters = {name: given[name] for name in ("day", "field") if given.get(name)}

    def review(_: dict[str, Any]) -> Review:
        facts = [
            ("Day", _day(visit, filters["day"]) if "day" in filters else "any"),
            ("Field", filters.get("field", "any")),
        ]
        count = _count(visit, filters)
        return Review([*facts, ("Events", count)], "Sessions that come of them are billed.")

    def do(deed: Deed) -> Response:
        count, is_all = _redrive(visit, filters, deed.key)
        done = "all-redriven" if is_all else "some-redriven"
        return visit.go("operator/quarantine", done=done, count=str(count))

    fields = [
        text_field(name, name.title(), 100, required=False, value=text) for name, text in filters.items()
    ]
    title = "Send what is in quarantine again"
    return perform(visit, Action(title, "Send them again", "operator/quarantine", review, do, fields))


@page(routes, "GET", "operator/quarantine/{event_id}")
def show_event(visit: Visit, event_id: str) -> Response:
    """One event with its whole text."""
    return visit.page("quarantined.html", event=visit.api.get(path("operator", "quarantine", event_id)))


@page(routes, "GET", "operator/quarantine/{event_id}/redrive")
def show_redrive(visit: Visit, event_id: str) -> Response:
    """The form with the event's text, which can be corrected."""
    return redrive(visit, event_id)


@page(routes, "POST", "operator/quarantine/{event_id}/redrive")
def redrive(visit: Visit, event_id: str) -> Response:
    """Send one event again, as it was or corrected."""
    event = visit.api.get(path("operator", "quarantine", event_id))
    original, broke = event["text"].strip(), f"{event['field']} {event['rule']}"

    def review(values: dict[str, Any]) -> Review:
        text = values.get("text", original)
        facts = [
            ("Came", visit.formats.instant(event["received_at"])),
            ("Broke", broke),
            ("Sent again", "as it came" if text == original else "as corrected"),
            ("Text", text),
        ]
        return Review(facts, "If sessions come of it, they are billed.")

    def do(deed: Deed) -> Response:
        text = deed.values.get("text", original)
        body = {"text": text} if text != original else {}
        visit.api.send("POST", path("operator", "quarantine", event_id, "redrive"), body, key=deed.key)
        return visit.go("operator/quarantine", done="redriven")

    field = text_field("text", "The event", _MAX_TEXT, kind="area", hint=broke, value=original)
    # A longer one is corrected by the command; here it is sent again as it came.
    fields, back = [field] if len(original) <= _MAX_TEXT else [], "operator/quarantine"
    return perform(visit, Action("Send an event again", "Send it again", back, review, do, fields))


def _count(visit: Visit, filters: dict[str, str]) -> str:
    """How many events match, as far as one page of the API's list tells."""
    found = visit.api.get("/operator/quarantine", limit=_COUNTED, **filters)
    count = visit.formats.number(len(found["items"]))
    return f"{count} or more" if "next_cursor" in found else count


def _redrive(visit: Visit, filters: dict[str, str], key: str) -> tuple[int, bool]:
    """Send what matches again, call by call; returns how many were sent, and whether these were all."""
    count, body = 0, dict(filters)
    for call in range(_MAX_CALLS):
        answer = visit.api.send("POST", "/operator/quarantine/redrive", body, key=f"{key}-{call}")
        count += answer["sent"]
        if "next_cursor" not in answer:
            return count, True
        body["cursor"] = answer["next_cursor"]
    return count, False


def _day(visit: Visit, day: str) -> str:
    """A day of the address, as the reader writes it."""
    try:
        return visit.formats.day(day)
    except ValueError as error:
        raise ApiRefused(
            HTTPStatus.BAD_REQUEST, {"detail": "The day must be one such as 2026-10-05."}
        ) from error


def _filters(visit: Visit) -> dict[str, str]:
    """The filters of the address."""
    return {name: visit.request.query[name] for name in ("day", "field") if visit.request.query.get(name)}
