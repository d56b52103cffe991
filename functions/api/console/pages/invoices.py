"""Invoices and credit notes: what is printed on them, their documents, and the records behind each line."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from chalice.app import Blueprint, Response

from api.console.api_calls import ApiRefused, path
from api.console.page import page
from api.console.visit import Visit, redirect
from api.console.words import LINE_KIND, PAID_BEFORE, PAYMENT_STATUS, Label

routes = Blueprint(__name__)

_PER_PAGE = 50
_LINES_PER_PAGE = 100
_MAX_DIGITS = 7


@page(routes, "GET", "invoices/preview")
def preview_invoice(visit: Visit) -> Response:
    """What the running period would be billed."""
    return _invoice(visit, visit.api.get("/invoices/preview"), None)


@page(routes, "GET", "invoices/{number}")
def show_invoice(visit: Visit, number: str) -> Response:
    """An invoice."""
    invoice = visit.api.get(path("invoices", number))
    return _invoice(visit, invoice, PAYMENT_STATUS[invoice["status"]])


@page(routes, "GET", "invoices/{number}/download")
def download_invoice(visit: Visit, number: str) -> Response:
    """The document of an invoice: a link to it that lasts some minutes."""
    form = visit.request.query.get("format")
    return redirect(visit.api.get(path("invoices", number, "download"), format=form)["url"])


@page(routes, "GET", "invoices/{number}/lines/{line}")
def show_line(visit: Visit, number: str, line: str) -> Response:
    """The records behind a line of an invoice."""
    invoice = visit.api.get(path("invoices", number))
    billed = next((one for one in invoice["lines"] if str(one["line"]) == line), None)
    if billed is None:
        raise ApiRefused(HTTPStatus.NOT_FOUND, {"detail": f"the invoice has no line {line}"})
    cursor = visit.request.query.get("cursor")
    found = visit.api.get(path("invoices", number, "records"), line=line, limit=_PER_PAGE, cursor=cursor)
    return visit.page(
        "line.html",
        invoice=invoice,
        line=billed,
        shares=found["items"],
        next_cursor=found.get("next_cursor"),
        kinds=LINE_KIND,
    )


@page(routes, "GET", "credit-notes/{number}")
def show_credit_note(visit: Visit, number: str) -> Response:
    """A credit note."""
    note = visit.api.get(path("credit-notes", number))
    return visit.page("credit_note.html", note=note, kinds=LINE_KIND, **_lines(visit, note["lines"]))


@page(routes, "GET", "credit-notes/{number}/download")
def download_credit_note(visit: Visit, number: str) -> Response:
    """The document of a credit note."""
    form = visit.request.query.get("format")
    return redirect(visit.api.get(path("credit-notes", number, "download"), format=form)["url"])


def _invoice(visit: Visit, invoice: Mapping[str, Any], status: Label | None) -> Response:
    """The page of an invoice, or of a draft, which has no status."""
    return visit.page(
        "invoice.html",
        invoice=invoice,
        status=status,
        kinds=LINE_KIND,
        paid_before=PAID_BEFORE,
        is_open=status is not None and invoice["status"] == "issued" and invoice["due"]["amount"] > 0,
        **_lines(visit, invoice["lines"]),
    )


def _lines(visit: Visit, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The lines of a page, and where the next one begins: an invoice of many bots has many."""
    after = visit.request.query.get("cursor", "")
    first = int(after) if after.isdecimal() and len(after) < _MAX_DIGITS else 0
    last = first + _LINES_PER_PAGE
    return {"lines": lines[first:last], "next_cursor": str(last) if last < len(lines) else None}
