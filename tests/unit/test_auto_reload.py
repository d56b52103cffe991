"""Auto-reload: funds that are ordered by themselves when little is left, and charged to an earlier card."""

from datetime import timedelta

import pytest

from botmeter.domain.accounts import AutoReload
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import Refused
from botmeter.domain.orders import Order, OrderStatus, PaymentMethod
from tests.fakes.demo import ESSENTIAL, WELCOMING, bot
from tests.fakes.world import ADMIN, CARD, EURO, NOW, TRANSFER, Died, World, die, euros

RELOAD = AutoReload(threshold_minor=50_00, amount_minor=200_00)
LATER = NOW + timedelta(hours=1)


def reloads(world: World) -> list[Order]:
    return [order for order in world.billing.known_orders.values() if order.is_reload]


def reloading() -> World:
    """A bot that paid 100 by card and lets that card be charged below 50."""
    world = World()
    world.buy(100)
    world.set_auto_reload(ADMIN, "bot_standard", RELOAD, NOW)
    return world


@pytest.mark.parametrize("method", [None, TRANSFER])
def test_reload_needs_a_card_that_has_paid(method: PaymentMethod | None) -> None:
    """A bank transfer cannot be repeated by itself."""
    world = World()
    if method is not None:
        world.buy(100, method)
    with pytest.raises(Refused, match="a card that has paid for this bot once") as refused:
        world.set_auto_reload(ADMIN, "bot_standard", RELOAD, NOW)

    assert refused.value.field == "payment_method"


def test_reload_has_the_limits_of_the_plan() -> None:
    """What could not be added by hand is not added by itself either."""
    world = reloading()
    for wanted, field in (
        (AutoReload(50_00, 99_00), "amount/amount"),
        (AutoReload(200_01, 200_00), "threshold/amount"),
        (AutoReload(-1, 200_00), "threshold/amount"),
    ):
        with pytest.raises(Refused) as refused:
            world.set_auto_reload(ADMIN, "bot_standard", wanted, NOW)
        assert refused.value.field == field

    assert world.bot().auto_reload == RELOAD


def test_reload_that_is_set_again_changes_nothing() -> None:
    """Setting and ending it leave one entry each in the audit trail."""
    world = reloading()
    world.set_auto_reload(ADMIN, "bot_standard", RELOAD, NOW)
    world.set_auto_reload(ADMIN, "bot_standard", None, NOW)
    world.set_auto_reload(ADMIN, "bot_standard", None, NOW)

    entries = [e for e in world.billing.trail if e.operation == "auto_reload.changed"]
    assert [(dict(e.before), dict(e.after)) for e in entries] == [
        ({}, {"threshold": "5000", "amount": "20000"}),
        ({"threshold": "5000", "amount": "20000"}, {}),
    ]


def test_reload_is_ordered_by_the_settlement_that_falls_below_the_threshold() -> None:
    """At the threshold nothing happens; below it there is one order, and no second one while it is open."""
    world = reloading()
    world.use(250)
    assert reloads(world) == []
    world.use(1)
    world.use(10)

    (order,) = reloads(world)
    assert (order.amount_minor, order.payment_method, order.ordered_by) == (200_00, CARD, "botmeter")
    assert world.bot().open_orders == (order.order_id,)


def test_reload_is_charged_to_the_earlier_card_and_credited() -> None:
    """By the next run of the lifecycle; once, however many runs there are."""
    world = reloading()
    paid_before = world.bot().card_reference
    world.use(251)
    for minutes in range(3):
        world.lifecycle(NOW + timedelta(minutes=minutes))

    (order,) = reloads(world)
    assert world.cards.charged == {order.order_id: paid_before}
    assert order.status is OrderStatus.PAID
    assert world.funds().paid_micros == (100 + 200) * EURO - 251 * 200_000
    assert [kind for kind in world.told() if "payment" in kind][-2:] == [
        "payment.pending",
        "payment.succeeded",
    ]


def test_reload_comes_as_often_as_it_is_needed() -> None:
    """After one was paid, the next fall below the threshold orders another."""
    world = reloading()
    for _ in range(2):
        world.use(1000)
        world.lifecycle(NOW)

    assert [order.status for order in reloads(world)] == [OrderStatus.PAID] * 2
    assert len(world.cards.charged) == 2


def test_reload_goes_on_until_the_threshold_is_reached() -> None:
    """One amount may not be enough for what is owed."""
    world = reloading()
    world.use(3000)
    for _ in range(5):
        world.lifecycle(NOW)

    assert len(reloads(world)) == 3
    assert world.funds().spendable_micros == (100 + 3 * 200 - 600) * EURO


def test_nobody_pays_a_reload_by_hand() -> None:
    """It is charged once, to the card that is known: asking how to pay it begins no second payment."""
    world = reloading()
    world.use(251)
    (order,) = reloads(world)

    assert world.pay.start(order, NOW) == (order, None)
    world.lifecycle(NOW)
    assert world.stored(order).status is OrderStatus.PAID


def test_declined_reload_is_told_and_switched_off() -> None:
    """Nobody's card is tried again and again."""
    world = reloading()
    world.cards.declines = "Your card has expired."
    world.use(251)
    world.lifecycle(LATER)
    world.use(10)
    world.lifecycle(LATER)

    (order,) = reloads(world)
    assert (order.status, order.failure) == (OrderStatus.FAILED, "Your card has expired.")
    assert (world.bot().auto_reload, world.bot().failed_order) == (None, order.order_id)
    assert "payment.failed" in world.told()


def test_reload_while_the_provider_is_down_is_charged_later() -> None:
    """Nothing is lost, and nothing is charged twice."""
    world = reloading()
    world.use(251)
    world.cards.is_down = True
    assert world.lifecycle(NOW).failed == 1
    world.cards.is_down = False
    world.lifecycle(LATER)

    assert [order.status for order in reloads(world)] == [OrderStatus.PAID]
    assert len(world.cards.charged) == 1


def test_reload_that_is_not_wanted_any_more_is_not_charged() -> None:
    """Switched off between the order and the run that would have charged the card."""
    world = reloading()
    world.use(251)
    world.set_auto_reload(ADMIN, "bot_standard", None, NOW)
    world.lifecycle(LATER)

    assert world.cards.charged == {}
    assert [order.status for order in reloads(world)] == [OrderStatus.FAILED]
    assert world.bot().open_orders == ()


def test_reload_that_was_charged_before_it_was_switched_off_is_credited() -> None:
    """The card was charged, the process died, and then the customer changed its mind."""
    world = reloading()
    world.use(251)
    (order,) = reloads(world)
    world.cards.reload(order, world.bot().card_reference)
    world.set_auto_reload(ADMIN, "bot_standard", None, NOW)
    world.lifecycle(LATER)

    assert [o.status for o in reloads(world)] == [OrderStatus.PAID]


def test_crash_after_the_card_was_charged_is_completed() -> None:
    """The next run asks again, is told of the same payment, and credits it once."""
    world = reloading()
    world.use(251)
    (order,) = reloads(world)
    world.cards.reload(order, world.bot().card_reference)
    world.billing.meanwhile = [die]
    with pytest.raises(Died):
        world.lifecycle(NOW)
    world.lifecycle(LATER)

    assert [o.status for o in reloads(world)] == [OrderStatus.PAID]
    assert world.funds().paid_micros == (100 + 200) * EURO - 251 * 200_000


def test_open_payment_holds_a_reload_back() -> None:
    """What the customer is just paying is enough; if that fails, the reload comes."""
    world = reloading()
    order, _ = world.add_funds(ADMIN, "bot_standard", euros(100), TRANSFER, NOW, key="k-2")
    world.use(251)
    assert reloads(world) == []
    world.pay.decline(order, "nothing came", SYSTEM, NOW)

    assert len(reloads(world)) == 1


def test_reload_at_once_when_it_is_set_below_the_threshold() -> None:
    """Nobody has to wait for the next session."""
    world = World()
    world.buy(100)
    world.use(300)
    world.set_auto_reload(ADMIN, "bot_standard", RELOAD, NOW)

    assert len(reloads(world)) == 1


def test_expiry_of_free_credits_brings_a_reload_about() -> None:
    """It is what is left that counts, not why it became less."""
    world = World([bot(WELCOMING)])
    world.buy(100, bot_id="bot_welcoming")
    world.set_auto_reload(ADMIN, "bot_welcoming", AutoReload(150_00, 200_00), NOW)
    later = NOW + timedelta(days=90)
    world.lifecycle(later)

    assert [order.ordered_at for order in reloads(world)] == [later]


def test_bot_that_has_left_its_prepaid_plan_reloads_nothing() -> None:
    """Its sessions are not taken from the balance any more."""
    world = reloading()
    world.change_plan(ADMIN, "bot_standard", ESSENTIAL.plan_id, TRANSFER, NOW - timedelta(hours=2), key="k")
    world.use(300)

    assert reloads(world) == []
