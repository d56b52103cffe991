"""Setting accounts up: plans, bots and their opening funds; again, it changes nothing."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

import pytest

from botmeter.domain.accounts import Account
from botmeter.domain.audit import Actor
from botmeter.domain.balances import EntitlementReason
from botmeter.domain.credits import EntryReason
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.orders import OrderStatus
from botmeter.domain.plans import PlanVersion
from botmeter.services.provision_account import ProvisionAccount
from tests.fakes.demo import ACCOUNT, CUSTOMER, ESSENTIAL, SINCE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, Died, World, die

CLERK = Actor("u-operator", "operator")


@dataclass
class FakeRegistry:
    """Which bots ingest knows."""

    known: dict[tuple[str, str], int] = field(default_factory=dict)

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        self.known.update(idle_timeouts_ms)


@dataclass
class Office:
    """An empty stack, and who sets accounts up on it."""

    world: World = field(default_factory=lambda: World([]))
    registry: FakeRegistry = field(default_factory=FakeRegistry)

    def provision(
        self, *plans: PlanVersion, funds: Mapping[str, int] | None = None, account: Account = ACCOUNT
    ) -> None:
        accounts = self.world.accounts
        service = ProvisionAccount(accounts, accounts, self.world.billing, self.registry)
        bots = [replace(bot(plan), revision=0) for plan in plans]
        service(account, bots, funds or {}, CLERK, SINCE)


def test_bots_may_answer_as_soon_as_they_are_there() -> None:
    """With a standing, known to ingest, and noted with who added them."""
    office = Office()
    office.provision(TRIAL, ESSENTIAL)

    entitlement = office.world.entitlement
    assert entitlement(ADMIN, "bot_trial", SINCE).reason is EntitlementReason.TRIAL
    assert entitlement(ADMIN, "bot_essential", SINCE).reason is EntitlementReason.PLAN
    assert office.registry.known == {
        ("acct_acme", "bot_trial"): 900_000,
        ("acct_acme", "bot_essential"): 900_000,
    }
    entry = office.world.billing.trail[0]
    assert (entry.operation, entry.actor) == ("bot.added", CLERK)
    assert dict(entry.after) == {"plan": "trial@1", "owner_id": "u-owner"}
    assert office.world.billing.announced == []


def test_opening_funds_are_an_order_that_is_paid() -> None:
    """They appear among the orders, in the ledger and in the balance."""
    office = Office()
    office.provision(STANDARD, funds={"bot_standard": 40_00})

    (order,) = office.world.orders.of_account(ACCOUNT.account_id)
    assert (order.status, order.amount_minor, order.settled_at) == (OrderStatus.PAID, 40_00, SINCE)
    assert office.world.paid_euros() == 40
    (entry,) = office.world.billing.ledger(ACCOUNT.account_id, "bot_standard", 10, None).items
    assert (entry.reason, entry.reference) == (EntryReason.TOP_UP, order.order_id)


def test_account_of_an_unknown_seller_is_refused() -> None:
    """Nobody could bill it; nothing is written."""
    office = Office()
    with pytest.raises(Refused, match="seller: there is no seller nobody"):
        office.provision(STANDARD, account=replace(ACCOUNT, account_id="acct_new", seller="nobody"))
    assert "acct_new" not in office.world.accounts.known


def test_free_credits_come_once_for_the_account() -> None:
    """With the first bot whose plan brings them."""
    office = Office()
    office.provision(WELCOMING, STANDARD)

    assert office.world.funds("bot_standard", SINCE).free_micros == 500_000_000


def test_again_it_changes_nothing() -> None:
    """Bots that exist stay as they are, whatever became of them; funds are given once."""
    office = Office()
    office.provision(STANDARD, TRIAL, funds={"bot_standard": 40_00})
    office.world.change_owner(ADMIN, "bot_standard", COLLEAGUE.user_id, NOW)
    before = deepcopy(office.world.billing)
    office.provision(STANDARD, TRIAL, funds={"bot_standard": 99_00})

    assert office.world.billing == before


def test_later_call_adds_what_is_new() -> None:
    """Another bot, and the account's new name."""
    office = Office()
    office.provision(TRIAL)
    office.provision(TRIAL, STANDARD, account=replace(ACCOUNT, customer=replace(CUSTOMER, name="Acme SE")))

    assert [b.bot_id for b in office.world.accounts.bots("acct_acme")] == ["bot_standard", "bot_trial"]
    assert office.world.accounts.account("acct_acme").name == "Acme SE"


@pytest.mark.parametrize("dies_after", [1, 2])
def test_call_that_died_is_completed_by_the_next(dies_after: int) -> None:
    """Each bot is there once, with its funds, and ingest knows them in the end."""
    office = Office()
    office.world.billing.afterwards = [*[lambda: None] * (dies_after - 1), die]
    with pytest.raises(Died):
        office.provision(STANDARD, TRIAL, funds={"bot_standard": 40_00})
    assert office.registry.known == {}
    office.provision(STANDARD, TRIAL, funds={"bot_standard": 40_00})

    assert office.world.paid_euros() == 40
    assert len(office.registry.known) == 2
    assert [e.operation for e in office.world.billing.trail] == ["bot.added", "bot.added"]


def test_plan_in_another_currency_is_refused() -> None:
    """Before anything is written."""
    office = Office(World([]))
    dollars = replace(ACCOUNT, account_id="acct_dollars", currency="USD")
    with pytest.raises(Refused, match="must be USD, as the account's, not EUR"):
        office.provision(STANDARD, account=dollars)

    assert "acct_dollars" not in office.world.accounts.known


def test_account_keeps_the_currency_of_its_bots() -> None:
    """Its balances are in it."""
    office = Office()
    office.provision(STANDARD)
    with pytest.raises(Refused, match="must be USD, as the account's, not EUR"):
        office.provision(account=replace(ACCOUNT, currency="USD"))

    assert office.world.accounts.account("acct_acme").currency == "EUR"


def test_two_who_do_the_same_at_once() -> None:
    """The slower one is told and calls again; nothing is there twice."""
    office = Office()
    office.world.billing.meanwhile = [lambda: office.provision(STANDARD, funds={"bot_standard": 40_00})]
    with pytest.raises(Conflict):
        office.provision(STANDARD, funds={"bot_standard": 40_00})
    office.provision(STANDARD, funds={"bot_standard": 40_00})

    assert office.world.paid_euros() == 40
