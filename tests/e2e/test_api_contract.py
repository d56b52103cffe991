"""The deployed API keeps to its own description, whatever valid or broken requests Schemathesis makes up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import CheckFunction
from schemathesis.checks import content_type_conformance, response_schema_conformance
from schemathesis.config import SchemathesisConfig

from api.app import app
from api.openapi import document
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import Draft
from botmeter.domain.members import Member, Role
from botmeter.domain.periods import Calendar
from botmeter.ports.invoices import ParkedBill
from botmeter_cli.api_client import sign_in
from botmeter_cli.provisioning import demo_account, seed, wiring_for
from botmeter_cli.sample import last_full_month
from botmeter_local import Stack
from tests.e2e.accounts import issue_invoice
from tests.e2e.billing import drain
from tests.e2e.client import User, fulfilled
from tests.e2e.contract_rules import put_in_order, signature_of
from tests.e2e.conversations import NOON, hand_over, sessions
from tests.e2e.role_scene import quarantined

# Random requests for each operation, beside those at the edges of its schema; and without them, for a viewer.
EXAMPLES, FEW_EXAMPLES = 2, 1
ADMIN, VIEWER, OPERATOR, SOURCE = "billing_admin", "viewer", "operator", "event_source"
ACCOUNT_ID, BOT_ID, CARD_BOT_ID = "acct_contract", "bot_orders", "bot_with_card"
# What Stripe tells, and is of no concern: the description leaves what it says to Stripe.
WEBHOOK, NOTICE, EVENTS = "/webhooks/stripe", b"{}", "/events"
INVOICE, CREDIT_NOTE = "INV-2026-000042", "CN-2026-000007"
OLGA = Member("olga", "", frozenset({Role.OPERATOR}))
EXAMPLE_ORDER, EXAMPLE_REQUEST, SOURCE_ID = (f"{kind}-6b86b273ff34fce19d6b" for kind in ("ord", "ext", "src"))

CHECKS = {
    # API Gateway answers itself for a method that no route has, and does so with 403.
    "unsupported_method": {"enabled": False},
    # A request of the right form may name what is not there, or break a rule of the business.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "402", "403", "404", "409", "422"]},
}

Case = schemathesis.Case[Any]

description = document(app, {"url": "."})
LABELS = [f"{method.upper()} {path}" for path, methods in description["paths"].items() for method in methods]


def described(examples: int, *, edges: bool) -> schemathesis.BaseSchema:
    """The description as a source of requests, the same ones each time."""
    config = {
        "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
        "phases": {"coverage": {"enabled": edges, "unexpected-methods": []}},
        "checks": CHECKS,
    }
    return schemathesis.openapi.from_dict(description, config=SchemathesisConfig.from_dict(config))


thorough, brief = described(EXAMPLES, edges=True), described(FEW_EXAMPLES, edges=False)


@dataclass
class Api:
    """The deployed API, as users of an account of its own and the operator see it."""

    stack: Stack
    users: dict[str, User]
    # What the examples of the description stand for in this account.
    names: dict[str, str]
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def check(self, case: Case, role: str | None = None) -> None:
        """Send a request (of who may send it, or of a role), and hold the answer against the description."""
        for members in (case.path_parameters, case.query, case.body):
            self._name(members)
        if case.meta is None or case.meta.generation.mode.is_positive:
            # Only an earlier answer has a cursor or an entity tag: none that is made up is valid.
            case.query.pop("cursor", None)
            case.headers.pop("If-Match", None)
            put_in_order(case.operation.path, case.query)
            if case.operation.path == WEBHOOK:
                case.headers["Stripe-Signature"] = signature_of(NOTICE)
        headers = {"Authorization": f"Bearer {self.users[role or role_for(case)].token}"}
        sent: dict[str, Any] = {"data": NOTICE} if case.operation.path == WEBHOOK else {}
        answer = case.call(base_url=self.stack.api_url, headers=headers, **sent)
        case.validate_response(answer, headers=headers, excluded_checks=self._excluded(case, answer))
        if answer.request.method == case.operation.method.upper():
            self.statuses[case.operation.label].add(answer.status_code)

    def _name(self, members: Any) -> None:
        """Put names of this account in place of examples."""
        if isinstance(members, dict):
            for name, value in members.items():
                members[name] = self.names.get(value, value) if isinstance(value, str) else value

    def _excluded(self, case: Case, answer: schemathesis.Response) -> list[CheckFunction]:
        """The emulator gives API Gateway's own answers neither form nor status that the template asks for."""
        refusals = {401, 403} if case.operation.path == EVENTS else {401}
        if not self.stack.is_local or answer.status_code not in refusals:
            return []
        return [response_schema_conformance, content_type_conformance]


def role_for(case: Case) -> str:
    """Who may send a request."""
    if case.operation.path == EVENTS:
        return SOURCE
    return OPERATOR if case.operation.path.startswith("/operator/") else ADMIN


@pytest.fixture(scope="module")
def api(stack: Stack, operator: User) -> Api:
    """The account of the demo under another name, with bots, and the invoice of a month."""
    demo, services = demo_account(), wiring_for(stack)
    calendar = Calendar(demo["time_zone"])
    (bot,) = (bot for bot in demo["bots"] if bot["bot_id"] == BOT_ID)
    bots = [*demo["bots"], {**bot, "bot_id": CARD_BOT_ID}]
    month = last_full_month(datetime.now(UTC), calendar)
    seed(stack, month.start(calendar), {**demo, "account_id": ACCOUNT_ID, "bots": bots})
    state = services.edit_bot.state(ACCOUNT_ID, CARD_BOT_ID)
    services.edit_bot(state, SYSTEM, datetime.now(UTC), give_card)
    users = {OPERATOR: operator}
    for role in (ADMIN, VIEWER, SOURCE):
        email = f"{role}@contract.example"
        users[role] = User(stack.api_url, sign_in(stack, email, ACCOUNT_ID, role), email)
    source = fulfilled(users[ADMIN].post("/event-sources", {"name": "A test"}), 201)["event_source"]
    number = issue_invoice(stack, ACCOUNT_ID, calendar)
    correct = services.correct_invoices
    note = correct.credit(OLGA, number, [1], "A test", datetime.now(UTC)).note
    drain(stack)
    names = {
        INVOICE: number,
        CREDIT_NOTE: note.number,
        SOURCE_ID: source["source_id"],
        "acct_acme": ACCOUNT_ID,
        # The deployed functions must not call Stripe.
        "card": "bank_transfer",
    }
    return Api(stack, users, names)


def give_card(draft: Draft) -> None:
    """Let the bot have paid by card before."""
    draft.bot = replace(draft.bot, card_reference="pi_contract")


# ------------------------------------------------------------- requests that nothing stands against

FUNDS: dict[str, Any] = {"amount": {"amount": 10_000, "currency": "EUR"}, "payment_method": "bank_transfer"}
EXTENSION: dict[str, Any] = {"days": 7, "reason": "One more week"}
QUERIES: dict[str, dict[str, Any]] = {
    "GET /usage": {"from": "2026-10-01", "to": "2026-10-01"},
    "GET /invoices/{number}/records": {"line": 1},
}
BODIES: dict[str, dict[str, Any]] = {
    "PUT /bots/{bot_id}/owner": {"owner_id": "viewer@contract.example"},
    "PUT /bots/{bot_id}/plan": {"plan_id": "standard-eur"},
    "POST /bots/{bot_id}/funds": FUNDS,
    "PUT /bots/{bot_id}/auto-reload": {"threshold": FUNDS["amount"], "amount": FUNDS["amount"]},
    "POST /bots/{bot_id}/extension-requests": EXTENSION,
    "PUT /operator/accounts/{account_id}/time-zone": {"time_zone": "Asia/Kolkata"},
    "PUT /operator/accounts/{account_id}/bots/{bot_id}/plan": {"plan_id": "standard-eur", "version": 1},
    "PUT /operator/sellers/{code}": {
        "name": "Contract Ltd",
        "address": {"lines": ["1 High Street"], "postal_code": "SW1A 1AA", "city": "London", "country": "GB"},
        "vat_id": "GB980780684",
        "invoice_prefix": "CONTRACT",
        "credit_note_prefix": "CONTRACT-CN",
    },
    "POST /operator/invoices/{number}/payment": {"reference": "transfer 1"},
    "POST /operator/invoices/{number}/refund": {"reference": "refund 1"},
    "POST /operator/invoices/{number}/void": {"reason": "Wrong address"},
    "POST /operator/invoices/{number}/credit-notes": {"reason": "Never used"},
    "POST /operator/parked-bills/{account_id}/release": {"approve": False},
    "POST /operator/quarantine/{event_id}/redrive": {},
    "POST /operator/quarantine/redrive": {"field": "contract"},
    "POST /event-sources": {"name": "Contract"},
    "POST /events": {"specversion": "1.0"},
    "POST /operator/plans": {
        "plan_id": "contract-eur",
        "version": 1,
        "name": "Contract",
        "kind": "enterprise",
        "currency": "EUR",
    },
}
DECISIONS: dict[str, dict[str, Any]] = {"approve": {"days": 7}, "decline": {"reason": "Not this time"}}


def prepared(api: Api, label: str) -> Mapping[str, str]:
    """The names in the path of an operation, after what it needs was done and what is in its way undone."""
    admin, bot_id = api.users[ADMIN], CARD_BOT_ID if "auto-reload" in label else BOT_ID
    if "{order_id}" in label or label.endswith("/funds"):
        for notice in admin.get(f"/bots/{BOT_ID}")["notices"]:
            if notice["kind"] == "payment_pending":
                fulfilled(admin.delete(f"/orders/{notice['details']['order_id']}"))
    if "{order_id}" in label:
        placed = fulfilled(admin.post(f"/bots/{BOT_ID}/funds", FUNDS), 201)
        api.names[EXAMPLE_ORDER] = placed["order"]["order_id"]
    if "{request_id}" in label:
        request = admin.get(f"/bots/{BOT_ID}")["extension"]
        if request is None or request["status"] != "pending":
            request = fulfilled(admin.post(f"/bots/{BOT_ID}/extension-requests", EXTENSION), 201)
        api.names[EXAMPLE_REQUEST] = request["request_id"]
    number = CREDIT_NOTE if "/credit-notes/" in label else INVOICE
    if label.startswith("POST /operator/invoices/"):
        number = invoiced(api, label)
    if label.endswith("/release"):
        park(api)
    if "{conversation_id}" in label:
        hand_over(api.stack, sessions(ACCOUNT_ID, BOT_ID, NOON, 1))
    event_id = quarantined(api.stack, label) if "{event_id}" in label else ""
    names = {"account_id": "acct_acme", "bot_id": bot_id, "order_id": EXAMPLE_ORDER, "source_id": SOURCE_ID}
    others = {"request_id": EXAMPLE_REQUEST, "event_id": event_id, "asset": "start.js", "code": "contract"}
    asked = {"conversation_id": f"{BOT_ID}-0", "user_id": api.users[VIEWER].user_id}
    return {**names, **others, **asked, "number": number}


def invoiced(api: Api, label: str) -> str:
    """The invoice of another account, in the state that the operation needs which changes it."""
    demo, calendar, now = demo_account(), Calendar(demo_account()["time_zone"]), datetime.now(UTC)
    account_id, correct = f"{ACCOUNT_ID}_{label.rpartition('/')[2]}", wiring_for(api.stack).correct_invoices
    seed(api.stack, last_full_month(now, calendar).start(calendar), {**demo, "account_id": account_id})
    number = issue_invoice(api.stack, account_id, calendar)
    if label.endswith("/regenerate"):
        correct.void(OLGA, number, "A test", now)
    if label.endswith("/refund"):
        correct.confirm_payment(OLGA, number, "transfer 1", now)
        correct.credit(OLGA, number, None, "A test", now)
    return number


def park(api: Api) -> None:
    """Let a bill of the account wait."""
    now, calendar = datetime.now(UTC), Calendar(demo_account()["time_zone"])
    month = last_full_month(now, calendar)
    wiring_for(api.stack).parked.park(
        ParkedBill(ACCOUNT_ID, month, "a test", needs_approval=False, parked_at=now)
    )


@pytest.mark.parametrize("label", LABELS)
def test_good_request_is_fulfilled_as_described(api: Api, label: str) -> None:
    """Each operation succeeds for who may use it, when nothing stands against it."""
    method, path = label.split(" ")
    names = prepared(api, label)
    operation = thorough[path][method]
    members: dict[str, Any] = {"path_parameters": {n: names[n] for n in names if f"{{{n}}}" in path}}
    body = BODIES.get(label, DECISIONS.get(path.rpartition("/")[2]))
    if body is not None and "requestBody" in description["paths"][path][method.lower()]:
        members |= {"body": {**body}, "media_type": "application/json"}
    headers = {"Idempotency-Key": f"good {label}".replace(" ", "-")} if method == "POST" else {}
    case = operation.Case(**members, query={**QUERIES.get(label, {})}, headers=headers)
    api.check(case)

    assert any(status < 300 for status in api.statuses[label])


# --------------------------------------------------------------------- requests that are made up


@thorough.parametrize()
def test_answers_to_who_may_ask_keep_to_the_description(case: Case, api: Api) -> None:
    """Status, content type, headers and body are described; what breaks a rule is refused."""
    api.check(case)


@brief.parametrize()
def test_answers_to_a_viewer_keep_to_the_description(case: Case, api: Api) -> None:
    """So does what a member with fewer rights is told."""
    api.check(case, VIEWER)


def test_every_operation_was_fulfilled(api: Api) -> None:
    """The checks above saw the answers of success, too: nothing is out of reach."""
    fulfilled_ones = {label for label, statuses in api.statuses.items() if any(s < 300 for s in statuses)}

    assert set(LABELS) - fulfilled_ones == set()


def test_description_is_served(api: Api) -> None:
    """The API tells programs what it is, without a token, at an address relative to the document's."""
    assert requests.get(f"{api.stack.api_url}/openapi.json", timeout=30).json() == description


def test_page_on_an_unknown_origin_is_granted_nothing(api: Api) -> None:
    """The preflight of any route is answered without a token, but names no origin."""
    headers: dict[str, Any] = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = requests.options(f"{api.stack.api_url}/bots/bot_orders", headers=headers, timeout=30)

    assert answer.status_code == 204
    assert "Access-Control-Allow-Origin" not in answer.headers
