"""A visit: one request for a page, by whoever is signed in, with what the page needs to answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from chalice.app import Response

from api.console import cookies
from api.console.api_calls import Api, ApiRefused, Served
from api.console.formats import Formats, preferred_tag
from api.console.policies import POLICY
from api.console.rendering import render
from api.console.words import DONE
from api.members import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.console.requests import PageRequest
    from botmeter.domain.logins import Login

_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


_OPERATOR = (
    ("operator/accounts", "Accounts"),
    ("operator/extensions", "Extension requests"),
    ("operator/parked", "Parked bills"),
    ("operator/quarantine", "Quarantine"),
)
_MAX_DIGITS = 10
# Pages that belong to a part of the navigation by their subject.
_PART_OF = {"invoices": "orders", "credit-notes": "orders", "ledger": "bots"}


@dataclass
class Visit:
    """One request. `login` is of who is signed in, None for nobody."""

    request: PageRequest
    serve: Served
    login: Login | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def claims(self) -> Mapping[str, Any]:
        """Who it is, in the words of the token; empty for nobody."""
        return self.login.tokens.claims if self.login else {}

    @cached_property
    def secret(self) -> str:
        """What this browser's forms prove: the secret of its login, or the one for signing in."""
        name = cookies.LOGIN if self.login else cookies.FORM
        return self.request.cookies.get(name) or cookies.new_secret()

    @cached_property
    def api(self) -> Api:
        """The public API, as the user sees it."""
        return Api(self.serve, self.claims)

    @property
    def is_operator(self) -> bool:
        """Whether the operator's pages are for this user; the API decides what they may do there."""
        return "operator" in names_of(self.claims.get("cognito:groups") or "")

    @cached_property
    def account(self) -> Mapping[str, Any] | None:
        """The user's account and what the user may do in it; None for an operator, who has none."""
        if not self.claims:
            return None
        try:
            account: Mapping[str, Any] = self.api.get("/account")
        except ApiRefused as refused:
            if refused.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
                return None
            raise
        return account

    def forget_unreadable_account(self) -> None:
        """Do without the account if it cannot be read: a page about an error must not fail itself."""
        try:
            self.account  # noqa: B018 (it is kept once it was read)
        except ApiRefused:
            self.__dict__["account"] = None

    @cached_property
    def formats(self) -> Formats:
        """How to write for this reader: as the browser asks, in the account's time zone."""
        tag = preferred_tag(self.request.headers.get("accept-language", ""))
        return Formats(tag, self.account["time_zone"] if self.account else "UTC")

    @property
    def user_id(self) -> str:
        """The user's name in the pool."""
        return str(self.claims.get("cognito:username", ""))

    @property
    def roles(self) -> frozenset[str]:
        """The user's roles in the account."""
        return frozenset(self.account["member"]["roles"]) - {"operator"} if self.account else frozenset()

    @property
    def currency(self) -> str:
        """That of the account's money."""
        return str(self.account["currency"]) if self.account else ""

    @property
    def is_admin(self) -> bool:
        """Whether the account's money is this user's business."""
        return "billing_admin" in self.roles

    def may_manage(self, bot: Mapping[str, Any]) -> bool:
        """Whether to offer changes of a bot to this user; the API decides about each."""
        owns = bot["owner_id"] == self.user_id and bool(self.roles & {"bot_owner", "viewer"})
        return self.is_admin or owns

    @property
    def sees_orders(self) -> bool:
        """Whether the account has orders and invoices, and this user may see them."""
        return bool(self.account and self.account["orders_and_invoices"]["is_available"])

    @property
    def sees_shared_ledger(self) -> bool:
        """Whether this user may see what became of the free credits that bots of the account share."""
        return bool(self.account and self.account["shared_ledger"]["is_available"])

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The navigation: where each part begins, and its name."""
        found: list[tuple[str, str]] = []
        if self.roles:
            found.append(("bots", "Plan & Usage"))
        if self.sees_orders:
            found.append(("orders", "Orders & Invoices"))
        if self.roles:
            found.append(("usage", "Usage"))
        return found + (list(_OPERATOR) if self.is_operator else [])

    def is_in(self, place: str) -> bool:
        """Whether this page belongs to the part of the navigation that begins at `place`."""
        here = self.request.place
        if "/conversations/" in here:
            return place == ("usage" if self.roles else "orders")
        return here == place or here.startswith(f"{place}/") or _PART_OF.get(here.split("/")[0]) == place

    @property
    def done(self) -> str:
        """What was done just before, in words; empty if nothing was."""
        query = self.request.query
        count = query.get("count", "0")
        number = self.formats.number(int(count)) if count.isdecimal() and len(count) < _MAX_DIGITS else ""
        return DONE.get(query.get("done", ""), "").format(count=number)

    def with_query(self, **changed: object) -> str:
        """The address of this page with some of its parameters changed, or left out where None."""
        query = {**self.request.query, **changed}
        return self.link(self.request.place, **{n: v for n, v in query.items() if n not in {"done", "count"}})

    def csv_link(self) -> str:
        """The address of this page as a spreadsheet."""
        query = {name: text for name, text in self.request.query.items() if name not in {"view", "cursor"}}
        return self.link(f"{self.request.place}.csv", **query)

    @property
    def home(self) -> str:
        """The first page of this user."""
        if self.account is None:
            return "operator/accounts" if self.is_operator else "bots"
        return "bots" if self.roles else "orders"

    def page(
        self, template: str, *, code: HTTPStatus = HTTPStatus.OK, policy: str = POLICY, **values: Any
    ) -> Response:
        """The answer that is a page; `policy` says what it may load."""
        html = render(
            template,
            visit=self,
            f=self.formats,
            form_token=cookies.form_token(self.secret),
            **values,
        )
        headers: dict[str, Any] = {**_HTML, "Content-Security-Policy": policy}
        if self.login is None and self.request.cookies.get(cookies.FORM) != self.secret:
            headers["Set-Cookie"] = cookies.form_cookie(self.secret)
        return Response(html, status_code=code.value, headers=headers)

    def link(self, place: str, /, *names: str, **query: object) -> str:
        """The address of a page of the console, relative to this one.

        `place` is below the console's own address, with `{}` for each of the `names`, which are encoded.
        """
        given = {name: str(value) for name, value in query.items() if value not in {None, ""}}
        path = place.format(*(quote(name, safe="@:") for name in names))
        return f"{self.request.root}{path}" + (f"?{urlencode(given)}" if given else "")

    def go(self, place: str, /, *names: str, **query: str) -> Response:
        """The answer that leads to another page of the console."""
        return redirect(self.link(place, *names, **query))

    def spreadsheet(self, text: str, name: str) -> Response:
        """The answer that is a file for a spreadsheet."""
        headers: dict[str, Any] = {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(text, headers=headers)


def redirect(address: str, *set_cookies: str) -> Response:
    """The answer that leads to `address`, by a GET whatever the request was."""
    headers: dict[str, Any] = {
        "Location": address,
        "Content-Type": "text/html",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    if set_cookies:
        headers["Set-Cookie"] = list(set_cookies)
    return Response("", status_code=HTTPStatus.SEE_OTHER.value, headers=headers)
