"""Adding funds: an order, how to pay it, and what stands in the way."""

from dataclasses import replace

import pytest

from botmeter.domain.errors import NotAllowed, NotFound, PaymentRefused, Refused, StoreUnavailable
from botmeter.domain.members import Member
from botmeter.domain.money import Money
from botmeter.domain.orders import Order, OrderKind, OrderStatus, Payment, PaymentMethod
from tests.fakes.demo import STANDARD, bot
from tests.fakes.world import (
    ADMIN,
    CARD,
    COLLEAGUE,
    NOW,
    OWNER,
    STRANGER,
    TRANSFER,
    VIEWER,
    Died,
    World,
    die,
    euros,
)


def add(
    world: World,
    amount: Money,
    method: PaymentMethod = TRANSFER,
    who: Member = ADMIN,
    key: str = "k-1",
    bot_id: str = "bot_standard",
) -> tuple[Order, Payment | None]:
    return world.add_funds(who, bot_id, amount, method, NOW, key=key)


def only(world: World) -> Order:
    """The one order that there is."""
    (order,) = world.billing.known_orders.values()
    return order


@pytest.mark.parametrize("method", [TRANSFER, CARD])
def test_order_tells_how_to_pay_and_credits_nothing_yet(method: PaymentMethod) -> None:
    """The credit comes with the payment; until then the bot waits for it."""
    world = World()
    order, payment = add(world, euros(100), method)

    assert payment is not None
    assert payment.instructions == {"pay_with": payment.reference}
    assert (order.kind, order.status, order.reference) == (
        OrderKind.FUNDS,
        OrderStatus.PENDING,
        payment.reference,
    )
    assert world.bot().open_orders == (order.order_id,)
    assert world.funds().paid_micros == 0
    assert (world.told(), world.done()) == (["payment.pending"], ["order.funds"])


@pytest.mark.parametrize("amount_minor", [100_00, 20_000_00])
def test_limits_are_included(amount_minor: int) -> None:
    """The least and the most that the plan takes are taken."""
    assert add(World(), Money(amount_minor, "EUR"))[0].amount_minor == amount_minor


@pytest.mark.parametrize(
    ("amount", "field"),
    [
        (Money(99_99, "EUR"), "amount/amount"),
        (Money(20_000_01, "EUR"), "amount/amount"),
        (Money(0, "EUR"), "amount/amount"),
        (Money(-100_00, "EUR"), "amount/amount"),
        (Money(100_00, "USD"), "amount/currency"),
    ],
)
def test_amount_that_the_plan_does_not_take_is_refused(amount: Money, field: str) -> None:
    """Too little, too much, another currency: refused with its field, and nothing is written."""
    world = World()
    with pytest.raises(Refused) as refused:
        add(world, amount)

    assert refused.value.field == field
    assert world.billing.known_orders == {}


def test_plan_that_takes_no_funds() -> None:
    """Only prepaid bots have a balance to fill."""
    world = World()
    with pytest.raises(Refused, match="Essential takes no funds"):
        add(world, euros(100), bot_id="bot_essential")


def test_one_payment_at_a_time() -> None:
    """While an order of the bot is open no other is placed; the one that is open is named."""
    world = World()
    first, _ = add(world, euros(100), key="k-1")
    with pytest.raises(Refused, match=f"the payment of {first.order_id} is still open"):
        add(world, euros(100), key="k-2")
    world.add(bot(STANDARD, "bot_other"))
    add(world, euros(100), bot_id="bot_other")

    assert len(world.billing.known_orders) == 2


def test_same_key_makes_the_same_order() -> None:
    """A request that is repeated orders once, and tells again how to pay."""
    world = World()
    first = add(world, euros(100))

    assert add(world, euros(100)) == first
    assert len(world.billing.known_orders) == 1
    assert world.told() == ["payment.pending"]


def test_same_key_for_another_amount_is_refused() -> None:
    """A key stands for one request: also where the first one failed, and its answer was not remembered."""
    world = World()
    add(world, euros(200))

    for amount, method in ((euros(300), TRANSFER), (euros(200), CARD)):
        with pytest.raises(Refused, match="first request with this Idempotency-Key"):
            add(world, amount, method)
    assert only(world).money == euros(200)


def test_same_request_twice_at_the_same_time_makes_one_order() -> None:
    """An impatient double click is one order, told to both."""
    world = World()
    answers: list[tuple[Order, Payment | None]] = []
    world.billing.meanwhile = [lambda: answers.append(add(world, euros(100)))]
    answers.append(add(world, euros(100)))

    assert answers[0] == answers[1]
    assert len(world.billing.known_orders) == 1


def test_two_requests_at_the_same_time_make_one_order() -> None:
    """The slower one is refused, as if it had come later."""
    world = World()
    world.billing.meanwhile = [lambda: add(world, euros(100), key="k-1")]
    with pytest.raises(Refused, match="still open"):
        add(world, euros(200), key="k-2")

    assert world.bot().open_orders == (only(world).order_id,)


def test_crash_before_the_payment_began_is_completed_by_the_retry() -> None:
    """The order was placed; the same request again begins its payment."""
    world = World()
    world.billing.afterwards = [die]
    with pytest.raises(Died):
        add(world, euros(100))
    order, payment = add(world, euros(100))

    assert payment is not None
    assert (only(world), world.transfers.started) == (order, [order.order_id])


def test_provider_that_is_down_leaves_the_order_pending() -> None:
    """The same request may come again; the customer is not told that it failed."""
    world = World()
    world.cards.is_down = True
    with pytest.raises(StoreUnavailable):
        add(world, euros(100), CARD)
    world.cards.is_down = False

    assert add(world, euros(100), CARD)[0].status is OrderStatus.PENDING


def test_provider_that_declines_ends_the_order() -> None:
    """The caller hears why; the order has failed, and the bot is free for the next one."""
    world = World()
    world.cards.declines = "Amount too large."
    with pytest.raises(PaymentRefused, match="Amount too large"):
        add(world, euros(100), CARD)
    failed = only(world)

    assert (failed.status, failed.failure, failed.settled_at) == (
        OrderStatus.FAILED,
        "Amount too large.",
        NOW,
    )
    assert (world.bot().open_orders, world.bot().failed_order) == ((), failed.order_id)
    assert world.told() == ["payment.pending", "payment.failed"]
    assert add(world, euros(100), CARD) == (failed, None)
    assert add(world, euros(100), TRANSFER, key="k-2")[0].status is OrderStatus.PENDING
    assert world.bot().failed_order == ""


@pytest.mark.parametrize("who", [VIEWER, COLLEAGUE])
def test_roles_that_may_not(who: Member) -> None:
    """Viewers and the owners of other bots order nothing and set no reload."""
    world = World()
    with pytest.raises(NotAllowed):
        add(world, euros(100), who=who)
    with pytest.raises(NotAllowed):
        world.set_auto_reload(who, "bot_standard", None, NOW)


def test_owner_adds_funds_to_its_bot() -> None:
    """As an admin does."""
    assert add(World(), euros(100), who=OWNER)[0].ordered_by == OWNER.user_id


def test_foreign_bot_is_not_found() -> None:
    """As one that does not exist."""
    world = World()
    with pytest.raises(NotFound):
        add(world, euros(100), who=STRANGER)
    with pytest.raises(NotFound):
        world.set_auto_reload(STRANGER, "bot_standard", None, NOW)


def test_method_that_is_not_offered_is_refused() -> None:
    """Before anything is written."""
    world = World()
    pay = replace(world.pay, providers=lambda: {TRANSFER: world.transfers})
    with pytest.raises(Refused, match="must be one of bank_transfer"):
        replace(world.add_funds, pay=pay)(ADMIN, "bot_standard", euros(100), CARD, NOW, key="k")
