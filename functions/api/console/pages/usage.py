"""Usage: sessions over time, and from a bar of the chart to the conversations behind it."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console import charts, spans
from api.console.api_calls import ApiRefused, path
from api.console.filters import broken
from api.console.formats import Formats
from api.console.page import page
from api.console.spans import Span, WrongSpan
from api.console.timelines import timeline
from api.console.visit import Visit
from api.console.words import MARK, WHY_NOT_BILLED
from botmeter.domain.periods import time_zones

routes = Blueprint(__name__)

_PER_PAGE = 50
# More than a chart has bars.
_ALL = 100


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
    span = _span(visit)
    text = visit.api.text(
        "/usage", **_asked(span), by=span.by, bot_id=visit.request.query.get("bot_id"), format="csv"
    )
    return visit.spreadsheet(text, f"usage-{span.first}-{span.last}.csv")


@page(routes, "GET", "usage/bots")
def show_bots(visit: Visit) -> Response:
    """The bots behind a span, or behind the hour of it that `start` names."""
    span, start = _span(visit), visit.request.query.get("start", "")
    found = _by_bot(visit, span, "", start)
    since = found["items"][0]["starts_at"] if start and found["items"] else None
    return visit.page(
        "usage_bots.html",
        span=span,
        bots=found["items"],
        next_cursor=found.get("next_cursor"),
        since=since,
        until=_instant(datetime.fromisoformat(since) + timedelta(hours=1)) if since else None,
    )


@page(routes, "GET", "usage/sessions")
def show_sessions(visit: Visit) -> Response:
    """The records with sessions that start in a bar of the chart."""
    query = visit.request.query
    bot_id, since, until = (query.get(name, "") for name in ("bot_id", "from", "to"))
    if not (bot_id and since and until):
        raise ApiRefused(HTTPStatus.BAD_REQUEST, {"detail": "Sessions are those of a bot between two times."})
    found = visit.api.get(
        path("bots", bot_id, "sessions"),
        **{"from": since, "to": until},
        limit=_PER_PAGE,
        cursor=query.get("cursor"),
    )
    shares = [{"record": record, "sessions": _within(record, since, until)} for record in found["items"]]
    return visit.page(
        "sessions.html",
        bot_id=bot_id,
        since=since,
        until=until,
        shares=shares,
        next_cursor=found.get("next_cursor"),
    )


@page(routes, "GET", "bots/{bot_id}/conversations/{conversation_id}")
def show_conversation(visit: Visit, bot_id: str, conversation_id: str) -> Response:
    """A conversation: who held it when, and where each of its sessions begins."""
    found = visit.api.get(path("bots", bot_id, "conversations", conversation_id))
    windows = [(window, timeline(window, visit.formats)) for window in found["windows"]]
    return visit.page(
        "conversation.html",
        bot_id=bot_id,
        conversation=found,
        windows=windows,
        marks=MARK,
        reasons=WHY_NOT_BILLED,
    )


def _use(visit: Visit) -> Response:
    """The page for a span that is one; raises `ApiRefused`."""
    span, bot_id = _span(visit), visit.request.query.get("bot_id", "").strip()
    rows = _rows(visit, span, bot_id)
    bots = _by_bot(visit, span, bot_id) if span.is_short or bot_id else None
    return visit.page(
        "usage.html",
        span=span,
        typed=_filters(span.name, str(span.first), str(span.last), bot_id, span.zone.key),
        ranges=_ranges(),
        bot_id=bot_id,
        rows=rows,
        total={unit: sum(row[unit] for row in rows) for unit in ("usage", "alerts")},
        chart=charts.sessions_chart(
            [row["bar"] for row in rows], title="Sessions over time", number=visit.formats.number
        ),
        is_table=visit.request.query.get("view") == "table",
        bots=bots["items"] if bots else None,
        next_cursor=bots.get("next_cursor") if bots else None,
        time_zones=sorted(time_zones()),
    )


def _refused(visit: Visit, refused: ApiRefused) -> Response:
    """The filters as they were typed, with the rule that one broke; raises `refused` if none did."""
    query = visit.request.query
    first, last, bot_id = (query.get(name, "") for name in ("from", "to", "bot_id"))
    zone = query.get("time_zone") or visit.formats.time_zone
    typed = _filters(query.get("range", spans.USUAL), first, last, bot_id, zone)
    no_bot = bot_id and refused.status is HTTPStatus.NOT_FOUND
    return visit.page(
        "usage_refused.html",
        code=refused.status,
        typed=typed,
        errors={"bot_id": refused.detail} if no_bot else broken(refused, typed),
        ranges=_ranges(),
        time_zones=sorted(time_zones()),
    )


def _span(visit: Visit) -> Span:
    """The span of the address."""
    try:
        return spans.read_span(visit.request.query, visit.formats.time_zone, visit.now)
    except WrongSpan as error:
        rule = {"parameter": error.name, "detail": str(error)}
        raise ApiRefused(HTTPStatus.BAD_REQUEST, {"detail": str(error), "errors": [rule]}) from error


def _filters(name: str, first: str, last: str, bot_id: str, zone: str) -> dict[str, str]:
    """What stands in the filters, by the names of its parameters."""
    return {"range": name, "from": first, "to": last, "bot_id": bot_id, "time_zone": zone}


def _asked(span: Span) -> dict[str, str]:
    """A span as parameters of the API."""
    days = {"from": span.first.isoformat(), "to": span.last.isoformat(), "time_zone": span.zone.key}
    return {**days, "since": _instant(span.since)} if span.since else days


def _rows(visit: Visit, span: Span, bot_id: str) -> list[dict[str, Any]]:
    """The buckets of a span with their sessions, those without any too."""
    found = visit.api.get("/usage", **_asked(span), by=span.by, group_by="account", bot_id=bot_id, limit=_ALL)
    counts = {datetime.fromisoformat(item["starts_at"]): item for item in found["items"]}
    formats = Formats(visit.formats.tag, span.zone.key)
    return [
        _row(span, bucket, item, _behind(visit, span, bucket, item, bot_id), formats)
        for bucket in span.buckets()
        for item in [counts.get(bucket.starts_at)]
    ]


def _row(
    span: Span, bucket: spans.Bucket, item: dict[str, Any] | None, href: str, f: Formats
) -> dict[str, Any]:
    """A bucket, as a row of the table and as a bar of the chart."""
    usage, alerts = (item["usage_sessions"], item["alert_sessions"]) if item else (0, 0)
    day = bucket.starts_at.astimezone(span.zone).date()
    is_hour = span.by == "hour"
    name = f"{f.short_day(day)}, {f.clock(bucket.starts_at)}" if is_hour else f.weekday(day)
    label = f.clock(bucket.starts_at) if is_hour else f.short_day(day)
    tooltip = f"{name}: {f.number(usage)} usage, {f.number(alerts)} alert sessions"
    return {
        "name": name,
        "usage": usage,
        "alerts": alerts,
        "href": href,
        "bar": charts.Bucket(label, tooltip, usage, alerts, href),
    }


def _behind(visit: Visit, span: Span, bucket: spans.Bucket, item: dict[str, Any] | None, bot_id: str) -> str:
    """Where a bar leads: to the sessions of its bot, or to its day or its hour, bot by bot."""
    since, until = _instant(bucket.starts_at), _instant(bucket.ends_at)
    if bot_id:
        return visit.link("usage/sessions", bot_id=bot_id, **{"from": since, "to": until})
    day = bucket.starts_at.astimezone(span.zone).date().isoformat()
    that_day = {
        "range": spans.CUSTOM,
        "time_zone": visit.request.query.get("time_zone"),
        "from": day,
        "to": day,
    }
    if item is not None and span.by == "hour":
        return visit.link("usage/bots", **that_day, start=item["start"])
    return visit.link("usage", **that_day)


def _instant(at: datetime) -> str:
    """An instant as a parameter."""
    return at.isoformat().replace("+00:00", "Z")


def _by_bot(visit: Visit, span: Span, bot_id: str, start: str = "") -> Any:
    """The sessions of a span bot by bot, or of one hour of it."""
    return visit.api.get(
        "/usage",
        **_asked(span),
        by="hour" if start else "range",
        start=start,
        group_by="bot",
        bot_id=bot_id,
        limit=_PER_PAGE,
        cursor=visit.request.query.get("cursor"),
    )


def _within(record: dict[str, Any], since: str, until: str) -> int:
    """How many sessions of a record start in a bar; negative where it takes some back."""
    first, end = datetime.fromisoformat(since), datetime.fromisoformat(until)
    count = sum(first <= datetime.fromisoformat(start) < end for start in record["session_starts"])
    return -count if record["reverses"] else count


def _ranges() -> list[tuple[str, str]]:
    """The ranges to choose from, and what they are called."""
    days = [(name, "24 hours" if name == "24h" else f"{count} days") for name, count in spans.DAYS.items()]
    return [*days, (spans.CUSTOM, "Custom")]
