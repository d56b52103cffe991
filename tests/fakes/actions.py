"""An action of the console over an API in memory."""

import re
from base64 import b64encode
from collections.abc import Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode

from chalice.app import Response

from api.console.actions import Action, Deed, Review, perform
from api.console.fields import Field, number_field, text_field
from api.console.requests import PageRequest
from api.console.visit import Visit
from botmeter.domain.logins import Login, Tokens
from tests.fakes.console import FakeApi
from tests.fakes.logins import claims_of
from tests.fakes.world import ADMIN, NOW

BOT, DEED = "/bots/bot_a", "POST /bots/bot_a/extension-requests"
ACCOUNT = {
    "account_id": "acct_acme",
    "name": "Acme GmbH",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "member": {"user_id": "u-admin", "roles": ["billing_admin"]},
    "orders_and_invoices": {"is_available": True, "reason": None},
    "shared_ledger": {"is_available": True, "reason": None},
    "payment_methods": ["card"],
}
FIELDS = (number_field("days", "More days", 1, 90), text_field("reason", "Reason", 100))
TYPED = {"days": "5", "reason": "<b>Prüfung</b>"}
SENT = {**TYPED, "review": "1", "key": "k-of-the-review", "seen": '"7"'}


class Scene:
    """An action over an API whose bot is called `name`, and whose deed answers `deed`."""

    def __init__(self, deed: tuple[int, Any] = (201, {}), fields: Sequence[Field] = FIELDS) -> None:
        self.name, self.deed, self.fields = "A bot", deed, fields
        self.api = FakeApi(
            {
                "GET /account": lambda: (200, ACCOUNT),
                f"GET {BOT}": lambda: (200, {"name": self.name}),
                DEED: lambda: self.deed,
            }
        )

    def get(self, **query: str) -> Response:
        given = {name: [text] for name, text in query.items()}
        return self._answer("GET", multiValueQueryStringParameters=given)

    def post(self, form: dict[str, str]) -> Response:
        return self._answer("POST", body=b64encode(urlencode(form).encode()).decode(), isBase64Encoded=True)

    def _answer(self, method: str, **event: Any) -> Response:
        context = {"resourcePath": "/console/bots/{bot_id}/extension"}
        names = {"bot_id": "bot_a"}
        request = PageRequest(
            {"httpMethod": method, "requestContext": context, "pathParameters": names, **event}
        )
        login = Login("k", Tokens(claims_of(ADMIN), NOW, "refresh"), NOW)
        visit = Visit(request, self.api, login, NOW)
        return perform(visit, self._action(visit))

    def _action(self, visit: Visit) -> Action:
        seen = visit.api.seen(BOT)

        def review(values: dict[str, Any]) -> Review:
            facts = [("Bot", seen.body["name"]), *((name, str(value)) for name, value in values.items())]
            return Review(facts, "It costs nothing.", seen.etag)

        def do(deed: Deed) -> Response:
            visit.api.send("POST", f"{BOT}/extension-requests", deed.values, key=deed.key, if_match=deed.seen)
            return visit.go("bots/{}", "bot_a", done="extension")

        return Action("More time", "Send the request", "bots/bot_a", review, do, self.fields)


def hidden(page: Response, name: str) -> str | None:
    """A hidden field, as a browser sends it."""
    found = re.search(f'<input type="hidden" name="{name}" value="([^"]*)"', page.body)
    return found and unescape(found[1])


def admin_visit(
    api: FakeApi, at: str, form: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> Visit:
    """An admin of the account looks at a page, or sends its form."""
    api.answers.setdefault("GET /account", lambda: (200, ACCOUNT))
    request = {
        "httpMethod": "GET" if form is None else "POST",
        "requestContext": {"resourcePath": f"/console/{at}"},
        "multiValueQueryStringParameters": {name: [text] for name, text in (query or {}).items()},
        "body": urlencode(form or {}),
    }
    return Visit(PageRequest(request), api, Login("k", Tokens(claims_of(ADMIN), NOW, "refresh"), NOW), NOW)
