"""Milliseconds to answer whether a bot may answer, without a network, beside a route that does nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from chalice.app import Chalice

import api.call
from api.app import handler
from bench.clients import client_without_socket
from bench.report import cpu_seconds, table
from botmeter.adapters.dynamo.balances import to_balance_item
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.balances import Balance, SharedCredits
from botmeter.domain.changes import BotState, Draft
from botmeter.domain.credits import Grant, GrantKind
from botmeter.settings import Settings
from tests.fakes.context import FakeContext, payload
from tests.fakes.demo import ACCOUNT, STANDARD, bot

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

REPETITIONS = 300
_NOW = datetime(2026, 10, 5, tzinfo=UTC)
_PATH, _RESOURCE = "/bots/bot_standard/entitlement", "/bots/{bot_id}/entitlement"


def run() -> None:
    """Measure and print."""
    event, context = _event(), cast("LambdaContext", FakeContext())
    nothing = Chalice(app_name="nothing")
    nothing.route(_RESOURCE)(lambda bot_id: {"bot_id": bot_id})
    wired = Wiring(Settings.read({"BILLING_TABLE": "billing"}), lambda s: client_without_socket(s, _item()))
    with patch.object(api.call, "wiring", lambda: wired):
        rows = [
            _row("a Chalice route that does nothing (yardstick)", lambda: nothing(event, FakeContext())),
            _row("GET /bots/{bot_id}/entitlement, socket stubbed", lambda: handler(event, context)),
        ]
    table("Entitlement, one item read", ["", "ms of processor time"], rows)


def _row(name: str, answer: Callable[[], Any]) -> list[str]:
    """The time of one call, after the first."""
    assert answer()["statusCode"] == 200
    return [name, f"{cpu_seconds(answer, REPETITIONS) * 1000:.2f}"]


def _event() -> dict[str, Any]:
    """The call of an admin."""
    event = payload("api_get_bots.json")
    event |= {"path": _PATH, "resource": _RESOURCE, "pathParameters": {"bot_id": "bot_standard"}}
    event["requestContext"]["resourcePath"] = _RESOURCE
    return event


def _item() -> bytes:
    """DynamoDB's answer: the balance of a bot with three grants, two of which expire."""
    draft = Draft(BotState(ACCOUNT, bot(STANDARD), Balance(), SharedCredits()), _NOW, SYSTEM)
    for n in (1, 2, 3):
        expires_at = _NOW + timedelta(days=30 * n) if n < 3 else None
        kind = GrantKind.FREE if expires_at else GrantKind.PAID
        draft.credit(Grant(f"ord-{n}", kind, 100_000_000, 100_000_000, _NOW, expires_at))
    balance = draft.done().after.balance
    return json.dumps(
        {"Item": to_balance_item(ACCOUNT.account_id, "bot_standard", balance).serialize()}
    ).encode()
