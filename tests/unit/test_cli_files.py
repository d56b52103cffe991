"""Accounts from files: what is written, what is refused, and that a second time changes nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from botmeter.adapters.tax_rates import tax_table
from botmeter.domain.members import Role
from botmeter.domain.parties import Address, Customer, CustomerKind
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.permissions import Permission
from botmeter.domain.tax import Tax, TaxCategory, tax_for
from botmeter_cli import main
from botmeter_cli.paths import CATALOGUE
from tests.fakes import cli
from tests.fakes.cli import ME, answer, refusal, run, stored
from tests.fakes.world import NOW, World

FILE: dict[str, Any] = {
    "account_id": "acct_new",
    "name": "New SARL",
    "address": {"lines": ["1 Rue Neuve"], "postal_code": "75001", "city": "Paris", "country": "FR"},
    "vat_id": "FR 40 303 265 045",
    "email": "compta@new.example",
    "locale": "fr-FR",
    "roles": {"comptable": ["orders_and_invoices"]},
    "currency": "EUR",
    "time_zone": "Europe/Paris",
    "bots": [
        {
            "bot_id": "bot_a",
            "name": "A",
            "owner_id": "u-a",
            "plan": "standard@1",
            "opening_funds_minor": 4000,
        },
        {"bot_id": "bot_b", "name": "B", "owner_id": "u-b", "plan": "enterprise@1", "ends_on": "2030-12-31"},
    ],
}


@pytest.fixture
def world() -> World:
    return cli.world()


@pytest.fixture
def registry() -> cli.FakeRegistry:
    return cli.FakeRegistry()


@pytest.fixture(autouse=True)
def asked(world: World, registry: cli.FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stacks that the commands asked for: each is the one in memory."""
    return cli.install(world, registry, monkeypatch)


def provision(since: str = "2025-03-01", **changes: Any) -> Any:
    """Provision the account file with some of its members changed."""
    return answer("provision", "-", "--since", since, file={**FILE, **changes})


# -------------------------------------------------------------------------------------- provision


def test_provisions_an_account(world: World, registry: cli.FakeRegistry) -> None:
    """Account, bots, funds and the registry of ingest are as the file says, from the day on."""
    assert provision("2025-03-15") == {
        "account_id": "acct_new",
        "first_period": "2025-03",
        "added": ["bot_a", "bot_b"],
        "unchanged": [],
    }
    account = world.accounts.account("acct_new")
    assert account.customer == Customer(
        "New SARL",
        Address(("1 Rue Neuve",), "75001", "Paris", "FR"),
        CustomerKind.BUSINESS,
        vat_id="FR40303265045",
        email="compta@new.example",
        locale="fr-FR",
    )
    assert account.seller == "default"
    assert account.roles == {"comptable": {Permission.ORDERS_AND_INVOICES}}
    begins = datetime(2025, 3, 14, 23, tzinfo=UTC)
    assert world.accounts.bot("acct_new", "bot_a").subscription.at(NOW).starts_at == begins
    assert world.billing.balance("acct_new", "bot_a").wallet.balance_micros == 40_000_000
    assert registry.known == {("acct_new", "bot_a"): 900_000, ("acct_new", "bot_b"): 900_000}


def test_a_contract_ends_with_its_last_day(world: World) -> None:
    """`ends_on` is the last day of the plan, in the account's time zone."""
    provision()
    phase = world.accounts.bot("acct_new", "bot_b").subscription.at(NOW)
    assert phase.ends_at == datetime(2030, 12, 31, 23, tzinfo=UTC)


def test_audit_trail_names_whoever_runs_the_command(world: World) -> None:
    """The local user acts, as an operator."""
    provision()
    actors = {entry.actor for entry in world.billing.trail if entry.account_id == "acct_new"}
    assert {(actor.actor_id, actor.role) for actor in actors} == {(ME, Role.OPERATOR)}


@pytest.mark.parametrize("since", ["2025-03-01", "2025-06-01"])
def test_provisioning_again_changes_nothing(since: str, world: World, registry: cli.FakeRegistry) -> None:
    """The same file, on the same day or later: the first period and all bots stay as they are."""
    provision()
    before, told = stored(world), dict(registry.known)
    assert provision(since)["unchanged"] == ["bot_a", "bot_b"]
    assert (stored(world), registry.known) == (before, told)


def test_provisioning_again_updates_the_details(world: World) -> None:
    """Whom invoices are for, who bills, and roles are as the latest file says."""
    provision()
    moved = {**FILE["address"], "lines": ["2 Rue Vieille"], "city": "Lyon", "postal_code": "69001"}
    provision(name="New SA", address=moved, order_reference="PO 7", roles={}, email="")

    account = world.accounts.account("acct_new")
    assert (account.name, account.customer.address.city) == ("New SA", "Lyon")
    assert (account.customer.order_reference, account.customer.email) == ("PO 7", "")
    assert (account.roles, account.first_period) == ({}, BillingPeriod(2025, 3))


def test_an_account_gets_another_bot(world: World, registry: cli.FakeRegistry) -> None:
    """A new bot begins on its own day; those that exist keep what they have, whatever the file says now."""
    provision()
    changed = [{**entry, "idle_timeout_minutes": 60} for entry in FILE["bots"]]
    more = {"bot_id": "bot_c", "name": "C", "owner_id": "u-c", "plan": "essential@1"}
    assert provision("2025-06-01", bots=[*changed, more])["added"] == ["bot_c"]

    assert world.accounts.account("acct_new").first_period == BillingPeriod(2025, 3)
    third = world.accounts.bot("acct_new", "bot_c")
    assert third.subscription.at(NOW).starts_at == datetime(2025, 5, 31, 22, tzinfo=UTC)
    assert world.accounts.bot("acct_new", "bot_a").idle_timeout_minutes == 15
    assert set(registry.known.values()) == {900_000}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FILE.items() if key != name}


def with_bot(**changes: Any) -> dict[str, Any]:
    """The file with its first bot changed; None leaves a member out."""
    first = {key: value for key, value in {**FILE["bots"][0], **changes}.items() if value is not None}
    return {**FILE, "bots": [first]}


def with_address(**changes: str) -> dict[str, Any]:
    """The file with its address changed."""
    return {**FILE, "address": {**FILE["address"], **changes}}


BAD_FILES = [
    ("{", "file: Invalid JSON"),
    (without("address"), "address: is missing"),
    ({**FILE, "adress": []}, "adress: is not known"),
    ({**FILE, "account_id": "a/b"}, "account_id: must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -"),
    ({**FILE, "name": " "}, "name: must be 1 to 120 characters on one line"),
    (with_address(country="France"), "address/country: must be an ISO 3166-1 code of two capital letters"),
    (with_address(postal_code=""), "address/postal_code: must be 1 to 120 characters"),
    (with_address(street="Rue"), "address/street: is not known"),
    ({**FILE, "kind": "shop"}, "kind: must be 'business' or 'consumer'"),
    ({**FILE, "vat_id": "FR40303265046"}, "vat_id: must be a valid VAT number of FR"),
    ({**FILE, "vat_id": "DE123456788"}, "vat_id: must begin with FR"),
    ({**FILE, "email": "compta"}, "email: must be an e-mail address"),
    ({**FILE, "locale": "french"}, "locale: must be a language tag"),
    ({**FILE, "seller": "nobody"}, "seller: must be one that is set up: default"),
    (
        {**FILE, "roles": {"viewer": ["orders_and_invoices"]}},
        "must not be the name of a role that all accounts",
    ),
    ({**FILE, "roles": {"comptable": []}}, "roles/comptable: "),
    ({**FILE, "roles": {"comptable": ["everything"]}}, "must be 'orders_and_invoices'"),
    ({**FILE, "time_zone": "Europe/Bonn"}, "time_zone: must be an IANA time zone such as Europe/Berlin"),
    ({**FILE, "currency": "XYZ"}, "currency: must be one that plans are in: EUR"),
    (with_bot(bot_id="b#1"), "bots/0/bot_id: must be 1 to 128 characters"),
    (with_bot(owner_id=None), "bots/0/owner_id: is missing"),
    (with_bot(plan="gold@1"), "bots/0/plan: must be one of advanced@1, enterprise@1"),
    (with_bot(idle_timeout_minutes=4), "bots/0/idle_timeout_minutes: must be greater than or equal to 5"),
    (with_bot(idle_timeout_minutes="15"), "bots/0/idle_timeout_minutes: must be a valid integer"),
    (with_bot(opening_funds_minor=-1), "bots/0/opening_funds_minor: must be greater than or equal to 0"),
    (
        with_bot(plan="essential@1"),
        "bots/0/opening_funds_minor: must be left out: essential@1 takes no funds",
    ),
    (with_bot(ends_on="2025-02-28"), "bots/0/ends_on: must not be before 2025-03-01"),
    (with_bot(ends_on="soon"), "bots/0/ends_on: must be a valid date"),
    ({**FILE, "bots": FILE["bots"] * 2}, "bots/2/bot_id: must be another: bot_a is there twice"),
]


@pytest.mark.parametrize(("file", "rule"), BAD_FILES)
def test_a_bad_file_writes_nothing(file: Any, rule: str, world: World) -> None:
    """The message names the member and the rule that it breaks."""
    before = stored(world)
    assert rule in refusal("provision", "-", "--since", "2025-03-01", file=file)
    assert stored(world) == before


def test_all_mistakes_are_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody has to repair a file five times; the line is what a user of the command sees."""
    path = tmp_path / "account.json"
    path.write_text(json.dumps(with_bot(plan="gold@1", ends_on="2000-01-01")))
    monkeypatch.setattr("sys.argv", ["botmeter", "provision", str(path)])
    with pytest.raises(SystemExit) as end:
        main.main()
    error = capsys.readouterr().err
    assert end.value.code == 1
    assert error.count("\n") == 1
    assert error.startswith("botmeter: bots/0/plan: must be one of ")
    assert "; bots/0/ends_on: must not be before " in error


@pytest.mark.parametrize(
    ("since", "changes", "rule"),
    [
        ("2025-03-01", {"currency": "USD"}, "currency: must stay EUR, in which the account is billed"),
        ("2025-03-01", {"time_zone": "Asia/Tokyo"}, "time_zone: must stay Europe/Paris"),
        ("2025-02-28", {}, "since: must not be before 2025-03-01, the first day that the account is billed"),
    ],
)
def test_what_is_billed_already_does_not_move(
    since: str, changes: dict[str, Any], rule: str, world: World
) -> None:
    """Currency, time zone and first period of an account that exists are fixed."""
    provision()
    before = stored(world)
    assert rule in refusal("provision", "-", "--since", since, file={**FILE, **changes})
    assert stored(world) == before


@pytest.mark.parametrize("day", ["2199-01-01", "yesterday"])
def test_since_is_a_day_that_has_come(day: str) -> None:
    """Anything else is wrong usage."""
    assert run("provision", "-", "--since", day, file=FILE).exit_code == 2


def test_a_stack_without_plans_is_told_apart(world: World) -> None:
    """Before the first catalogue is there, no account can be."""
    world.accounts.known_plans.clear()
    assert refusal("provision", "-", file=FILE) == "currency: has no plans yet; add plans first"


def test_a_stack_without_sellers_is_told_apart(world: World) -> None:
    """Before there is a seller, no account can be."""
    world.accounts.known_sellers.clear()
    assert refusal("provision", "-", file=FILE) == "seller: has not been set up; set sellers first"


def test_seed_writes_catalogue_sellers_and_demo_account(world: World) -> None:
    """The demo account is provisioned like any other, over what is shipped; twice is once."""
    world.accounts.known.clear()
    world.accounts.known_sellers.clear()
    world.accounts.known_bots.clear()
    world.accounts.known_plans.clear()
    shipped = CATALOGUE.read_text()
    assert answer("seed") == {"plans": len(json.loads(shipped)["plans"]), "accounts": 1, "bots": 4}
    before = stored(world)
    answer("seed")
    assert stored(world) == before
    assert answer("plans", "add", "-", file=shipped)["added"] == []
    seller, demo = world.accounts.seller("default"), world.accounts.account("acct_acme")
    assert tax_for(tax_table(), seller, demo.customer, NOW.date()) == Tax(TaxCategory.STANDARD, 1900, "DE")


def test_seed_leaves_sellers_as_they_are(world: World) -> None:
    """What the operator has set up is not taken back."""
    ours = replace(world.accounts.seller("default"), name="Ours GmbH", payment_days=7)
    world.accounts.known_sellers["default"] = ours
    world.accounts.known_plans.clear()
    world.accounts.known.clear()
    answer("seed")
    assert world.accounts.sellers() == [ours]
