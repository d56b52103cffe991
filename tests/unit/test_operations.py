"""Operations: what can be done to a bot or an order is said before it is tried, and it is what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.accounts import AutoReload
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import NotAllowed, Refused
from botmeter.domain.members import Member
from botmeter.domain.operations import (
    Operation,
    bot_possibilities,
    order_possibilities,
    shared_ledger_refusal,
)
from botmeter.domain.orders import PaymentMethod
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ENTERPRISE, SINCE, WELCOMING, bot
from tests.fakes.world import (
    ADMIN,
    CARD,
    COLLEAGUE,
    DEMO_BOTS,
    NOW,
    OWNER,
    TRANSFER,
    VIEWER,
    World,
    euros,
)

RELOAD = AutoReload(50_00, 200_00)
ALL = (CARD, TRANSFER)


def reasons(
    world: World, bot_id: str, who: Member = ADMIN, methods: tuple[PaymentMethod, ...] = ALL
) -> dict[str, str | None]:
    """Why each operation is not possible."""
    found = bot_possibilities(who, world.bot(bot_id), world.funds(bot_id), methods)
    return {operation.value: possible.reason for operation, possible in found.items()}


def carded() -> World:
    """The standard bot has been paid for by card."""
    world = World()
    world.buy(100)
    return world


def attempts(world: World, bot_id: str) -> dict[Operation, Callable[[], object]]:
    """What the services make of each operation that has rules of its own."""
    return {
        Operation.ADD_FUNDS: lambda: world.add_funds(ADMIN, bot_id, euros(100), TRANSFER, NOW, key="k-try"),
        Operation.SET_AUTO_RELOAD: lambda: world.set_auto_reload(ADMIN, bot_id, RELOAD, NOW),
        Operation.REQUEST_EXTENSION: lambda: world.request_extension(
            ADMIN, bot_id, 7, "please", NOW, key="k-try"
        ),
        Operation.CHANGE_PLAN: lambda: world.change_plan(
            ADMIN, bot_id, "welcoming", TRANSFER, NOW, key="k-try"
        ),
    }


def waiting() -> World:
    """An order and a request wait."""
    world = carded()
    world.order(method=TRANSFER)
    world.request_extension(ADMIN, "bot_trial", 7, "please", NOW, key="k")
    return world


def sharing() -> World:
    """The account has free credits, which expire, and bots on every kind of plan."""
    ends = Subscription.begin(ENTERPRISE, SINCE, NOW + timedelta(days=30))
    return World([*DEMO_BOTS, bot(WELCOMING), replace(bot(ENTERPRISE, "bot_ending"), subscription=ends)])


@pytest.mark.parametrize("operation", attempts(World(), ""))
@pytest.mark.parametrize("stage", [World, carded, waiting, sharing])
def test_what_is_told_is_what_happens(stage: Callable[[], World], operation: Operation) -> None:
    """Whatever the services refuse is said to be impossible, in the same words, and nothing else is."""
    for bot_id in [one.bot_id for one in stage().accounts.bots("acct_acme")]:
        world = stage()
        told, refused = reasons(world, bot_id)[operation], None
        try:
            attempts(world, bot_id)[operation]()
        except Refused as refusal:
            refused = refusal.rule.removeprefix("cannot be chosen: ")

        assert told == refused, bot_id


def test_subscription_without_an_end_has_nothing_to_extend() -> None:
    """Though the account has free credits: they are none of its."""
    told = reasons(sharing(), "bot_essential")

    assert told["request_extension"] == "the plan Essential does not end"
    assert reasons(sharing(), "bot_standard")["request_extension"] is None
    assert reasons(sharing(), "bot_ending")["request_extension"] is None


def test_contract_is_the_operator_s() -> None:
    """No other plan, no funds, no auto-reload."""
    told = reasons(World(), "bot_enterprise")

    assert told["change_plan"] == "the present plan, Enterprise, is by contract, ask the operator"
    assert told["add_funds"] == told["set_auto_reload"] == "the plan Enterprise takes no funds"


@pytest.mark.parametrize(
    ("methods", "reason"),
    [
        ((TRANSFER,), "it needs payment by card, which this platform does not offer"),
        (ALL, "it needs a card that has paid for this bot once"),
    ],
)
def test_auto_reload_needs_cards(methods: tuple[PaymentMethod, ...], reason: str) -> None:
    """Of the platform, then of the bot; a bot whose card is known has both."""
    told = reasons(World(), "bot_standard", methods=methods)["set_auto_reload"] or ""

    assert told.startswith(reason)
    assert reasons(carded(), "bot_standard", methods=methods)["set_auto_reload"] is None


def test_what_is_not_there_cannot_be_taken_back() -> None:
    """A change of plan that is scheduled, auto-reload that is on."""
    world = carded()
    told = reasons(world, "bot_standard")
    assert (told["cancel_plan_change"], told["end_auto_reload"]) == (
        "no change of plan is scheduled",
        "auto-reload is off",
    )
    world.set_auto_reload(ADMIN, "bot_standard", RELOAD, NOW)
    world.change_plan(ADMIN, "bot_essential", "standard", TRANSFER, NOW, key="k")

    assert reasons(world, "bot_standard")["end_auto_reload"] is None
    assert reasons(world, "bot_essential")["cancel_plan_change"] is None


@pytest.mark.parametrize(
    ("who", "manages", "gives_away"),
    [(ADMIN, True, True), (OWNER, True, False), (COLLEAGUE, False, False), (VIEWER, False, False)],
)
def test_roles_permit_it_or_not(who: Member, manages: bool, gives_away: bool) -> None:
    """Whatever else stands in the way; the reason is the role's then."""
    world = World()
    found = bot_possibilities(who, world.bot(), world.funds(), ALL)
    permitted = {operation for operation, possible in found.items() if possible.is_permitted}
    given = {Operation.CHANGE_OWNER} if gives_away else set()

    assert permitted == ({*found} - {Operation.CHANGE_OWNER} | given if manages else set())
    if not manages:
        assert found[Operation.ADD_FUNDS].reason == "the bot is managed by its owner and by billing admins"
        with pytest.raises(NotAllowed, match="managed by its owner"):
            world.edit.managed(who, "bot_standard")


def test_order_can_be_paid_and_cancelled_while_it_is_open() -> None:
    """By those who manage its bot."""
    world = World()
    order = world.order(method=TRANSFER)
    pay, cancel = order_possibilities(ADMIN, world.bot(), order).values()
    assert (pay.reason, cancel.reason) == (None, None)
    assert not order_possibilities(VIEWER, world.bot(), order)[Operation.CANCEL_ORDER].is_permitted
    world.pay.confirm(order, SYSTEM, NOW)
    (after, _) = order_possibilities(ADMIN, world.bot(), world.stored(order)).values()

    assert (after.is_permitted, after.reason) == (True, "nothing is to be paid for this order any more")


@pytest.mark.parametrize(("who", "may"), [(ADMIN, True), (VIEWER, True), (OWNER, False)])
def test_shared_ledger_is_for_those_who_see_the_account(who: Member, may: bool) -> None:
    """A bot's owner sees what is the bot's."""
    assert (shared_ledger_refusal(who) is None) is may


def test_names_are_those_of_the_api() -> None:
    """What is told to be possible is called as the operation that does it."""
    from api.app import app  # noqa: PLC0415 (it loads all routes)

    known = {entry.view_function.__name__ for methods in app.routes.values() for entry in methods.values()}

    assert {operation.value for operation in Operation} <= known
