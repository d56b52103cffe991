"""Changing the plan once more with the same key: after crashes, refusals, and what others did since."""

from datetime import UTC, datetime, timedelta

import pytest

from botmeter.domain.accounts import AutoReload
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.orders import OrderStatus, PaymentMethod
from botmeter.services.change_plan import PlanChanged
from tests.fakes.demo import ESSENTIAL, SINCE, STANDARD, TRIAL, WELCOMING, bot
from tests.fakes.world import ADMIN, CARD, NOW, TRANSFER, Died, World, die

# Midnight in Berlin, the account's time zone.
NOVEMBER = datetime(2026, 10, 31, 23, tzinfo=UTC)


def change(
    world: World,
    plan_id: str,
    bot_id: str = "bot_standard",
    now: datetime = NOW,
    *,
    method: PaymentMethod = TRANSFER,
    key: str = "k-1",
    if_match: str | None = None,
) -> PlanChanged:
    return world.change_plan(ADMIN, bot_id, plan_id, method, now, key=key, if_match=if_match)


def phases(world: World) -> list[tuple[str, datetime]]:
    return [(phase.plan.plan_id, phase.starts_at) for phase in world.bot().subscription.phases]


@pytest.mark.parametrize("knows", ["what it saw", "nothing"])
def test_same_key_makes_the_same_order(knows: str) -> None:
    """A request that is repeated, because its answer got lost, pays once and changes once."""
    world = World()
    seen = world.bot().etag if knows == "what it saw" else None
    first = change(world, "essential", if_match=seen)
    second = change(world, "essential", now=NOW + timedelta(minutes=5), if_match=seen)

    assert second.order == first.order
    assert second.payment == first.payment
    assert len(world.billing.known_orders) == 1
    assert world.told() == ["payment.pending", "plan.changed"]


def test_repeated_request_does_not_undo_what_was_done_since() -> None:
    """The late retry of an upgrade leaves alone the downgrade that somebody scheduled after it."""
    world = World()
    change(world, "essential", key="k-up")
    change(world, "standard", key="k-down")
    again = change(world, "essential", key="k-up")

    assert phases(world) == [("standard", SINCE), ("essential", NOW), ("standard", NOVEMBER)]
    assert again.change.after.bot == world.bot()


@pytest.mark.parametrize("knows", ["what it saw", "nothing"])
def test_crash_between_change_and_payment_is_completed_by_the_retry(knows: str) -> None:
    """The plan had changed and the order was placed; the same request again begins its payment."""
    world = World()
    seen = world.bot().etag if knows == "what it saw" else None
    world.billing.afterwards = [die]
    with pytest.raises(Died):
        change(world, "essential", if_match=seen)
    assert world.transfers.started == []
    done = change(world, "essential", if_match=seen)

    assert done.order is not None
    assert done.payment is not None
    assert world.transfers.started == [done.order.order_id]
    assert done.order.reference == done.payment.reference
    assert phases(world) == [("standard", SINCE), ("essential", NOW)]


def test_provider_that_is_down_leaves_the_order_pending() -> None:
    """The caller may come again with the same key."""
    world = World()
    world.cards.is_down = True
    with pytest.raises(StoreUnavailable):
        change(world, "essential", method=CARD)
    world.cards.is_down = False

    assert change(world, "essential", method=CARD).payment is not None
    assert len(world.billing.known_orders) == 1


def test_provider_that_declines_leaves_the_plan_changed() -> None:
    """The order has failed, and its fee comes with the next invoice; the same key tells the same."""
    world = World()
    world.cards.declines = "Your card was declined."
    done = change(world, "essential", method=CARD)
    again = change(world, "essential", method=CARD)

    assert world.bot().plan_at(NOW) == ESSENTIAL
    assert done.order is not None
    assert (done.order.status, done.order.failure) == (OrderStatus.FAILED, "Your card was declined.")
    assert (again.order, again.payment) == (done.order, None)
    assert (world.bot().open_orders, world.bot().failed_order) == ((), done.order.order_id)
    assert world.told() == ["payment.pending", "plan.changed", "payment.failed"]


def test_key_belongs_to_one_bot() -> None:
    """The same key for another bot is another request."""
    world = World([bot(STANDARD), bot(TRIAL)])
    change(world, "essential", "bot_standard")
    change(world, "essential", "bot_trial")

    assert len(world.billing.known_orders) == 2


def test_reload_that_a_change_brings_about_is_not_the_order_of_the_change() -> None:
    """The card is charged by the lifecycle; there is nothing to pay for the payer."""
    world = World([bot(WELCOMING)])
    bought = world.buy(100, bot_id="bot_welcoming")
    world.set_auto_reload(ADMIN, "bot_welcoming", AutoReload(150_00, 200_00), NOW)
    # Free credits have expired, and nobody has looked since.
    done = change(world, "standard", "bot_welcoming", NOW + timedelta(days=90))

    assert [order.is_reload for order in done.change.placed] == [True]
    assert (done.order, done.payment) == (None, None)
    assert world.cards.started == [bought.order_id]
