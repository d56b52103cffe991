"""Every operation of the API, tried by everybody, on the deployed stack: `role_table` says who may."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, Account, issue_invoice, make_group, month_begin
from tests.e2e.client import Reply, User, fulfilled, refused
from tests.e2e.conversations import NOON, hand_over, sessions
from tests.e2e.role_scene import (
    ACCOUNTING,
    AT_ONCE,
    BODIES,
    HIDDEN,
    LAST_MONTH,
    OPERATIONS,
    Scene,
    cast,
    credit_note,
    event_source,
    furnished,
    order,
    quarantined,
    request,
)
from tests.e2e.role_table import NO_TOKEN, Caller, Cell, cells


@dataclass(frozen=True)
class Answers:
    """What everybody was answered, with the facts of the account before and after what must not change it.

    `of_nothing` are those to callers of another account who asked for what nobody has.
    """

    replies: dict[Cell, Reply]
    of_nothing: dict[Cell, Reply]
    before: list[str]
    after: list[str]


@pytest.fixture(scope="module")
def scene(stack: Stack, operator: User) -> Scene:
    """Our account with a bot that has everything, and theirs."""
    make_group(stack, ACCOUNTING)
    ours = Account(stack, "acct_roles", LAST_MONTH, details={"roles": {ACCOUNTING: ["orders_and_invoices"]}})
    theirs = Account(stack, "acct_others", month_begin())
    ours.bot("bot_billed", "essential-chf", LAST_MONTH)
    mine = furnished(ours, "bot_mine", "former")
    furnished(theirs, "bot_theirs", "former")
    users = {Caller(name): user for name, user in cast(ours, mine, "bot_else")}
    for name, user in cast(theirs, "bot_theirs", "bot_elsewhere"):
        users[Caller(name, is_foreign=True)] = user
    fulfilled(ours.admin.put(f"/bots/{mine}/plan", {"plan_id": "standard-chf"}))
    source_id, key = event_source(ours)
    users[Caller("source")] = ours.user("runtime", "event_source")
    users[Caller("accountant")] = ours.user("accountant", ACCOUNTING)
    users[Caller("key")] = User(stack.api_url, key)
    number = issue_invoice(stack, ours.account_id, CALENDAR)
    hand_over(stack, sessions(ours.account_id, mine, NOON, 1))
    names = {
        "account_id": ours.account_id,
        "bot_id": mine,
        "order_id": order(ours, mine),
        "request_id": request(ours, mine),
        "number": number,
        "credit_note": credit_note(ours, number),
        "asset": "page.css",
        "code": "roles",
        "conversation_id": f"{mine}-0",
        "event_id": quarantined(stack, "roles"),
        "source_id": source_id,
        "user_id": ours.name("viewer"),
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
    if cell.status in {400, 403, 404} and cell.operation != "send_events":
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


@pytest.mark.parametrize(
    "operation",
    [
        "show_account",
        "list_bots",
        "list_usage",
        "list_shared_ledger",
        "list_orders",
        "export_orders",
        "preview_invoice",
    ],
)
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
