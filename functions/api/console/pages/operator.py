"""The operator's accounts: their bots, what waits for payment, their invoices."""

from chalice.app import Blueprint, Response

from api.console.api_calls import path
from api.console.page import page
from api.console.pages.bots import standing
from api.console.visit import Visit, redirect
from api.console.words import ORDER_KIND, PAYMENT_METHOD, PAYMENT_STATUS

routes = Blueprint(__name__)

_PER_PAGE = 50


@page(routes, "GET", "operator/accounts")
def list_accounts(visit: Visit) -> Response:
    """All accounts."""
    found = visit.api.get("/operator/accounts", limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page("operator_accounts.html", accounts=found["items"], next_cursor=found.get("next_cursor"))


@page(routes, "GET", "operator/accounts/{account_id}")
def show_account(visit: Visit, account_id: str) -> Response:
    """One account: its bots, what waits for payment, its invoices."""
    of = path("operator", "accounts", account_id)
    bots = visit.api.get(f"{of}/bots", limit=_PER_PAGE, cursor=visit.request.query.get("cursor"))
    return visit.page(
        "operator_account.html",
        account=visit.api.get(of),
        rows=[{"bot": bot, **standing(visit, bot)} for bot in bots["items"]],
        next_cursor=bots.get("next_cursor"),
        orders=visit.api.get(f"{of}/orders", status="pending", limit=_PER_PAGE),
        invoices=visit.api.get(f"{of}/invoices", limit=_PER_PAGE),
        statuses=PAYMENT_STATUS,
        kinds=ORDER_KIND,
        methods=PAYMENT_METHOD,
    )


@page(routes, "GET", "operator/accounts/{account_id}/orders")
def list_payments(visit: Visit, account_id: str) -> Response:
    """All that waits for payment."""
    of, cursor = path("operator", "accounts", account_id), visit.request.query.get("cursor")
    found = visit.api.get(f"{of}/orders", status="pending", limit=_PER_PAGE, cursor=cursor)
    return visit.page(
        "operator_payments.html",
        account=visit.api.get(of),
        orders=found["items"],
        next_cursor=found.get("next_cursor"),
        kinds=ORDER_KIND,
        methods=PAYMENT_METHOD,
    )


@page(routes, "GET", "operator/accounts/{account_id}/invoices")
def list_invoices(visit: Visit, account_id: str) -> Response:
    """All invoices of an account."""
    of, cursor = path("operator", "accounts", account_id), visit.request.query.get("cursor")
    found = visit.api.get(f"{of}/invoices", limit=_PER_PAGE, cursor=cursor)
    return visit.page(
        "operator_invoices.html",
        account=visit.api.get(of),
        invoices=found["items"],
        next_cursor=found.get("next_cursor"),
        statuses=PAYMENT_STATUS,
    )


@page(routes, "GET", "operator/invoices/{number}/download")
def download_document(visit: Visit, number: str) -> Response:
    """The document of any account's invoice."""
    return redirect(visit.api.get(path("operator", "invoices", number, "download"))["url"])
