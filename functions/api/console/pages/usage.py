"""Usage: sessions over time, and the bots that they are of."""

from datetime import date, datetime, timedelta
from typing import Any

from chalice.app import Blueprint, Response

from api.console import charts, spans
from api.console.api_calls import ApiRefused
from api.console.filters import broken
from api.console.named_bots import named_bots
from api.console.page import page
from api.console.spans import Span
from api.console.trails import read_view, view_of, view_of_day, view_of_days, way_back
from api.console.visit import Visit
from botmeter.domain.periods import time_zones

routes = Blueprint(__name__)

_PER_PAGE = 50
# A week, and how far back to look for the latest one with sessions.
_WEEK, _LONG_AGO = timedelta(days=7), timedelta(days=90)
_DAY = timedelta(days=1)


@page(routes, "GET", "usage")
def show_usage(visit: Visit) -> Response:
    """The chart or the table of a span, and how it is made up of bots; or which filter is none."""
    try:
        return _use(visit)
    except ApiRefused as refused:
        return _refused(visit, refused)


@page(routes, "GET", "usage.csv")
def export_usage(visit: Visit) -> Response:
    """The same as a spreadsheet, by bot."""
    span, typed = read_view(visit), _typed_bot(visit)
    bot_id = named_bots(visit).find(typed) if typed else ""
    text = visit.api.text("/usage", **_asked(span), by=span.by, bot_id=bot_id, format="csv")
    return visit.spreadsheet(text, f"usage-{span.first}-{span.last}.csv")


@page(routes, "GET", "usage/bots")
def show_bots(visit: Visit) -> Response:
    """The bots behind a span, or behind the hour of it that `start` names."""
    span, start = read_view(visit), visit.request.query.get("start", "")
    found = _by_bot(visit, span, start)
    return visit.page(
        "usage_bots.html",
        span=span,
        crumbs=way_back(visit, span),
        view=view_of(visit),
        start=start,
        bots=found["items"],
        named=named_bots(visit),
        next_cursor=found.get("next_cursor"),
    )


def _use(visit: Visit) -> Response:
    """The page for a span that is one; raises `ApiRefused`."""
    span, named = read_view(visit), named_bots(visit)
    bot_id = named.find(_typed_bot(visit))
    rows = _rows(visit, span, bot_id)
    total = {unit: sum(row[unit] for row in rows) for unit in ("usage", "alerts")}
    is_empty = not any(total.values())
    bots = {"items": None} if is_empty else _made_up_of(visit, span, bot_id, total)
    return visit.page(
        "usage.html",
        span=span,
        crumbs=way_back(visit, span),
        view=view_of(visit),
        typed=_filters(span.name, str(span.first), str(span.last), named.choice(bot_id), span.zone.key),
        named=named,
        bot_id=bot_id,
        rows=rows,
        total=total,
        latest=_latest(visit, span, bot_id) if is_empty else None,
        chart=charts.sessions_chart(
            [row["bar"] for row in rows], title="Sessions over time", number=visit.formats.number
        ),
        is_table=visit.request.query.get("view") == "table",
        bots=bots["items"],
        next_cursor=bots.get("next_cursor"),
        ranges=spans.RANGES,
        time_zones=sorted(time_zones()),
    )


def _refused(visit: Visit, refused: ApiRefused) -> Response:
    """The filters as they were typed, with the rule that one broke; raises `refused` if none did."""
    query = visit.request.query
    first, last = (query.get(name, "") for name in ("from", "to"))
    zone = query.get("time_zone") or visit.formats.time_zone
    typed = _filters(query.get("range", spans.USUAL), first, last, _typed_bot(visit), zone)
    return visit.page(
        "usage_refused.html",
        code=refused.status,
        typed=typed,
        errors=broken(refused, typed),
        named=named_bots(visit),
        ranges=spans.RANGES,
        time_zones=sorted(time_zones()),
    )


def _typed_bot(visit: Visit) -> str:
    """What stands in the filter for a bot: its id, or its name."""
    return visit.request.query.get("bot_id", "").strip()


def _filters(name: str, first: str, last: str, bot: str, zone: str) -> dict[str, str]:
    """What stands in the filters, by the names of its parameters."""
    return {"range": name, "from": first, "to": last, "bot_id": bot, "time_zone": zone}


def _asked(span: Span) -> dict[str, str]:
    """A span as parameters of the API."""
    days = {"from": span.first.isoformat(), "to": span.last.isoformat(), "time_zone": span.zone.key}
    return {**days, "since": span.since.isoformat().replace("+00:00", "Z")} if span.since else days


def _rows(visit: Visit, span: Span, bot_id: str) -> list[dict[str, Any]]:
    """The hours or days of a span with their sessions, those without any too."""
    found = visit.api.items(
        "/usage", **_asked(span), by=span.by, group_by="account", bot_id=bot_id, empty="include"
    )
    end = span.until
    inside = (item for item in found if end is None or datetime.fromisoformat(item["starts_at"]) < end)
    return [_row(visit, span, item, bot_id) for item in inside]


def _row(visit: Visit, span: Span, item: dict[str, Any], bot_id: str) -> dict[str, Any]:
    """An hour or a day, as a row of the table and as a bar of the chart."""
    f, usage, alerts = visit.formats, item["usage_sessions"], item["alert_sessions"]
    day = date.fromisoformat(item["start"].partition("/")[0])
    href = _behind(visit, span, day, item, bot_id)
    name, label = f.weekday(day), f.short_day(day)
    if span.by == "hour":
        name, label = f"{label}, {f.clock(item['starts_at'])}", f.clock(item["starts_at"])
    counts = f"{f.number(usage)} usage, {f.number(alerts)} alert sessions"
    bar = charts.Bucket(label, name, counts, usage, alerts, href)
    return {"name": name, "usage": usage, "alerts": alerts, "href": href, "bar": bar}


def _behind(visit: Visit, span: Span, day: date, item: dict[str, Any], bot_id: str) -> str:
    """Where a bar leads: to the sessions of its bot, or to its day or its hour, bot by bot."""
    if bot_id:
        limits = {"since": item["starts_at"], "until": item["ends_at"]}
        return visit.link("usage/sessions", bot_id=bot_id, **view_of(visit), **limits)
    view = view_of_day(visit, span, day)
    if span.by == "hour":
        return visit.link("usage/bots", **view, start=item["start"])
    return visit.link("usage", **view)


def _made_up_of(visit: Visit, span: Span, bot_id: str, total: dict[str, int]) -> Any:
    """The bots of a span with sessions; without items where that takes a page of its own."""
    if bot_id:
        use = {"usage_sessions": total["usage"], "alert_sessions": total["alerts"]}
        return {"items": [{"bot_id": bot_id, **use}]}
    return _by_bot(visit, span) if span.is_short else {"items": None}


def _by_bot(visit: Visit, span: Span, start: str = "") -> Any:
    """The sessions of a span bot by bot, or of one hour of it."""
    return visit.api.get(
        "/usage",
        **_asked(span),
        by="hour" if start else "range",
        start=start,
        group_by="bot",
        limit=_PER_PAGE,
        cursor=visit.request.query.get("cursor"),
    )


def _latest(visit: Visit, span: Span, bot_id: str) -> dict[str, Any] | None:
    """The latest day with sessions of the last 90, and where its week is shown; None if there is none.

    The span has no sessions, so that one of 90 days is the answer itself.
    """
    today = visit.now.astimezone(span.zone).date()
    first = today - _LONG_AGO + _DAY
    if span.first <= first and today <= span.last:
        return None
    found = visit.api.get(
        "/usage",
        **{"from": first, "to": today},
        time_zone=span.zone.key,
        group_by="account",
        bot_id=bot_id,
        limit=_LONG_AGO.days,
    )
    used = [item["start"] for item in found["items"] if item["usage_sessions"] or item["alert_sessions"]]
    if not used:
        return None
    day = date.fromisoformat(used[-1])
    week = view_of_days(visit, day - _WEEK + _DAY, day)
    return {"day": day, "href": visit.link("usage", **week, bot_id=bot_id)}
