"""What `role_table` is tried on: an account that has everything, another one, and how everybody asks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from api.app import app
from api.openapi import document
from botmeter.domain.accounts import AutoReload
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import Draft
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.members import Member, Role
from botmeter.domain.periods import to_ms
from botmeter.ports.invoices import ParkedBill
from botmeter.ports.metering import RejectedEvent
from botmeter_cli.wiring import wiring_for
from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, CURRENCY, Account, chf, issue_invoice, month_begin, today
from tests.e2e.billing import drain
from tests.e2e.client import Reply, User, fulfilled
from tests.e2e.role_table import Caller, Cell

# Method and path of each operation.
OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (method.upper(), path)
    for path, methods in document(app, {"url": "."})["paths"].items()
    for method, operation in methods.items()
}
LAST_MONTH = (month_begin() - timedelta(days=1)).replace(day=1)
OPERATOR = Member("olga", "", frozenset({Role.OPERATOR}))
DAYS = f"from={today() - timedelta(days=1)}&to={today()}"
QUERIES = {
    "list_usage": f"?{DAYS}",
    "list_usage?bot_id": f"?{DAYS}&bot_id={{bot_id}}",
    "download_invoice?format": "?format=ubl",
    "list_invoice_records": "?line=1",
}
# What would change something, if it were not refused.
BODIES: dict[str, dict[str, Any]] = {
    "change_owner": {"owner_id": "viewer@acct_roles.example"},
    "change_plan": {"plan_id": "advanced-chf"},
    "add_funds": {"amount": chf(2_000), "payment_method": "bank_transfer"},
    "set_auto_reload": {"threshold": chf(200), "amount": chf(3_000)},
    "request_extension": {"days": 7, "reason": "One more week"},
    "approve_extension": {"days": 7},
    "decline_extension": {"reason": "Not this time"},
    "decline_order": {"reason": "Never arrived"},
    # Its own zone: bots that come later are provisioned with that.
    "move_account": {"time_zone": CALENDAR.time_zone},
    "set_plan": {"plan_id": "enterprise-chf", "version": 1},
    "set_seller": {
        "name": "Roles AG",
        "address": {"lines": [], "postal_code": "8000", "city": "Zürich", "country": "CH"},
        "vat_id": "CHE107787577MWST",
        "invoice_prefix": "ROLES",
        "credit_note_prefix": "ROLES-CN",
    },
    "confirm_invoice_payment": {"reference": "transfer 1"},
    "confirm_invoice_refund": {"reference": "refund 1"},
    "void_invoice": {"reason": "Wrong address"},
    "credit_invoice": {"reason": "Never used"},
    "release_parked_bill": {},
    "redrive_event": {},
    # A field that no event has: those of other tests stay.
    "redrive_events": {"field": "roles"},
    "add_event_source": {"name": "Roles"},
    # Of whatever account: the result says what became of it.
    "send_events": {"specversion": "1.0"},
    "add_plan": {"plan_id": "roles-chf", "name": "Roles", "kind": "enterprise", "currency": CURRENCY},
}
# What is done to an invoice or to a bill: each caller has one of its own.
ON_INVOICES = frozenset(
    {
        "confirm_invoice_payment",
        "confirm_invoice_refund",
        "void_invoice",
        "regenerate_invoice",
        "send_invoice",
        "credit_invoice",
        "release_parked_bill",
    }
)
ON_QUARANTINE = frozenset({"redrive_event", "redrive_events"})
# Names that another account must look as if they did not exist.
HIDDEN = ("bot_id", "order_id", "number", "credit_note", "source_id", "user_id")
# The emulator waits most of the time: more callers at once cost it nothing.
AT_ONCE = 3
# A role of the account's own, which it lets see orders and invoices.
ACCOUNTING = "accounting"

Names = dict[str, str]


@dataclass(frozen=True)
class Scene:
    """The account that is asked for, another one, what there is to ask for, and everybody."""

    ours: Account
    theirs: Account
    names: Names
    users: dict[Caller, User]

    def ask(self, cell: Cell, names: Names) -> Reply:
        """The reply to the caller of a cell."""
        operation = cell.operation.partition("?")[0]
        method, path = OPERATIONS[operation]
        if path.startswith("/credit-notes/"):
            names = {**names, "number": names["credit_note"]}
        target = (path + QUERIES.get(cell.operation, "")).format(**names)
        body = BODIES.get(operation)
        if operation == "add_plan":
            # Each caller offers a version of its own: the same one again would change nothing.
            body = {**BODIES["add_plan"], "version": 1 + [*self.users].index(cell.caller)}
        key = f"{cell}-{target}" if method == "POST" else None
        return self.users[cell.caller].send(method, target, body, Idempotency_Key=key)

    def fresh(self, cell: Cell) -> Names:
        """A bot or an invoice for a caller who may change it, with what is to be changed of it."""
        if cell.operation in ON_INVOICES:
            return invoiced(self.ours.stack, cell)
        if cell.operation in ON_QUARANTINE:
            return {**self.names, "event_id": quarantined(self.ours.stack, f"{cell}")}
        if cell.operation == "revoke_event_source":
            return {**self.names, "source_id": event_source(self.ours)[0]}
        names = {**self.names, "bot_id": furnished(self.ours, f"bot_{cell.operation}_{cell.caller}")}
        if "_order" in cell.operation:
            names["order_id"] = order(self.ours, names["bot_id"])
        if cell.operation in {"approve_extension", "decline_extension"}:
            names["request_id"] = request(self.ours, names["bot_id"])
        return names


def furnished(account: Account, bot_id: str, owner: str = "owner") -> str:
    """A new prepaid bot whose plan ends, with a card and auto-reload; returns its id."""
    paid_until = {"opening_funds_minor": 1_000, "ends_on": f"{today() + timedelta(days=60)}"}
    account.bot(bot_id, "plus-chf", today(), owner_id=account.name(owner), **paid_until)

    def add_card(draft: Draft) -> None:
        draft.bot = replace(draft.bot, card_reference="pi_1", auto_reload=AutoReload(100, 2_000))

    edit = account.services.edit_bot
    edit(edit.state(account.account_id, bot_id), SYSTEM, datetime.now(UTC), add_card)
    return bot_id


def invoiced(stack: Stack, cell: Cell) -> Names:
    """An account with an invoice in the state that the operation needs, and with a bill that is parked."""
    account_id, mailed = f"acct_{cell.operation}_{cell.caller}", {"email": "accounts@roles.example"}
    account = Account(stack, account_id, LAST_MONTH, details=mailed)
    account.bot("bot_billed", "essential-chf")
    number = issue_invoice(stack, account.account_id, CALENDAR)
    now, correct = datetime.now(UTC), account.services.correct_invoices
    if cell.operation == "regenerate_invoice":
        correct.void(OPERATOR, number, "Wrong address", now)
    if cell.operation == "confirm_invoice_refund":
        correct.confirm_payment(OPERATOR, number, "transfer 1", now)
        correct.credit(OPERATOR, number, [1], "A test", now)
    period = CALENDAR.period_containing(now).previous()
    account.services.parked.park(
        ParkedBill(account.account_id, period, "a test", needs_approval=False, parked_at=now)
    )
    return {"account_id": account.account_id, "number": number}


def credit_note(account: Account, number: str) -> str:
    """A credit note for a line of an invoice, with its documents; returns its number."""
    note = account.services.correct_invoices.credit(OPERATOR, number, [1], "A test", datetime.now(UTC)).note
    drain(account.stack)
    return note.number


def order(account: Account, bot_id: str) -> str:
    """An order of funds that waits for its payment; returns its id."""
    placed = account.admin.post(f"/bots/{bot_id}/funds", BODIES["add_funds"])
    return str(fulfilled(placed, 201)["order"]["order_id"])


def request(account: Account, bot_id: str) -> str:
    """A request for more time that waits; returns its id."""
    asked = account.admin.post(f"/bots/{bot_id}/extension-requests", BODIES["request_extension"])
    return str(fulfilled(asked, 201)["request_id"])


def event_source(account: Account) -> tuple[str, str]:
    """The id of a new event source, and its key."""
    added = fulfilled(account.admin.post("/event-sources", BODIES["add_event_source"]), 201)
    return added["event_source"]["source_id"], added["key"]


def quarantined(stack: Stack, text: str) -> str:
    """An event in quarantine that has `text`; returns its id."""
    error, quarantine = InvalidEvent("event", "must be JSON"), wiring_for(stack).quarantine
    assert quarantine.keep([RejectedEvent(text, error, to_ms(datetime.now(UTC)))]) == set()
    return next(
        found.event_id for found in quarantine.read([*quarantine.ids(None, None)]) if found.text == text
    )


def cast(account: Account, mine: str, other: str) -> Iterator[tuple[str, User]]:
    """The users of an account; its bot `mine` passes from the former owner to the present one."""
    account.bot(other, owner_id=account.name("other"))
    for name in ("owner", "other", "former"):
        yield name, account.user(name, "bot_owner")
    fulfilled(account.admin.put(f"/bots/{mine}/owner", {"owner_id": account.name("owner")}))
    yield "admin", account.admin
    yield "viewer", account.user("viewer", "viewer")
    yield "operator", account.user("operator", "operator")
    yield "nobody", account.nobody()
