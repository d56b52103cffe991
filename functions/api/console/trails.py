"""Where a page behind Usage was reached from: what its links carry along, and the way back.

Links carry the view (`range`, its days, `time_zone`, and whether it is a table), `within` (the longer view of
which this one shows a day), `start` (the hour of all bots), `since` and `until` (the billing sessions).
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from api.console import spans
from api.console.api_calls import ApiRefused
from api.console.formats import Formats
from api.console.spans import Span, WrongSpan

if TYPE_CHECKING:
    from datetime import date

    from api.console.visit import Visit

_VIEW = ("range", "from", "to", "time_zone", "view", "within")
_SESSIONS = ("start", "since", "until")


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page on the way, and what it is called."""

    href: str
    text: str


def read_view(visit: Visit) -> Span:
    """The span of the address; from here on the page writes times in its time zone. Raises `ApiRefused`."""
    try:
        span = spans.read_span(visit.request.query, visit.formats.time_zone, visit.now)
    except WrongSpan as error:
        rule = {"parameter": error.name, "detail": str(error)}
        raise ApiRefused(HTTPStatus.BAD_REQUEST, {"detail": str(error), "errors": [rule]}) from error
    visit.formats = Formats(visit.formats.tag, span.zone.key)
    return span


def view_of(visit: Visit) -> dict[str, str]:
    """What links carry of the view."""
    return _given(visit, _VIEW)


def sessions_of(visit: Visit) -> dict[str, str]:
    """What links carry of the view and of the billing sessions in it."""
    return _given(visit, (*_VIEW, *_SESSIONS))


def view_of_days(visit: Visit, first: date, last: date) -> dict[str, str]:
    """The same view of other days."""
    kept = _given(visit, ("time_zone", "view"))
    return {**kept, "range": spans.CUSTOM, "from": first.isoformat(), "to": last.isoformat()}


def view_of_day(visit: Visit, span: Span, day: date) -> dict[str, str]:
    """The view of one day of a span, which remembers the span."""
    if not span.since and span.first == span.last:
        return view_of(visit)
    within = f"{span.first}/{span.last}" if span.name == spans.CUSTOM else span.name
    return {**view_of_days(visit, day, day), "within": within}


def way_back(visit: Visit, span: Span, bot_id: str = "") -> list[Crumb]:
    """The pages through which this one, of a view of `span` and perhaps of a bot, was reached."""
    if not visit.roles:
        # Whoever sees the invoices alone has come from there.
        return [Crumb(visit.link("orders"), "Orders & Invoices")]
    query, place = visit.request.query, visit.request.place
    trail = _longer_view(visit)
    if place != "usage":
        # From an hour of all bots, the view was of all bots as well.
        of_bot = "" if "start" in query else bot_id
        name = _called(span, visit.formats)
        trail.append(Crumb(visit.link("usage", **view_of(visit), bot_id=of_bot), name))
    if "start" in query and place != "usage/bots":
        view = view_of(visit)
        trail.append(Crumb(visit.link("usage/bots", **view, start=query["start"]), "Bot by bot"))
    if "since" in query and place != "usage/sessions":
        link = visit.link("usage/sessions", **sessions_of(visit), bot_id=bot_id)
        trail.append(Crumb(link, "Billing sessions"))
    return trail


def _longer_view(visit: Visit) -> list[Crumb]:
    """The view of which this one is a day; none if there is none."""
    first, _, last = visit.request.query.get("within", "").partition("/")
    days = {"range": spans.CUSTOM, "from": first, "to": last} if last else {"range": first}
    view = {**_given(visit, ("time_zone", "view")), **days}
    try:
        span = spans.read_span(view, visit.formats.time_zone, visit.now)
    except WrongSpan:
        return []
    return [Crumb(visit.link("usage", **view), _called(span, visit.formats))]


def _called(span: Span, formats: Formats) -> str:
    """What a view is called."""
    if span.name != spans.CUSTOM:
        return f"Usage of {spans.RANGES[span.name]}"
    first, last = formats.day(span.first), formats.day(span.last)
    return f"Usage on {first}" if first == last else f"Usage from {first} to {last}"


def _given(visit: Visit, names: tuple[str, ...]) -> dict[str, str]:
    """Those of the address's parameters."""
    return {name: visit.request.query[name] for name in names if name in visit.request.query}
