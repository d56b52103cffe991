"""Every page of the console, and the states in which it is looked at; a test holds it to the routes.

An address may have `{names}` of what `furniture` has put up, and after ` > ` a step that is taken there.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from playwright.sync_api import Page

from api.console.app import pages
from tests.browser.scene import ACCOUNT, INTERRUPTED, PASSWORD
from tests.e2e.conversations import YESTERDAY

FUNDS = "bots/bot_orders/funds"
ORDERED = "amount=20&payment_method=bank_transfer&review=1"
MORE_TIME = "days=7&reason=Holidays&review=1"
ORDER = f"operator/accounts/{ACCOUNT}/orders/{{order}}"
REQUEST = f"operator/accounts/{ACCOUNT}/bots/bot_asking/extensions/{{request}}"
PLACES = {
    "nobody": [
        "sign-in",
        "sign-in > wrong password",
        "sign-in > first password",
        "sign-in?done=signed-out",
        "forgotten-password",
        "forgotten-password > code",
        "nothing",
    ],
    "admin": [
        "bots",
        "bots > open menus",
        "bots/bot_orders?done=reload",
        "bots/bot_trial",
        "bots/bot_contract",
        "bots/bot_full",
        "bots/bot_falling",
        "bots/bot_asking",
        "bots/bot_orders/owner",
        "bots/bot_orders/owner?owner_id=nobody&review=1",
        f"bots/bot_full/owner?owner_id=viewer@{ACCOUNT}.example&review=1",
        "bots/bot_orders/plan",
        "bots/bot_orders/plan?plan_id=essential-chf&payment_method=bank_transfer&review=1",
        "bots/bot_falling/plan/keep",
        FUNDS,
        f"{FUNDS}?amount=x&review=1",
        f"{FUNDS}?{ORDERED}",
        "bots/bot_trial/extension",
        f"bots/bot_trial/extension?{MORE_TIME}",
        "bots/bot_orders/auto-reload",
        "bots/bot_full/auto-reload?threshold=15&amount=50&review=1",
        "bots/bot_full/auto-reload/end",
        "bots/bot_orders/balance",
        "ledger",
        "orders",
        "orders?status=void",
        "orders?year=20226",
        "orders/{order}",
        "orders/{order}/cancel",
        "invoices/{invoice}",
        "invoices/{invoice}/lines/1",
        "invoices/preview",
        "credit-notes/{credit_note}",
        "usage?range=7d",
        "usage?range=7d&view=table",
        "usage?range=custom&from=2020-01-01&to=2020-01-02",
        "usage?range=90d",
        "usage?range=custom&from=5.10.2026&to=2026-10-05",
        "usage?bot_id=bot_typo",
        "usage/bots?range=90d",
        f"usage/bots?range=custom&from={YESTERDAY}&to={YESTERDAY}&start={YESTERDAY}/12",
        "usage/sessions?bot_id=bot_orders&since={since}&until={until}",
        f"bots/bot_orders/conversations/{INTERRUPTED}",
        "bots/no-such-bot",
        "operator/accounts",
    ],
    "owner": ["bots/bot_orders"],
    "viewer": ["bots/bot_full"],
    "accountant": ["orders", "invoices/{invoice}"],
    "operator": [
        "operator/accounts",
        "operator/accounts > open menus",
        f"operator/accounts/{ACCOUNT}",
        f"operator/accounts/{ACCOUNT}/orders",
        f"operator/accounts/{ACCOUNT}/invoices",
        f"{ORDER}/confirm",
        f"{ORDER}/decline",
        f"{ORDER}/decline?reason=Late&review=1",
        "operator/extensions",
        f"{REQUEST}/approve",
        f"{REQUEST}/approve?days=7&review=1",
        f"{REQUEST}/decline",
        f"{REQUEST}/decline?reason=Late&review=1",
        "operator/parked",
        "operator/parked/{account}/release",
        "operator/parked/{high}/release",
        "operator/quarantine",
        "operator/quarantine?day=monday",
        "operator/quarantine?day=2020-01-01",
        "operator/quarantine/redrive?field=data.role&review=1",
        "operator/quarantine/{event}",
        "operator/quarantine/{event}/redrive",
        "operator/quarantine/{event}/redrive?text=%7B%7D&review=1",
    ],
}
# What shows no page of its own: it leads to another one, or is a file.
NO_PAGES = frozenset(
    {"home", "sign-out", "assets/{asset}", "orders.csv", "usage.csv"}
    | {f"{document}/{{number}}/download" for document in ("invoices", "credit-notes", "operator/invoices")}
)
# Pages that only a step leads to.
BEHIND_STEPS = {"code": "reset-password", "first password": "sign-in-challenge"}


class Place(NamedTuple):
    """A page, who looks at it, and the step that is taken there."""

    who: str
    address: str
    step: str

    def __str__(self) -> str:
        return f"{self.who}: {self.address} {self.step}".strip()


EVERY_PLACE = [
    Place(who, *re.fullmatch(r"(\S+)(?: > )?(.*)", text).groups())  # type: ignore[union-attr]
    for who, places in PLACES.items()
    for text in places
]


def take_step(page: Page, step: str, names: Mapping[str, str]) -> None:
    """Do on a page what a place asks for."""
    STEPS[step](page, names)


def pages_of_console() -> set[str]:
    """The pages that the console has, as their routes are written."""
    routes = {route.removeprefix("/console").lstrip("/") for route in pages.routes}
    return routes - NO_PAGES - {""}


def page_at(place: Place) -> str:
    """The page of a place, as its route is written: the one with most words of its own."""
    path = BEHIND_STEPS.get(place.step) or place.address.partition("?")[0]
    fitting = [route for route in pages_of_console() if re.fullmatch(re.sub("{.+?}", "[^/]+", route), path)]
    return min(fitting, key=lambda route: route.count("{"))


def _sign_in(page: Page, user_id: str, password: str) -> None:
    page.get_by_label("User name").fill(user_id)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def _wrong_password(page: Page, _: Mapping[str, str]) -> None:
    _sign_in(page, "nobody", PASSWORD)
    page.get_by_role("alert").wait_for()


def _first_password(page: Page, names: Mapping[str, str]) -> None:
    _sign_in(page, names["first_password"], PASSWORD)
    page.get_by_label("New password").wait_for()


def _code(page: Page, _: Mapping[str, str]) -> None:
    page.get_by_label("User name").fill("nobody")
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code from the mail").wait_for()


def _open_menus(page: Page, _: Mapping[str, str]) -> None:
    """One of each kind, as far from each other as they are: the user's, notices, a row's."""
    menus = page.locator("details.pop")
    notices = menus.filter(has=page.locator(".notice-icon"))
    for menu in (menus.first, menus.last, *notices.all()[:1]):
        menu.evaluate("menu => { menu.open = true; }")


STEPS: dict[str, Callable[[Page, Mapping[str, str]], None]] = {
    "": lambda _page, _names: None,
    "wrong password": _wrong_password,
    "first password": _first_password,
    "code": _code,
    "open menus": _open_menus,
}
