"""The console's own Chalice application, beside the API's: its pages are no part of the API's description."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Chalice, Response

from api import routing
from api.console.page import page, problem_page
from api.console.pages.bots import routes as bots
from api.console.pages.changes import routes as changes
from api.console.pages.extensions import routes as extensions
from api.console.pages.invoices import routes as invoices
from api.console.pages.manage import routes as manage
from api.console.pages.operator import routes as operator
from api.console.pages.orders import routes as orders
from api.console.pages.parked import routes as parked
from api.console.pages.payments import routes as payments
from api.console.pages.quarantine import routes as quarantine
from api.console.pages.reload import routes as reload
from api.console.pages.sessions import routes as sessions
from api.console.pages.sign_in import routes as sign_in
from api.console.pages.usage import routes as usage
from api.console.visit import Visit, redirect

pages = Chalice(app_name="botmeter-console", debug=False)
_start = Blueprint(__name__)
# `console`, and the name of the page.
_ROOT_PARTS = 2


@_start.route("/console", methods=["GET"])
def start() -> Response:
    """From the console's address to its first page."""
    return redirect("console/home")


@page(_start, "GET", "home")
def home(visit: Visit) -> Response:
    """The first page of whoever is signed in."""
    return visit.go(visit.home)


@page(_start, "GET", "nothing", public=True)
def nothing(visit: Visit) -> Response:
    """What is shown for an address that is none."""
    return problem_page(visit, HTTPStatus.NOT_FOUND, "There is no such page.")


_OF_ACCOUNTS = (bots, manage, changes, reload, orders, invoices, usage, sessions)
_OF_OPERATORS = (operator, payments, extensions, parked, quarantine)
for routes in (_start, sign_in, *_OF_ACCOUNTS, *_OF_OPERATORS):
    pages.register_blueprint(routes)


def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of API Gateway for a page."""
    if event["path"].endswith("/"):
        # Links are relative: they would lead elsewhere from here.
        without: dict[str, Any] = redirect(f"../{quote(routing.segments(event)[-1])}").to_dict()
        return without
    methods = routing.methods(pages, event)
    if event["httpMethod"] not in methods:
        # Whoever enters the address of a form that is only sent wants to begin anew.
        place = "home" if methods else "nothing"
        depth = len(routing.segments(event)) - _ROOT_PARTS
        elsewhere: dict[str, Any] = redirect("../" * depth + place).to_dict()
        return elsewhere
    return routing.answer(pages, event, context)
