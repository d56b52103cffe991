"""The deployed API keeps to its own description, whatever valid or broken requests Schemathesis makes up."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import schemathesis
from schemathesis import CheckFunction
from schemathesis.checks import response_schema_conformance
from schemathesis.config import SchemathesisConfig

from api.app import app
from api.openapi import document
from botmeter_cli.api_client import ApiClient, sign_in
from botmeter_cli.output import Output
from botmeter_cli.provisioning import demo_account, seed
from botmeter_cli.sample import last_full_month
from botmeter_cli.stack_commands import bill
from botmeter_local import Stack

# Random requests for each operation and role. Those at the edges of its schema come on top, for one role.
EXAMPLES = 6
ADMIN, VIEWER = "billing_admin", "viewer"
ACCOUNT_ID = "acct_contract"

CHECKS = {
    # API Gateway answers itself for a method that no route has, and does so with 403.
    "unsupported_method": {"enabled": False},
    # A request of the right form may name what is not there, or break a rule of the business.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "402", "403", "404", "409", "422"]},
}

Case = schemathesis.Case[Any]

description = document(app, {"url": "."})


def described(*, edges: bool) -> schemathesis.BaseSchema:
    """The description as a source of requests, the same ones each time."""
    config = {
        "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
        "phases": {"coverage": {"enabled": edges, "unexpected-methods": []}},
        "checks": CHECKS,
    }
    return schemathesis.openapi.from_dict(description, config=SchemathesisConfig.from_dict(config))


thorough, brief = described(edges=True), described(edges=False)


@dataclass
class Api:
    """The deployed API, as users of an account of its own see it."""

    stack: Stack
    tokens: dict[str, str]
    # What the examples of the description stand for in this account.
    names: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def check(self, case: Case, role: str) -> None:
        """Send a request that was made up, and hold the answer against the description."""
        for name, value in (case.path_parameters or {}).items():
            case.path_parameters[name] = self.names.get(value, value)
        if case.meta and case.meta.generation.mode.is_positive:
            # Only an earlier answer has a cursor or an entity tag: none that is made up is valid.
            case.query.pop("cursor", None)
            case.headers.pop("If-Match", None)
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        answer = case.call(base_url=self.stack.api_url, headers=headers)
        case.validate_response(answer, headers=headers, excluded_checks=self._excluded(answer.status_code))
        if answer.request.method == case.operation.method.upper():
            self.statuses[case.operation.label].add(answer.status_code)

    def _excluded(self, status: int) -> list[CheckFunction]:
        """The emulator does not give API Gateway's own answers the form that the template asks for."""
        return [response_schema_conformance] if status == 401 and self.stack.is_local else []


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    """The account of the demo under another name, with bots, an order, and the invoice of a month."""
    now = datetime.now(UTC)
    zone = ZoneInfo(demo_account()["time_zone"])
    month = last_full_month(now, zone)
    seed(stack, month.start(zone), {**demo_account(), "account_id": ACCOUNT_ID})
    bill(stack, max(now, month.end(zone) + timedelta(days=4)), Output(as_json=True))
    tokens = {role: sign_in(stack, f"{role}@contract.example", ACCOUNT_ID, role) for role in (ADMIN, VIEWER)}
    history = ApiClient(stack.api_url, tokens[ADMIN]).get("/orders")["items"]
    (number,) = [entry["number"] for entry in history if entry["type"] == "invoice"]
    return Api(stack, tokens, {"INV-000042": number})


@thorough.parametrize()
def test_answers_to_an_admin_keep_to_the_description(case: Case, api: Api) -> None:
    """Status, content type, headers and body are described; what breaks a rule is refused."""
    api.check(case, ADMIN)


@brief.parametrize()
def test_answers_to_a_viewer_keep_to_the_description(case: Case, api: Api) -> None:
    """So does what a member with fewer rights is told."""
    api.check(case, VIEWER)


def test_every_operation_was_fulfilled(api: Api) -> None:
    """The checks above saw the answers of success, too: for a billing admin nothing is out of reach."""
    labels = {f"{m.upper()} {path}" for path, methods in description["paths"].items() for m in methods}
    fulfilled = {label for label, statuses in api.statuses.items() if any(s < 300 for s in statuses)}

    assert labels - fulfilled == set()


def test_description_is_served(api: Api) -> None:
    """The API tells programs what it is, without a token, at an address relative to the document's."""
    assert requests.get(f"{api.stack.api_url}/openapi.json", timeout=30).json() == description


def test_page_on_an_unknown_origin_is_granted_nothing(api: Api) -> None:
    """The preflight of any route is answered without a token, but names no origin."""
    headers: dict[str, Any] = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = requests.options(f"{api.stack.api_url}/bots/bot_orders", headers=headers, timeout=30)

    assert answer.status_code == 204
    assert "Access-Control-Allow-Origin" not in answer.headers
