"""The console in memory: its real pages over the real API, over fakes, and a browser that looks at them."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import pytest

import api.call
import api.console.page
import api.console.pages.sign_in
import api.console.visit
import api.idempotency
from api.app import handler
from api.console.requests import PageRequest
from api.console.visit import Visit
from botmeter.adapters.tax_rates import tax_table
from botmeter.domain.logins import Login, Tokens
from botmeter.domain.members import Member
from botmeter.services.explain_conversation import ExplainConversation
from botmeter.services.orders_access import OrdersAccess
from botmeter.services.show_account import ShowAccount
from botmeter.services.show_plan_options import ShowPlanOptions
from botmeter.services.show_records import ShowRecords
from botmeter.services.show_usage import ShowUsage
from botmeter.services.sign_in import SignIn
from botmeter.settings import Settings
from tests.fakes.context import FakeContext
from tests.fakes.desk import Desk
from tests.fakes.logins import PASSWORD, FakeIdentity, FakeLogins, claims_of
from tests.fakes.world import ADMIN, CARD, NOW, OPERATOR, TRANSFER, World

CONSOLE = "/v1/console/"


@dataclass
class Console:
    """What the pages and the API are wired to."""

    identity: FakeIdentity = field(default_factory=FakeIdentity)
    logins: FakeLogins = field(default_factory=FakeLogins)
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.desk = Desk(self.world)
        self.wiring: Any = SimpleNamespace(
            settings=Settings.read({}),
            identity=self.identity,
            sign_in=SignIn(self.identity, self.logins),
            accounts=self.world.accounts,
            show_account=ShowAccount(self.world.accounts, (CARD, TRANSFER)),
            show_bots=self.world.show_bots,
            show_usage=ShowUsage(self.world.show_bots, self.world.usage),
            show_plan_options=ShowPlanOptions(self.world.edit, self.world.usage, tax_table()),
            show_records=ShowRecords(self.world.show_bots, self.world.billing, self.world.audit),
            show_members=self.world.show_members,
            show_orders=self.desk.show,
            pay_orders=self.world.pay,
            explain_conversation=ExplainConversation(
                self.world.show_bots, OrdersAccess(self.world.accounts), self.world.usage
            ),
        )

    def browser(self, who: Member) -> "Browser":
        """A browser in which `who` is signed in."""
        self.identity.users[who.user_id] = claims_of(who)
        browser = Browser()
        browser.enter(who.user_id)
        return browser

    def wire(self, monkeypatch: pytest.MonkeyPatch, now: datetime | None = None) -> None:
        """Let pages and API use this, at the time `now` if there is one.

        What is sent twice is done twice: nothing is remembered.
        """
        for module in (api.call, api.console.visit) if now else ():
            monkeypatch.setattr(module, "datetime", SimpleNamespace(now=lambda _: now))
        monkeypatch.setattr(api.idempotency, "reply_once", lambda run, *_: run())
        for module in (api.call, api.console.page, api.console.pages.sign_in):
            monkeypatch.setattr(module, "wiring", lambda: self.wiring)


@dataclass
class Page:
    """An answer, as a browser sees it. `at` is the address of the page, below the console's own."""

    at: str
    answer: Mapping[str, Any]

    @property
    def status(self) -> int:
        status: int = self.answer["statusCode"]
        return status

    @property
    def html(self) -> str:
        html: str = self.answer["body"]
        return html

    @property
    def headers(self) -> dict[str, str]:
        headers: dict[str, str] = self.answer["headers"]
        return headers

    @property
    def cookies(self) -> list[str]:
        """The cookies that it sets."""
        one = [text for name, text in self.headers.items() if name == "Set-Cookie"]
        many: list[str] = self.answer.get("multiValueHeaders", {}).get("Set-Cookie", [])
        return one + many

    @property
    def location(self) -> str:
        """Where it leads, below the console's own address."""
        return urljoin(CONSOLE + self.at, self.headers["Location"]).removeprefix(CONSOLE)

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of its forms."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.html)
        return {name: unescape(value) for name, value in found}


@dataclass
class Browser:
    """Keeps cookies as browsers do: each for the addresses beside and below the one that set it."""

    jar: dict[tuple[str, str], str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, at: str, **headers: str) -> Page:
        """Look at a page."""
        return self._send("GET", at, None, headers)

    def post(self, at: str, fields: Mapping[str, str], **headers: str) -> Page:
        """Send a form."""
        return self._send("POST", at, urlencode(fields), headers)

    def submit(self, page: Page, to: str, fields: Mapping[str, str] | None = None, **headers: str) -> Page:
        """Send the form of a page, with what was typed into it."""
        return self.post(to, {**page.hidden, **(fields or {})}, **headers)

    def enter(self, username: str = ADMIN.user_id, next_place: str = "") -> Page:
        """Sign in; returns where that leads."""
        page = self.get(f"sign-in?{urlencode({'next': next_place})}")
        return self.submit(page, "sign-in", {"username": username, "password": PASSWORD})

    def cookie(self, name: str, at: str = "bots") -> str | None:
        """What it would send of a cookie to an address."""
        return dict(self._cookies(CONSOLE + at)).get(name)

    def _send(self, method: str, at: str, body: str | None, headers: Mapping[str, str]) -> Page:
        address = urlsplit(at)
        path = f"console/{address.path}"
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies(CONSOLE + address.path))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        event = {
            "resource": "/console/{proxy+}",
            "path": f"/{path}",
            "pathParameters": {"proxy": quote(address.path, safe="/%@:")},
            "httpMethod": method,
            "headers": {"Cookie": cookies, **self.headers, **named},
            "multiValueQueryStringParameters": parse_qs(address.query, keep_blank_values=True) or None,
            "requestContext": {"httpMethod": method, "path": f"/v1/{path}", "identity": {"sourceIp": ""}},
            "stageVariables": None,
            "body": body,
            "isBase64Encoded": False,
        }
        page = Page(at, handler(event, FakeContext()))  # type: ignore[arg-type]
        for cookie in page.cookies:
            self._keep(cookie, CONSOLE + address.path)
        return page

    def _cookies(self, path: str) -> list[tuple[str, str]]:
        return [(name, value) for (name, at), value in self.jar.items() if path.startswith(at)]

    def _keep(self, cookie: str, path: str) -> None:
        """Keep a cookie for the directory of its address (RFC 6265, 5.1.4), or forget it."""
        name, _, value = cookie.partition(";")[0].partition("=")
        place = name, path.rpartition("/")[0] + "/"
        self.jar.pop(place, None)
        if "Max-Age=0" not in cookie:
            self.jar[place] = value


@dataclass
class FakeApi:
    """Answers in place of the API: with what `answers` say for method and path, and keeps what was sent."""

    answers: dict[str, Callable[[], tuple[int, Any]]] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    etag: str = '"7"'

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(event)
        status, body = self.answers[f"{event['httpMethod']} {event['path']}"]()
        text = body if isinstance(body, str) else json.dumps(body)
        return {"statusCode": status, "headers": {"ETag": self.etag}, "body": text}

    def hold(self, place: str, *pages: Sequence[Any]) -> None:
        """Answer questions for the list `place` with pages, each of which leads to the next."""

        def answer() -> tuple[int, Any]:
            query = self.sent[-1]["multiValueQueryStringParameters"] or {}
            number = int(query.get("cursor", ["0"])[0])
            more = {"next_cursor": str(number + 1)} if number + 1 < len(pages) else {}
            return 200, {"items": [*pages[number]], **more}

        self.answers[f"GET {place}"] = answer

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What was sent that is no question."""
        return [event for event in self.sent if event["httpMethod"] != "GET"]


def refusal(status: int, detail: str, *errors: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """A problem document."""
    return status, {"status": status, "title": "No", "detail": detail, "errors": list(errors)}


def operator_visit(
    api: FakeApi, at: str, form: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
) -> Visit:
    """The operator looks at a page, or sends its form."""
    request = {
        "httpMethod": "GET" if form is None else "POST",
        "requestContext": {"resourcePath": f"/console/{at}"},
        "multiValueQueryStringParameters": {name: [text] for name, text in (query or {}).items()},
        "body": urlencode(form or {}),
    }
    login = Login("k", Tokens(claims_of(OPERATOR), NOW, "refresh"), NOW)
    return Visit(PageRequest(request), api, login, NOW)
