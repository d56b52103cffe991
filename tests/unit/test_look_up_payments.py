"""Payments that nobody told about: looked up, credited, or given up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.errors import NotAvailable
from botmeter.domain.orders import Order, OrderStatus, Payment
from tests.fakes.payments import notice
from tests.fakes.world import NOW, TRANSFER, Died, World, die

LATER = NOW + timedelta(hours=1)
PAID, FAILED, PENDING = OrderStatus.PAID, OrderStatus.FAILED, OrderStatus.PENDING


def test_webhook_and_lifecycle_at_once_credit_once() -> None:
    """Both know that it is paid; the slower one finds it done."""
    world = World()
    order = world.order()
    world.cards.pay(order.order_id)
    world.billing.meanwhile = [lambda: world.pay.take_notice(notice(order), LATER)]

    assert world.pay.look_up(order, LATER).status is PAID
    assert world.paid_euros() == 100


def test_crash_between_payment_and_credit_is_completed() -> None:
    """The webhook died before it wrote: the next run of the lifecycle looks the payment up."""
    world = World()
    order = world.order()
    world.cards.pay(order.order_id)
    world.billing.meanwhile = [die]
    with pytest.raises(Died):
        world.pay.take_notice(notice(order), LATER)
    assert world.paid_euros() == 0
    world.lifecycle(LATER)

    assert world.stored(order).status is PAID
    assert world.paid_euros() == 100


def test_payment_that_only_a_look_finds_is_remembered_with_its_name() -> None:
    """A card whose payment nobody had noted the name of may be charged again, too."""
    world = World()
    world.billing.afterwards = [die]
    with pytest.raises(Died):
        world.order()
    (order,) = world.billing.known_orders.values()
    world.cards.start(order)
    world.cards.pay(order.order_id)
    world.lifecycle(LATER)

    assert world.bot().card_reference == f"pay-{order.order_id}"


def test_abandoned_card_payment_is_cancelled_after_a_day() -> None:
    """Nobody pays at a form of yesterday; until then it is looked up every hour."""
    world = World()
    order = world.order()
    for hours in range(25):
        world.lifecycle(NOW + timedelta(hours=hours))
    assert world.stored(order).status is PENDING
    world.lifecycle(NOW + timedelta(hours=25))

    assert (world.stored(order).status, world.stored(order).failure) == (FAILED, "not paid in time")
    assert world.cards.payments[order.order_id].status is FAILED
    assert world.bot().open_orders == ()


def test_payment_in_the_last_moment_is_credited() -> None:
    """The payer was faster than the cancellation."""
    world = World()
    order = world.order()
    cancel = world.cards.cancel

    def too_late(order: Order) -> Payment:
        world.cards.pay(order.order_id)
        return cancel(order)

    world.cards.cancel = too_late  # type: ignore[method-assign]
    world.lifecycle(NOW + timedelta(hours=25))

    assert world.stored(order).status is PAID
    assert world.paid_euros() == 100


def test_transfer_has_thirty_days_to_arrive() -> None:
    """Then it has failed: the bot may order anew, and a fee comes with the next invoice."""
    world = World()
    order = world.order(method=TRANSFER)
    world.lifecycle(NOW + timedelta(days=30))
    assert world.stored(order).status is PENDING

    world.lifecycle(NOW + timedelta(days=32))
    assert (world.stored(order).status, world.stored(order).failure) == (FAILED, "not paid in time")


def test_pending_payment_is_looked_up_every_hour() -> None:
    """Not at every run."""
    world = World()
    order = world.order()
    world.lifecycle(NOW)

    assert world.billing.looks[order.order_id] == NOW + timedelta(hours=1)
    assert world.lifecycle(NOW + timedelta(minutes=59)).orders == 0


def test_method_that_is_not_set_up_any_more() -> None:
    """An open order by it cannot be paid here, and says so."""
    world = World()
    order = world.order()
    pay = replace(world.pay, providers=lambda: {TRANSFER: world.transfers})
    with pytest.raises(NotAvailable, match="payment by card is not set up"):
        pay.look_up(order, LATER)
