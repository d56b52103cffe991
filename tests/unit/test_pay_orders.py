"""Payments: begun, paid, declined or abandoned, each once, whoever tells of it and however often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.audit import SYSTEM, Actor
from botmeter.domain.errors import Conflict, PaymentRefused, Refused, StoreUnavailable
from botmeter.domain.orders import Order, OrderStatus, Payment
from tests.fakes.demo import ACCOUNT
from tests.fakes.payments import notice
from tests.fakes.world import NOW, TRANSFER, Died, World, die

CLERK = Actor("u-operator", "operator")
LATER = NOW + timedelta(hours=1)
PAID, FAILED, PENDING = OrderStatus.PAID, OrderStatus.FAILED, OrderStatus.PENDING


def test_confirmed_transfer_is_credited_once() -> None:
    """An operator who confirms twice gets the same answer, with the receipt, and the money is there once."""
    world = World()
    order = world.order(method=TRANSFER)
    first = world.pay.confirm(order, CLERK, LATER)
    again = world.pay.confirm(world.stored(order), CLERK, LATER + timedelta(hours=1))
    stale = world.pay.confirm(order, CLERK, LATER)

    assert first == again == stale
    assert (first.status, first.settled_at) == (PAID, LATER)
    assert first.receipt_number == f"RCT-{order.order_id[4:]}"
    assert world.paid_euros() == 100
    assert world.done() == ["order.funds", "payment.paid"]
    assert world.billing.trail[-1].actor == CLERK
    assert world.told()[-1] == "payment.succeeded"
    assert world.bot().open_orders == ()


def test_declined_transfer_is_not_credited() -> None:
    """The order has failed with the operator's reason; declined again, it stays so."""
    world = World()
    order = world.order(method=TRANSFER)
    first = world.pay.decline(order, "nothing came", CLERK, LATER)
    again = world.pay.decline(world.stored(order), "still nothing", CLERK, LATER)

    assert first == again
    assert (first.status, first.failure, first.receipt_number) == (FAILED, "nothing came", None)
    assert world.paid_euros() == 0
    assert world.bot().failed_order == order.order_id


def test_order_that_was_cancelled_leaves_no_notice() -> None:
    """Of one that nobody paid in time there is one."""
    world = World()
    cancelled = world.pay.cancel(world.order(method=TRANSFER), CLERK, LATER)
    assert cancelled.is_cancelled
    assert world.bot().failed_order == ""

    late = world.order(method=TRANSFER, key="k-2")
    ended = world.pay.look_up(late, NOW + timedelta(days=31))
    assert (ended.is_cancelled, world.bot().failed_order) == (False, late.order_id)


def test_what_was_declined_cannot_be_confirmed_and_the_other_way_round() -> None:
    """An order has one end; whoever says another is told."""
    world = World()
    order = world.order(method=TRANSFER)
    world.pay.decline(order, "nothing came", CLERK, LATER)
    with pytest.raises(Conflict, match="is failed, and not paid"):
        world.pay.confirm(world.stored(order), CLERK, LATER)
    other = world.order(method=TRANSFER, key="k-2")
    world.pay.confirm(other, CLERK, LATER)
    with pytest.raises(Conflict, match="is paid, and not failed"):
        world.pay.decline(world.stored(other), "nothing came", CLERK, LATER)

    assert world.paid_euros() == 100


def test_two_operators_at_once() -> None:
    """One confirms while the other declines: one of them is told, and the credit follows the order."""
    world = World()
    order = world.order(method=TRANSFER)
    world.billing.meanwhile = [lambda: world.pay.confirm(order, CLERK, LATER)]
    with pytest.raises(Conflict, match="is paid, and not failed"):
        world.pay.decline(order, "nothing came", CLERK, LATER)

    assert world.paid_euros() == 100


def test_card_payment_is_not_the_operator_s_to_decide() -> None:
    """The provider knows whether a card was charged."""
    world = World()
    order = world.order()
    with pytest.raises(Refused, match="paid by bank transfer"):
        world.pay.confirm(order, CLERK, LATER)
    with pytest.raises(Refused, match="paid by bank transfer"):
        world.pay.decline(order, "no", CLERK, LATER)


def test_webhook_three_times_pays_once() -> None:
    """Providers deliver at least once."""
    world = World()
    order = world.order()
    for _ in range(3):
        world.pay.take_notice(notice(order), LATER)

    assert world.stored(order).status is PAID
    assert world.paid_euros() == 100
    assert world.done() == ["order.funds", "payment.paid"]
    assert world.told().count("payment.succeeded") == 1


def test_paid_card_may_be_charged_again() -> None:
    """The bot remembers the payment, never the card."""
    world = World()
    world.pay.take_notice(notice(world.order()), LATER)

    assert world.bot().card_reference == f"pay-{next(iter(world.billing.known_orders))[1]}"


def test_webhook_before_the_reference_was_noted() -> None:
    """A process died between beginning the payment and noting its name: the webhook brings the name."""
    world = World()
    world.billing.afterwards = [die]
    with pytest.raises(Died):
        world.order()
    (order,) = world.billing.known_orders.values()
    world.pay.take_notice(notice(order), LATER)

    assert (world.stored(order).status, world.stored(order).reference) == (PAID, f"pay-{order.order_id}")
    assert world.bot().card_reference == f"pay-{order.order_id}"
    assert world.paid_euros() == 100


def test_webhook_while_the_payment_is_being_begun() -> None:
    """The provider may tell of the payment before it has answered: the order is paid once."""
    world = World()
    start = world.cards.start

    def slow(order: Order) -> Payment:
        payment = start(order)
        world.pay.take_notice(notice(order), NOW)
        return payment

    world.cards.start = slow  # type: ignore[method-assign]
    order = world.order()

    assert order.status is PAID
    assert world.paid_euros() == 100


def test_webhook_of_an_unknown_order_is_ignored() -> None:
    """Of another stack, or of a transaction that was never written."""
    world = World()
    order = world.order()
    world.pay.take_notice(notice(replace(order, order_id="ord_unknown")), LATER)
    world.pay.take_notice(notice(replace(order, account_id="acct_other")), LATER)

    assert world.stored(order).status is PENDING
    assert len(world.billing.known_orders) == 1


def test_webhook_of_a_failure_ends_the_order() -> None:
    """With the provider's words."""
    world = World()
    order = world.order()
    world.pay.take_notice(notice(order, FAILED, "expired"), LATER)

    assert (world.stored(order).status, world.stored(order).failure) == (FAILED, "expired")


def test_webhook_that_nothing_is_decided_yet_changes_nothing() -> None:
    """A payment that is under way is under way."""
    world = World()
    order = world.order()
    world.pay.take_notice(notice(order, PENDING), LATER)

    assert world.stored(order) == order


def test_late_failure_does_not_take_a_credit_back() -> None:
    """What is paid stays paid, whatever is told after."""
    world = World()
    order = world.order()
    world.pay.take_notice(notice(order), LATER)
    world.pay.take_notice(notice(order, FAILED, "?"), LATER)

    assert world.stored(order).status is PAID
    assert world.paid_euros() == 100


def test_payment_of_an_order_that_has_failed_is_not_lost_from_sight(caplog: pytest.LogCaptureFixture) -> None:
    """Money came for what was given up: it is not credited, and an error names the order."""
    world = World()
    order = world.order()
    world.pay.cancel(order, SYSTEM, LATER)
    world.pay.take_notice(notice(order), LATER)

    assert world.stored(order).status is FAILED
    assert caplog.messages == [
        f"order {order.order_id} of acct_acme was paid by pay-{order.order_id} in vain"
    ]


def test_start_of_a_closed_order_is_the_order() -> None:
    """There is nothing more to pay, and nothing is asked of the provider."""
    world = World()
    paid = world.buy(100)
    started = len(world.cards.started)

    assert world.pay.start(paid, LATER) == (paid, None)
    assert len(world.cards.started) == started


def test_start_of_an_order_that_is_paid_already_credits_it() -> None:
    """The payer has paid, nobody told: the retry finds out."""
    world = World()
    order = world.order()
    world.cards.pay(order.order_id)
    again, payment = world.pay.start(order, LATER)

    assert payment is not None
    assert (again.status, payment.status) == (PAID, PAID)
    assert world.paid_euros() == 100


def test_cancelled_order_leaves_the_bot_free() -> None:
    """The customer does not want to pay any more."""
    world = World()
    order = world.order()
    cancelled = world.pay.cancel(order, Actor("u-admin", "billing_admin"), LATER)
    again = world.pay.cancel(cancelled, SYSTEM, LATER)

    assert cancelled == again
    assert (cancelled.status, cancelled.failure) == (FAILED, "cancelled")
    assert world.bot().open_orders == ()
    assert world.billing.trail[-1].actor.actor_id == "u-admin"


@pytest.mark.parametrize("told", [True, False])
def test_order_that_is_paid_cannot_be_cancelled(told: bool) -> None:
    """If the money has moved, with or without our knowing, the order is paid."""
    world = World()
    order = world.order()
    world.cards.pay(order.order_id)
    if told:
        world.pay.take_notice(notice(order), LATER)

    assert world.pay.cancel(order, SYSTEM, LATER).status is PAID
    assert world.paid_euros() == 100


def test_provider_that_is_down_cancels_nothing() -> None:
    """As long as nobody knows whether the money moves, the order is open."""
    world = World()
    order = world.order()
    world.cards.is_down = True
    with pytest.raises(StoreUnavailable):
        world.pay.cancel(order, SYSTEM, LATER)

    assert world.stored(order).status is PENDING


def test_refusal_is_written_down_before_it_is_told() -> None:
    """A refused payment that meets a conflict fails all the same."""
    world = World()
    world.cards.declines = "no"
    world.billing.meanwhile = [lambda: None, lambda: world.credit(5)]
    with pytest.raises(PaymentRefused):
        world.order()

    assert [order.status for order in world.orders.of_account(ACCOUNT.account_id)] == [FAILED]
    assert world.paid_euros() == 5
