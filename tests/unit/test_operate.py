"""What the operator sees and decides; nobody else does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from botmeter.domain.errors import Conflict, NotAllowed, NotFound
from botmeter.domain.extensions import ExtensionStatus
from botmeter.domain.members import Member, Role
from botmeter.domain.orders import OrderStatus
from botmeter.services.extend_plan import RequestKey
from botmeter.services.operate import Operate
from tests.fakes.demo import ACCOUNT, PLANS, STANDARD
from tests.fakes.world import (
    ADMIN,
    COLLEAGUE,
    NOW,
    OPERATOR,
    OWNER,
    STRANGER,
    TRANSFER,
    VIEWER,
    World,
    member,
)

ACME = ACCOUNT.account_id
KEY = RequestKey(ACME, "bot_trial", "ext_none")
Call = Callable[[World, Member], object]

CALLS: dict[str, Call] = {
    "all_accounts": lambda w, m: w.operate.all_accounts(m),
    "account": lambda w, m: w.operate.account(m, ACME),
    "move_account": lambda w, m: w.operate.move_account(m, ACME, "Asia/Kolkata", NOW),
    "bots_of": lambda w, m: w.operate.bots_of(m, ACME),
    "views": lambda w, m: w.operate.views(m, w.accounts.bots(ACME), NOW),
    "plans": lambda w, m: w.operate.plans(m),
    "set_plan": lambda w, m: w.operate.set_plan(m, (ACME, "bot_trial"), "enterprise@1", None, NOW),
    "add_plan": lambda w, m: w.operate.add_plan(m, replace(STANDARD, version=2)),
    "orders_of": lambda w, m: w.operate.orders_of(m, ACME, None),
    "confirm_payment": lambda w, m: w.operate.confirm_payment(
        m, ACME, w.order(method=TRANSFER).order_id, NOW
    ),
    "decline_payment": lambda w, m: w.operate.decline_payment(
        m, ACME, w.order(method=TRANSFER).order_id, "no", NOW
    ),
    "pending_extensions": lambda w, m: w.operate.pending_extensions(m),
    "approve_extension": lambda w, m: w.operate.approve_extension(m, asked(w), 7, "", NOW),
    "decline_extension": lambda w, m: w.operate.decline_extension(m, asked(w), "no", NOW),
    "audit_of": lambda w, m: w.operate.audit_of(m, ACME, 10, None),
}


def transfer(world: World) -> str:
    """An order that waits for a bank transfer."""
    return world.order(method=TRANSFER).order_id


def asked(world: World) -> RequestKey:
    """A request for an extension that waits."""
    request = world.request_extension(ADMIN, "bot_trial", 7, "please", NOW, key="k")
    return RequestKey(ACME, "bot_trial", request.request_id)


def test_every_call_is_known_here() -> None:
    """None is forgotten when one is added."""
    public = {name for name in dir(World().operate) if not name.startswith("_")}

    assert public - set(Operate.__dataclass_fields__) == set(CALLS)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("who", [ADMIN, OWNER, COLLEAGUE, VIEWER, STRANGER], ids=lambda m: m.user_id)
def test_everybody_else_is_refused(call: Call, who: Member) -> None:
    """An account's own people, too: whatever their role, and nothing is changed."""
    world = World()
    asked(world), world.order(method=TRANSFER)
    writes = world.billing.writes
    with pytest.raises(NotAllowed, match="for the platform's operator"):
        call(world, who)

    assert world.billing.writes == writes
    assert world.accounts.known_plans == PLANS


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_operator_may(call: Call) -> None:
    """Over all accounts, whichever it belongs to itself."""
    call(World(), OPERATOR)
    call(World(), member("u-both", Role.OPERATOR, "acct_other"))


def test_operator_sees_all_accounts_and_their_bots() -> None:
    """With how they stand."""
    world = World()
    bots = world.operate.bots_of(OPERATOR, ACME)

    assert [a.account_id for a in world.operate.all_accounts(OPERATOR)] == [ACME, "acct_other"]
    assert world.operate.account(OPERATOR, "acct_other") == world.accounts.account("acct_other")
    assert [b.bot_id for b in bots] == ["bot_enterprise", "bot_essential", "bot_standard", "bot_trial"]
    assert [view.bot for view in world.operate.views(OPERATOR, bots, NOW)] == bots


def test_plans_are_listed_by_plan_and_version() -> None:
    """A version that is there stays what it is."""
    world = World()
    world.operate.add_plan(OPERATOR, replace(STANDARD, version=10))
    world.operate.add_plan(OPERATOR, replace(STANDARD, version=2))
    refs = [plan.ref for plan in world.operate.plans(OPERATOR) if plan.plan_id >= "standard"]

    assert refs == ["standard@1", "standard@2", "standard@10", "trial@1", "welcoming@1"]
    with pytest.raises(Conflict):
        world.operate.add_plan(OPERATOR, replace(STANDARD, version=2, usage_price_micros=1))


def test_orders_are_listed_by_status() -> None:
    """Those that wait for a transfer are what an operator looks for."""
    world = World()
    world.buy(100, TRANSFER)
    waiting = world.order(method=TRANSFER)

    assert world.operate.orders_of(OPERATOR, ACME, OrderStatus.PENDING) == [waiting]
    assert len(world.operate.orders_of(OPERATOR, ACME, None)) == 2
    assert world.operate.orders_of(OPERATOR, "acct_other", None) == []


def test_decisions_name_the_operator() -> None:
    """In the audit trail, which the operator reads, too."""
    world = World()
    order = world.order(method=TRANSFER)
    world.operate.confirm_payment(OPERATOR, ACME, order.order_id, NOW)
    world.operate.approve_extension(OPERATOR, asked(world), 7, "", NOW)

    entries = world.operate.audit_of(OPERATOR, ACME, 10, None).items
    assert [(e.operation, e.actor.actor_id) for e in entries] == [
        ("extension.approved", "u-operator"),
        ("extension.requested", "u-admin"),
        ("payment.paid", "u-operator"),
        ("order.funds", "u-admin"),
    ]
    extension = world.bot("bot_trial").extension
    assert extension is not None
    assert (extension.status, extension.decided_by) == (ExtensionStatus.APPROVED, "u-operator")


@pytest.mark.parametrize(
    "call",
    [
        lambda w: w.operate.bots_of(OPERATOR, "acct_none"),
        lambda w: w.operate.orders_of(OPERATOR, "acct_none", None),
        lambda w: w.operate.audit_of(OPERATOR, "acct_none", 10, None),
        lambda w: w.operate.confirm_payment(OPERATOR, ACME, "ord_none", NOW),
        lambda w: w.operate.confirm_payment(OPERATOR, "acct_other", w.order().order_id, NOW),
        lambda w: w.operate.approve_extension(OPERATOR, KEY, 7, "", NOW),
    ],
)
def test_what_does_not_exist_is_not_found(call: Callable[[World], object]) -> None:
    """Also an order or a request of another account than the one that is named."""
    with pytest.raises(NotFound):
        call(World())
