"""Every operation of the API, tried by everybody, on the deployed stack: `role_table` says who may."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.app import app
from api.openapi import document
from botmeter.domain.accounts import AutoReload
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import Draft
from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, CURRENCY, Account, chf, issue_invoice, month_begin, today
from tests.e2e.client import Reply, User, fulfilled, refused
from tests.e2e.role_table import NO_TOKEN, Caller, Cell, cells

# Method and path of each operation.
OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (method.upper(), path)
    for path, methods in document(app, {"url": "."})["paths"].items()
    for method, operation in methods.items()
}
DAYS = f"from={today() - timedelta(days=1)}&to={today()}"
QUERIES = {"list_usage": f"?{DAYS}", "list_usage?bot_id": f"?{DAYS}&bot_id={{bot_id}}"}
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
    "add_plan": {"plan_id": "roles-chf", "name": "Roles", "kind": "enterprise", "currency": CURRENCY},
}
# Names that another account must look as if they did not exist.
HIDDEN = ("bot_id", "order_id", "number")
# The emulator waits most of the time: more callers at once cost it nothing.
AT_ONCE = 3

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
        target = (path + QUERIES.get(cell.operation, "")).format(**names)
        body = BODIES.get(operation)
        if operation == "add_plan":
            # Each caller offers a version of its own: the same one again would change nothing.
            body = {**BODIES["add_plan"], "version": 1 + [*self.users].index(cell.caller)}
        key = f"{cell}-{target}" if method == "POST" else None
        return self.users[cell.caller].send(method, target, body, Idempotency_Key=key)

    def fresh(self, cell: Cell) -> Names:
        """A bot for a caller who may change it, with what is to be changed of it."""
        names = {**self.names, "bot_id": furnished(self.ours, f"bot_{cell.operation}_{cell.caller}")}
        if "_order" in cell.operation:
            names["order_id"] = order(self.ours, names["bot_id"])
        if cell.operation in {"approve_extension", "decline_extension"}:
            names["request_id"] = request(self.ours, names["bot_id"])
        return names


@dataclass(frozen=True)
class Answers:
    """What everybody was answered, with the facts of the account before and after what must not change it.

    `of_nothing` are those to callers of another account who asked for what nobody has.
    """

    replies: dict[Cell, Reply]
    of_nothing: dict[Cell, Reply]
    before: list[str]
    after: list[str]


def furnished(account: Account, bot_id: str, owner: str = "owner") -> str:
    """A new prepaid bot whose plan ends, with a card and auto-reload; returns its id."""
    paid_until = {"opening_funds_minor": 1_000, "ends_on": f"{today() + timedelta(days=60)}"}
    account.bot(bot_id, "plus-chf", today(), owner_id=account.name(owner), **paid_until)

    def add_card(draft: Draft) -> None:
        draft.bot = replace(draft.bot, card_reference="pi_1", auto_reload=AutoReload(100, 2_000))

    edit = account.services.edit_bot
    edit(edit.state(account.account_id, bot_id), SYSTEM, datetime.now(UTC), add_card)
    return bot_id


def order(account: Account, bot_id: str) -> str:
    """An order of funds that waits for its payment; returns its id."""
    placed = account.admin.post(f"/bots/{bot_id}/funds", BODIES["add_funds"])
    return str(fulfilled(placed, 201)["order"]["order_id"])


def request(account: Account, bot_id: str) -> str:
    """A request for more time that waits; returns its id."""
    asked = account.admin.post(f"/bots/{bot_id}/extension-requests", BODIES["request_extension"])
    return str(fulfilled(asked, 201)["request_id"])


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


@pytest.fixture(scope="module")
def scene(stack: Stack, operator: User) -> Scene:
    """Our account with a bot that has everything, and theirs."""
    last_month = (month_begin() - timedelta(days=1)).replace(day=1)
    ours, theirs = Account(stack, "acct_roles", last_month), Account(stack, "acct_others", month_begin())
    ours.bot("bot_billed", "essential-chf", last_month)
    mine = furnished(ours, "bot_mine", "former")
    furnished(theirs, "bot_theirs", "former")
    users = {Caller(name): user for name, user in cast(ours, mine, "bot_else")}
    for name, user in cast(theirs, "bot_theirs", "bot_elsewhere"):
        users[Caller(name, is_foreign=True)] = user
    fulfilled(ours.admin.put(f"/bots/{mine}/plan", {"plan_id": "standard-chf"}))
    names = {
        "account_id": ours.account_id,
        "bot_id": mine,
        "order_id": order(ours, mine),
        "request_id": request(ours, mine),
        "number": issue_invoice(ours.services, ours.account_id, CALENDAR),
        "asset": "page.css",
        "code": "roles",
    }
    return Scene(ours, theirs, names, {**users, NO_TOKEN: User(stack.api_url)})


@pytest.fixture(scope="module")
def answers(scene: Scene) -> Answers:
    """Everybody asks for everything: first all that must change nothing, then what changes a bot each."""
    changing = [cell for cell in cells() if cell.status < 300 and method_of(cell) != "GET"]
    harmless = [cell for cell in cells() if cell not in changing]
    strangers = [cell for cell in harmless if is_strange(cell)]
    nothing = {**scene.names, **{name: scene.names[name][::-1] for name in HIDDEN}}
    before = scene.ours.facts()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda cell: scene.ask(cell, scene.names), harmless))
        of_nothing = list(pool.map(lambda cell: scene.ask(cell, nothing), strangers))
    after = scene.ours.facts()
    changed = {cell: scene.ask(cell, scene.fresh(cell)) for cell in changing}
    return Answers(
        {**dict(zip(harmless, replies, strict=True)), **changed},
        dict(zip(strangers, of_nothing, strict=True)),
        before,
        after,
    )


def method_of(cell: Cell) -> str:
    """The method of HTTP."""
    return OPERATIONS[cell.operation.partition("?")[0]][0]


def is_strange(cell: Cell) -> bool:
    """Whether somebody of another account asks for a thing by its name; operators may."""
    operation, _, parameter = cell.operation.partition("?")
    asked = {parameter, *re.findall(r"{(\w+)}", OPERATIONS[operation][1])}
    return cell.caller.is_foreign and cell.caller.name != "operator" and not asked.isdisjoint(HIDDEN)


def test_table_has_every_operation() -> None:
    """No operation of the API is missing, and none is there that does not exist."""
    assert {cell.operation.partition("?")[0] for cell in cells()} == set(OPERATIONS)


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_caller_gets_what_the_table_says(answers: Answers, cell: Cell) -> None:
    """Who may is served; who may not is told so by a problem document."""
    reply = answers.replies[cell]

    assert reply.status == cell.status, reply.text
    if cell.status in {400, 403, 404}:
        refused(reply, cell.status)


def test_refusals_change_nothing(answers: Answers) -> None:
    """All that was refused, and all that was read, left the account as it was."""
    assert answers.after == answers.before


@pytest.mark.parametrize("cell", [cell for cell in cells() if is_strange(cell)], ids=str)
def test_things_of_others_look_as_if_they_did_not_exist(scene: Scene, answers: Answers, cell: Cell) -> None:
    """To another account, the answer about our things is the one about things that nobody has."""
    reply, text = answers.replies[cell], answers.replies[cell].text
    for name in HIDDEN:
        text = text.replace(scene.names[name], scene.names[name][::-1])

    assert outline(replace(reply, text=text)) == outline(answers.of_nothing[cell])


@pytest.mark.parametrize("operation", ["list_bots", "list_usage", "list_shared_ledger", "list_orders"])
def test_lists_of_others_hold_nothing_of_ours(scene: Scene, answers: Answers, operation: str) -> None:
    """What another account's admin lists is that account's alone."""
    text = answers.replies[Cell(operation, Caller("admin", is_foreign=True), 200)].text

    assert not any(scene.names[name] in text for name in (*HIDDEN, "account_id", "request_id"))


def outline(reply: Reply) -> tuple[int, dict[str, str], str]:
    """What there is to see of a reply, without what is another each time."""
    changing = {"date", "x-amzn-requestid", "x-amz-request-id"}
    headers = {name.lower(): value for name, value in reply.headers.items() if name.lower() not in changing}
    return reply.status, headers, reply.text


@pytest.mark.parametrize(
    ("name", "bots"),
    [
        ("admin", {"bot_billed", "bot_else", "bot_mine"}),
        ("viewer", {"bot_billed", "bot_else", "bot_mine"}),
        ("owner", {"bot_billed", "bot_mine"}),
        ("former", {"bot_mine"}),
        ("other", {"bot_else"}),
    ],
)
def test_list_holds_what_one_may_see(scene: Scene, name: str, bots: set[str]) -> None:
    """Owners find their own and former bots in the list, admins and viewers find all."""
    listed = {bot["bot_id"] for bot in scene.users[Caller(name)].pages("/bots")}

    assert listed & {"bot_billed", "bot_else", "bot_mine"} == bots


def test_owner_by_name_alone_is_a_stranger(scene: Scene) -> None:
    """A bot that names a user of another account as its owner is none of that user's business."""
    stranger = scene.users[Caller("owner", is_foreign=True)]
    bot_id = scene.ours.bot("bot_strange", owner_id=stranger.user_id)

    assert refused(stranger.send("GET", f"/bots/{bot_id}"), 404) == f"there is no bot {bot_id}"
    refused(stranger.put(f"/bots/{bot_id}/plan", BODIES["change_plan"]), 404)


@pytest.mark.parametrize("operation", ["confirm_order", "decline_order", "approve_extension"])
def test_operator_has_to_name_the_right_account(scene: Scene, operation: str) -> None:
    """Orders and requests are found in their own account alone."""
    before = scene.ours.facts()
    cell = Cell(operation, Caller("operator"), 404)

    refused(scene.ask(cell, {**scene.names, "account_id": scene.theirs.account_id}), 404)
    refused(scene.ask(cell, {**scene.names, "account_id": "acct_nobody"}), 404)
    assert scene.ours.facts() == before
