"""An app with a route of each kind, to test what all routes have in common."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from annotated_types import Ge, Le
from chalice.app import Blueprint, Chalice

from api.call import Answer, Call
from api.headers import Key
from api.operation import BILLING_ADMINS, CSV, JSON, PUBLIC, declare
from api.parameters import BY, FIRST_DAY, FORMAT, PERIOD
from api.schemas.common import BotId, Currency
from api.schemas.typed import NotRequired, TypedDict
from botmeter.domain.permissions import Permission
from tests.fakes.context import FakeContext, payload

BODY = {"amount": {"amount": 500, "currency": "EUR"}}
FUNDS = "/bots/bot_trial/funds"
KEY = {"Idempotency-Key": "6f1c"}


class Amount(TypedDict):
    amount: Annotated[int, Ge(1), Le(1_000_000)]
    currency: Currency


class AddFunds(TypedDict):
    amount: Amount
    note: NotRequired[str]


class Made(TypedDict):
    by: str
    bot_id: str
    key: str


class Routes:
    """An app with a route of each kind; what its views were called with, and what they do then."""

    def __init__(self) -> None:
        self.app = Chalice(app_name="foundation")
        self.calls: list[Call[Any]] = []
        self.does: Callable[[], object] = lambda: None
        self.app.register_blueprint(self._blueprint())

    def _blueprint(self) -> Blueprint:
        routes = Blueprint(__name__)
        operation = partial(declare, routes, tag="Tests")

        def note(call: Call[Any]) -> None:
            self.calls.append(call)
            self.does()

        @operation("POST", "/bots/{bot_id}/funds", roles=BILLING_ADMINS, status=HTTPStatus.CREATED)
        def add_funds(call: Call[AddFunds], bot_id: BotId) -> Answer[Made]:
            note(call)
            made: Made = {"by": call.member.user_id, "bot_id": bot_id, "key": call.idempotency_key}
            return Answer(made, etag="7", location=f"/orders/{bot_id}")

        @operation("PUT", "/bots/{bot_id}/plan", etag=True)
        def change_plan(call: Call[Amount], bot_id: BotId) -> Amount:
            note(call)
            return call.body

        @operation("DELETE", "/bots/{bot_id}/plan", etag=True)
        def cancel(call: Call[None], bot_id: BotId) -> None:
            note(call)

        @operation("GET", "/bots/{bot_id}/plan", query=(PERIOD,))
        def show(call: Call[None], bot_id: BotId) -> str:
            note(call)
            return "{}"

        @operation("GET", "/usage", query=(FIRST_DAY, BY, FORMAT), media_types=(JSON, CSV))
        def usage(call: Call[None]) -> Answer[list[str]]:
            note(call)
            if call.query(FORMAT) == "csv":
                return Answer.text("day,by", CSV)
            return Answer([call.query(FIRST_DAY).isoformat(), call.query(BY)])

        @operation("GET", "/orders", roles=BILLING_ADMINS, permission=Permission.ORDERS_AND_INVOICES)
        def list_orders(call: Call[None]) -> list[str]:
            note(call)
            return sorted(call.member.custom_roles)

        @operation("POST", "/hook", roles=PUBLIC, key=Key.IGNORED)
        def hook(call: Call[None]) -> None:
            note(call)

        return routes


@dataclass
class Reply:
    """An answer of API Gateway's proxy integration."""

    answer: dict[str, Any]
    status: int = field(init=False)

    def __post_init__(self) -> None:
        self.status = self.answer["statusCode"]

    @property
    def headers(self) -> dict[str, str]:
        found: dict[str, str] = self.answer["headers"]
        return found

    @property
    def json(self) -> Any:
        return json.loads(self.answer["body"])


def send(
    routes: Routes,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    *,
    query: dict[str, list[str]] | None = None,
    claims: dict[str, str] | None = None,
    remaining_ms: int = 60_000,
) -> Reply:
    """Send a request as a billing admin, or as `claims` say."""
    event = payload("api_get_bots.json")
    bot_id = path.split("/")[2] if path.startswith("/bots/") else None
    resource = path.replace(f"/{bot_id}", "/{bot_id}")
    context = event["requestContext"]
    context.update(resourcePath=resource, httpMethod=method)
    context["authorizer"]["claims"].update(claims or {})
    event.update(path=path, resource=resource, httpMethod=method, multiValueQueryStringParameters=query)
    event["pathParameters"] = {"bot_id": bot_id} if bot_id else None
    event["headers"].update(headers or {})
    event["body"] = body if body is None or isinstance(body, str) else json.dumps(body)
    return Reply(routes.app(event, FakeContext(remaining_ms=remaining_ms)))
