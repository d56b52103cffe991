"""Bots as the API shows them: what is their own, what all of them share, and what can be done."""

from dataclasses import replace
from typing import Any

import pytest

from api.views.bots import bot as shown
from api.views.bots import managed_bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.credits import Grant, GrantKind
from botmeter.services.show_bots import BotView
from tests.fakes.demo import ADVANCED, ENTERPRISE, STANDARD, WELCOMING, bot
from tests.fakes.world import ADMIN, EURO, NOW, TRANSFER, VIEWER, World


def view(world: World, bot_id: str = "bot_standard") -> BotView:
    return world.show_bots.view(world.bot(bot_id), NOW)


def euros(world: World, bot_id: str = "bot_standard") -> dict[str, Any]:
    """The amounts of a bot's balance, in cents."""
    balance: Any = shown(view(world, bot_id))["balance"]
    amounts = {name: balance[name] for name in ("remaining", "own", "shared")}
    return {name: money and money["amount"] for name, money in amounts.items()}


def test_balance_is_its_own_and_what_all_share() -> None:
    """Each is where its ledger ends; together they are what remains."""
    world = World([bot(WELCOMING), bot(STANDARD)])
    world.use(5)
    world.credit(140)
    ledgers = {
        name: world.billing.ledger("acct_acme", bot_id, 1, None).items[0].balance_micros // (EURO // 100)
        for name, bot_id in (("own", "bot_standard"), ("shared", ""))
    }

    assert euros(world) == {"remaining": 639_00, "own": 140_00, "shared": 499_00}
    assert ledgers == {"own": 140_00, "shared": 499_00}


def test_parts_of_a_balance_add_up_though_they_are_rounded() -> None:
    """0.4 cents of its own and 49,999.4 shared are 50,000 together: one of the two is a cent more."""
    odd = replace(STANDARD, plan_id="odd", usage_price_micros=6_000)
    world = World([bot(WELCOMING), bot(odd)])
    world.accounts.put_plan(odd)
    world.use(1, "bot_odd")
    grant = Grant("g-1", GrantKind.PAID, 4_000, 4_000, NOW)
    world.edit(world.edit.state("acct_acme", "bot_odd"), SYSTEM, NOW, lambda draft: draft.credit(grant))

    assert euros(world, "bot_odd") == {"remaining": 500_00, "own": 1, "shared": 499_99}


@pytest.mark.parametrize("bot_id", ["bot_advanced", "bot_enterprise", "bot_trial"])
def test_bot_that_is_not_prepaid_has_no_balance(bot_id: str) -> None:
    """What it has left of an earlier plan waits for the next prepaid one."""
    world = World([*World().accounts.bots("acct_acme"), bot(ADVANCED)])
    world.credit(50, bot_id)

    assert set(euros(world, bot_id).values()) == {None}


def test_bot_that_leaves_its_prepaid_plan_keeps_its_credit_unseen() -> None:
    """Back on one it is there again."""
    world = World()
    world.credit(140)
    world.change_plan(ADMIN, "bot_standard", "essential", TRANSFER, NOW, key="k")

    assert euros(world)["remaining"] is None
    assert world.billing.ledger("acct_acme", "bot_standard", 1, None).items[0].balance_micros == 140 * EURO


def test_operations_are_told_with_their_reasons() -> None:
    """Each of them, for the member who asks."""
    world = World()
    found = view(world, "bot_essential")
    admin = managed_bot(found, world.show_bots.possibilities(ADMIN, found))["operations"]
    viewer: dict[str, Any] = {
        **managed_bot(found, world.show_bots.possibilities(VIEWER, found))["operations"]
    }

    assert admin["change_plan"] == {"is_possible": True, "is_permitted": True, "reason": None}
    assert admin["add_funds"] == {
        "is_possible": False,
        "is_permitted": True,
        "reason": "the plan Essential takes no funds",
    }
    assert {(one["is_possible"], one["is_permitted"]) for one in viewer.values()} == {(False, False)}


def test_bot_says_what_its_plan_costs_a_month() -> None:
    """The version that it is on, though a dearer one is offered; of a contract nothing is told."""
    world = World([bot(ADVANCED), bot(STANDARD), bot(ENTERPRISE)])
    world.accounts.put_plan(replace(ADVANCED, version=2, monthly_fee_micros=299_000_000))
    fees = [
        shown(view(world, f"bot_{name}"))["plan"]["monthly_fee"]
        for name in ("advanced", "standard", "enterprise")
    ]

    assert fees == [{"amount": 199_00, "currency": "EUR"}, {"amount": 0, "currency": "EUR"}, None]
