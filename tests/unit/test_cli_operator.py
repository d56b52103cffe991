"""The operator's commands on accounts, orders and extensions: real services over a stack in memory."""

import getpass
import json
import os
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from botmeter.domain.audit import Actor, AuditEntry
from botmeter.domain.extensions import ExtensionRequest, ExtensionStatus
from botmeter.domain.orders import Order, OrderStatus
from botmeter_cli import main, output, wiring
from botmeter_cli.options import DEFAULT_STACK
from botmeter_local import Stack
from tests.fakes import cli
from tests.fakes.cli import CONTRACT_ENDS, ME, answer, refusal, run
from tests.fakes.demo import ACCOUNT
from tests.fakes.world import ADMIN, CARD, NOW, TRANSFER, World, euros


@pytest.fixture
def world() -> World:
    return cli.world()


@pytest.fixture(autouse=True)
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stacks that the commands asked for: each is the one in memory."""
    return cli.install(world, cli.FakeRegistry(), monkeypatch)


# ------------------------------------------------------------------------------- accounts and bots


def test_lists_accounts() -> None:
    """All of them, for machines and for people."""
    listed = answer("accounts")["accounts"]
    assert [account["account_id"] for account in listed] == ["acct_acme", "acct_other"]
    assert listed[0]["first_period"] == ACCOUNT.first_period.label
    assert "Acme GmbH" in run("accounts").stdout


def test_moves_an_account(world: World) -> None:
    """The list tells where it is and where it will be, to machines and to people."""
    moved = answer("accounts", "move", "acct_acme", "Asia/Kolkata")
    listed = answer("accounts")["accounts"]
    (move,) = moved["moves"]

    assert (moved["time_zone"], moved["billing_day"]) == ("Europe/Berlin", 1)
    assert listed[0] == moved
    assert f"Asia/Kolkata from {move['first_day']}" in run("accounts").stdout
    assert answer("accounts", "move", "acct_acme", "Asia/Kolkata") == moved
    assert [entry.actor.actor_id for entry in world.accounts.trail] == [ME]


def test_zone_that_is_none_is_told() -> None:
    """In a line, and nothing is changed."""
    assert refusal("accounts", "move", "acct_acme", "Europe/Bonn").startswith("time_zone: must be an IANA")
    assert answer("accounts")["accounts"][0]["moves"] == []


def test_lists_bots_as_they_stand(world: World) -> None:
    """Plan, balance, whether it answers, notices; money only where there is a balance of money."""
    world.credit(100)
    world.add_funds(ADMIN, "bot_standard", euros(100), TRANSFER, NOW, key="k")
    bots = {bot["bot_id"]: bot for bot in answer("bots", "acct_acme")["bots"]}

    standard = bots["bot_standard"]
    assert standard["plan"] == {
        "plan_id": "standard",
        "version": 1,
        "name": "Standard",
        "kind": "prepaid",
    }
    assert standard["balance"] == {
        "status": "sufficient",
        "remaining": {"amount": 10_000, "currency": "EUR"},
        "covered_sessions": 500,
    }
    assert standard["entitlement"] == {"allowed": True, "reason": "credits"}
    assert [notice["kind"] for notice in standard["notices"]] == ["payment_pending"]
    assert bots["bot_contract"]["balance"]["remaining"] is None


def test_bots_for_people(world: World) -> None:
    """A line for each bot; a notice names what it is about."""
    order, _ = world.add_funds(ADMIN, "bot_standard", euros(100), TRANSFER, NOW, key="k")
    shown = run("bots", "acct_acme").stdout
    assert "bot_contract" in shown
    assert "trial ended 2026-10-15" in " ".join(shown.split())
    assert order.order_id in shown


def test_account_without_bots() -> None:
    """Nothing is said to be nothing."""
    assert run("bots", "acct_other").stdout == "no bots\n"
    assert answer("bots", "acct_other") == {"bots": []}


@pytest.mark.parametrize("command", [["bots"], ["audit"], ["orders", "list"]])
def test_an_account_that_is_none(command: list[str]) -> None:
    """The reason is a line."""
    assert refusal(*command, "acct_nowhere") == "there is no account acct_nowhere"


# ----------------------------------------------------------------------------------------- orders


@pytest.fixture
def transfer(world: World) -> Order:
    """An order that waits for a bank transfer."""
    return world.add_funds(ADMIN, "bot_standard", euros(100), TRANSFER, NOW, key="k")[0]


def test_lists_orders_by_status(world: World, transfer: Order) -> None:
    """All orders of an account, or those that stand as asked."""
    assert [order["order_id"] for order in answer("orders", "list", "acct_acme")["orders"]] == [
        transfer.order_id
    ]
    assert answer("orders", "list", "acct_acme", "--status", "paid") == {"orders": []}
    shown = run("orders", "list", "acct_acme", "--status", "pending").stdout
    assert transfer.order_id in shown
    assert "100.00 EUR" in shown


def test_confirms_a_bank_transfer_once(world: World, transfer: Order) -> None:
    """The order is paid and credited; said again, nothing changes."""
    for _ in range(2):
        assert answer("orders", "confirm", "acct_acme", transfer.order_id)["status"] == "paid"
    assert world.billing.balance("acct_acme", "bot_standard").wallet.balance_micros == 100_000_000
    assert world.billing.trail[-1].actor.actor_id == ME


def test_declines_a_bank_transfer(world: World, transfer: Order) -> None:
    """The order has failed with the reason, and cannot be confirmed any more."""
    command = ("orders", "decline", "acct_acme", transfer.order_id, "--reason", "never arrived")
    declined = answer(*command)
    assert (declined["status"], declined["failure"]) == ("failed", "never arrived")
    assert refusal("orders", "confirm", "acct_acme", transfer.order_id) == (
        f"the order {transfer.order_id} is failed, and not paid"
    )


def test_declining_needs_a_reason(transfer: Order) -> None:
    """Without one it is wrong usage."""
    assert run("orders", "decline", "acct_acme", transfer.order_id).exit_code == 2


def test_cards_are_the_providers_business(world: World) -> None:
    """An order that is paid by card is not confirmed by hand."""
    order, _ = world.add_funds(ADMIN, "bot_standard", euros(100), CARD, NOW, key="k")
    assert refusal("orders", "confirm", "acct_acme", order.order_id) == (
        "order: must be one that is paid by bank transfer"
    )
    assert world.orders.order("acct_acme", order.order_id).status is OrderStatus.PENDING


# ------------------------------------------------------------------------------------- extensions


@pytest.fixture
def request_(world: World) -> ExtensionRequest:
    """A request that waits."""
    return world.request_extension(ADMIN, "bot_contract", 20, "still negotiating", NOW, key="k")


def test_lists_the_requests_that_wait(request_: ExtensionRequest) -> None:
    """Whose they are, what they ask for and when the plan ends."""
    [waiting] = answer("extensions", "list")["extensions"]
    assert waiting["request_id"] == request_.request_id
    assert (waiting["requested_days"], waiting["reason"]) == (20, "still negotiating")
    assert waiting["plan_ends_at"] == "2026-12-31T00:00:00.000Z"
    assert request_.request_id in run("extensions", "list").stdout


def test_approves_an_extension(world: World, request_: ExtensionRequest) -> None:
    """The plan ends so many days later, and the answer is kept."""
    key = ("acct_acme", "bot_contract", request_.request_id)
    approved = answer("extensions", "approve", *key, "--days", "10", "--reason", "welcome")
    assert (approved["status"], approved["days"], approved["answer"]) == ("approved", 10, "welcome")
    assert world.bot("bot_contract").subscription.at(NOW).ends_at == CONTRACT_ENDS + timedelta(days=10)
    assert answer("extensions", "list") == {"extensions": []}


def test_declines_an_extension(world: World, request_: ExtensionRequest) -> None:
    """The plan ends as it would; whoever decides later hears that it is decided."""
    key = ("acct_acme", "bot_contract", request_.request_id)
    shown = run("extensions", "decline", *key, "--reason", "no budget").stdout
    assert "declined: no" in " ".join(shown.split())
    decided = world.bot("bot_contract").extension
    assert decided is not None
    assert (decided.status, decided.decided_by) == (ExtensionStatus.DECLINED, ME)
    assert refusal("extensions", "approve", *key, "--days", "1") == "the request was declined already"


@pytest.mark.parametrize("days", ["0", "91"])
def test_days_have_limits(days: str, request_: ExtensionRequest) -> None:
    """Anything but 1 to 90 is wrong usage."""
    key = ("acct_acme", "bot_contract", request_.request_id)
    assert run("extensions", "approve", *key, "--days", days).exit_code == 2


# ------------------------------------------------------------------------------------------ audit


def test_audit_trail_is_read_to_the_limit(world: World) -> None:
    """The newest first, over as many pages as it takes."""
    for number in range(130):
        at = NOW + timedelta(minutes=number)
        entry = AuditEntry(f"e-{number}", at, Actor("u-admin", "billing_admin"), f"op.{number}", "acct_acme")
        world.billing.trail.append(entry)
    assert len(answer("audit", "acct_acme")["entries"]) == 50
    entries = answer("audit", "acct_acme", "--limit", "120")["entries"]
    assert [entry["operation"] for entry in entries] == [f"op.{n}" for n in range(129, 9, -1)]
    assert len(answer("audit", "acct_acme", "--limit", "10000")["entries"]) == len(world.billing.trail)


def test_audit_trail_for_people(transfer: Order) -> None:
    """Who, what, before and after."""
    answer("orders", "confirm", "acct_acme", transfer.order_id)
    shown = " ".join(run("audit", "acct_acme", "--limit", "1").stdout.split())
    assert f"{ME} (operator)" in shown
    assert "payment.paid" in shown


# ---------------------------------------------------------------------------------------- options


@pytest.mark.parametrize(
    "arguments",
    [
        ["--stack", "a", "--json", "plans", "list"],
        ["plans", "list", "--stack", "a", "--json"],
        ["--stack", "b", "--json", "plans", "list", "--stack", "a"],
        ["--stack", "a", "--json", "accounts"],
        ["accounts", "--stack", "a", "--json"],
        ["--stack", "a", "--json", "accounts", "move", "acct_acme", "Asia/Tokyo"],
        ["--stack", "b", "accounts", "--stack", "a", "--json", "move", "acct_acme", "Asia/Tokyo"],
        ["accounts", "--stack", "b", "move", "acct_acme", "Asia/Tokyo", "--stack", "a", "--json"],
    ],
)
def test_options_before_or_after_the_command(arguments: list[str], asked: list[str]) -> None:
    """Stack and form of the result may be told in both places, to commands of groups as well."""
    result = CliRunner().invoke(main.app, arguments, env={"BOTMETER_STACK": "x"})
    assert json.loads(result.stdout)
    assert asked == ["a"]


def test_stack_of_the_environment(asked: list[str]) -> None:
    """The variable counts for commands of groups too."""
    CliRunner().invoke(main.app, ["orders", "list", "acct_acme"], env={"BOTMETER_STACK": "x"})
    CliRunner().invoke(main.app, ["orders", "list", "acct_acme"])
    assert asked == ["x", DEFAULT_STACK]


def test_ids_stay_whole_where_there_is_no_room(
    request_: ExtensionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody wants to copy them: rather than cut one, a line is longer."""
    monkeypatch.setattr(output, "WIDTH_OF_FILES", 30)
    assert request_.request_id in run("extensions", "list").stdout


# ----------------------------------------------------------------------------------------- wiring


def test_operator_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container whose user has no name, its number goes into the audit trail."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert wiring.operator().user_id == f"uid-{os.getuid()}"
    assert wiring.operator().is_operator


def test_settings_are_the_outputs_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables, buckets, bus and pool come from the stack; what an older stack does not tell stays empty."""
    monkeypatch.undo()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "")
    outputs = {"Environment": "dev", "BillingTableName": "billing", "OutgoingBusName": "bus"}
    settings = wiring.wiring_for(Stack("s", "eu-central-1", "http://127.0.0.1:9", outputs)).settings
    assert (settings.environment, settings.billing_table, settings.outgoing_bus) == ("dev", "billing", "bus")
    assert (settings.usage_table, settings.user_pool_id) == ("", "")
    assert os.environ["AWS_ACCESS_KEY_ID"] == "test"
