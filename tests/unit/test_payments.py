"""Payments: what orders and their ends do to a bot."""

from dataclasses import replace

import pytest

from botmeter.domain.accounts import AutoReload, check_auto_reload
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import BotState, Change, Draft
from botmeter.domain.credits import EntryReason, Wallet
from botmeter.domain.debits import BalanceChange
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.orders import CANCELLED, Order, OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.outgoing import OutgoingType
from botmeter.domain.payments import fail, pay, place, reload
from botmeter.domain.plans import PlanVersion
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ESSENTIAL, SINCE, STANDARD, bot
from tests.fakes.states import EURO, NOW, draft, funds_order, october, paid, settled, state

RELOAD = AutoReload(threshold_minor=20_00, amount_minor=100_00)
RELOADING = replace(bot(STANDARD), auto_reload=RELOAD, card_reference="pay-0")


def placed(of: BotState, order: Order) -> BotState:
    drafted = draft(of)
    place(drafted, order)
    return drafted.done().after


def ended(of: BotState, order: Order, failure: str = "") -> Change:
    drafted = draft(of)
    if failure:
        fail(drafted, order, failure)
    else:
        pay(drafted, order)
    return drafted.done()


def reloaded(of: BotState, euros: int = 0) -> Change:
    """The settlement of sessions for `euros`, and the reload that they may make due."""
    drafted = Draft(of, NOW, SYSTEM)
    drafted.use(BalanceChange(euros * EURO, 0, 0), "s-1")
    reload(drafted)
    return drafted.done()


def test_order_awaits_its_payment() -> None:
    """An order is placed, known to the bot, noted and announced as pending."""
    drafted = draft(settled(state(replace(bot(STANDARD), failed_order="ord-0"))))
    place(drafted, funds_order())
    change = drafted.done()

    assert change.placed == (funds_order(),)
    assert (change.after.bot.open_orders, change.after.bot.failed_order) == (("ord-1",), "")
    assert [(a.operation, a.before, a.after["amount"]) for a in change.audit] == [
        ("order.funds", {}, "100.00 EUR")
    ]
    (event,) = change.events
    assert (event.type, event.event_id) == (OutgoingType.PAYMENT_PENDING, "ord-1")
    assert event.data == {
        "order_id": "ord-1",
        "kind": "funds",
        "amount": "100.00 EUR",
        "payment_method": "card",
        "status": "pending",
    }


def test_funds_that_are_paid_become_a_grant() -> None:
    """The payment closes the order, credits its amount, and the card may be charged again."""
    change = ended(placed(settled(state(STANDARD)), funds_order()), funds_order())
    after = change.after

    assert change.closed == (funds_order().paid(NOW),)
    assert after.balance.wallet == Wallet((replace(paid(100, grant_id="ord-1"), granted_at=NOW),))
    assert [(e.reason, e.reference) for e in change.ledger] == [(EntryReason.TOP_UP, "ord-1")]
    assert (after.bot.open_orders, after.bot.card_reference) == ((), "pay-ord-1")
    assert [(e.type, e.data["receipt_number"]) for e in change.events] == [
        (OutgoingType.PAYMENT_SUCCEEDED, "RCT-1")
    ]
    assert [(a.operation, a.before, a.after["status"]) for a in change.audit] == [
        ("payment.paid", {"status": "pending"}, "paid")
    ]


def test_paid_change_of_plan_is_no_credit() -> None:
    """What was paid for a plan is not on the balance."""
    order = funds_order(kind=OrderKind.PLAN_CHANGE)
    change = ended(placed(settled(state(ESSENTIAL)), order), order)

    assert change.after.balance.wallet == Wallet()
    assert change.ledger == ()


def test_bank_transfer_leaves_no_card() -> None:
    """A transfer cannot be repeated without the payer."""
    order = funds_order(method=PaymentMethod.BANK_TRANSFER)

    assert ended(placed(settled(state(STANDARD)), order), order).after.bot.card_reference == ""


def test_failed_payment_is_told_and_remembered() -> None:
    """A payment that fails closes the order, takes no credit, and is shown until something is ordered."""
    change = ended(placed(settled(state(STANDARD)), funds_order()), funds_order(), "card declined")

    assert change.closed == (funds_order().failed("card declined", NOW),)
    assert (change.after.bot.open_orders, change.after.bot.failed_order) == ((), "ord-1")
    assert change.after.balance.wallet == change.before.balance.wallet
    assert [(e.type, e.data["failure"]) for e in change.events] == [
        (OutgoingType.PAYMENT_FAILED, "card declined")
    ]
    assert placed(change.after, funds_order(order_id="ord-2")).bot.failed_order == ""


def test_cancelled_order_is_no_failed_payment() -> None:
    """Whoever gave it up knows: no notice is left of it. Others are told why it has ended."""
    change = ended(placed(settled(state(STANDARD)), funds_order()), funds_order(), CANCELLED)

    assert (change.after.bot.open_orders, change.after.bot.failed_order) == ((), "")
    assert [(e.type, e.data["failure"]) for e in change.events] == [(OutgoingType.PAYMENT_FAILED, CANCELLED)]


@pytest.mark.parametrize("failure", ["", "card declined"])
def test_closed_order_cannot_be_closed_again(failure: str) -> None:
    """A webhook that comes again, or says something else, finds no order waiting."""
    paid_once = ended(placed(settled(state(STANDARD)), funds_order()), funds_order()).after

    with pytest.raises(Conflict, match="the order ord-1 is not awaiting its payment"):
        ended(paid_once, funds_order(), failure)


def test_other_orders_stay_open() -> None:
    """The end of one payment says nothing of another."""
    both = placed(placed(settled(state(STANDARD)), funds_order()), funds_order(order_id="ord-2"))

    assert ended(both, funds_order()).after.bot.open_orders == ("ord-2",)


def test_reload_is_ordered_below_the_threshold() -> None:
    """The settlement that leaves less than the threshold orders funds, by card, in the meter's name."""
    change = reloaded(settled(state(RELOADING, paid(100))), 81)

    (order,) = change.placed
    assert (order.amount_minor, order.currency, order.payment_method) == (100_00, "EUR", PaymentMethod.CARD)
    assert (order.is_reload, order.ordered_by, order.status) == (True, "botmeter", OrderStatus.PENDING)
    assert change.after.bot.open_orders == (order.order_id,)


def test_reload_that_is_computed_again_is_the_same_order() -> None:
    """A settlement repeated after a lost answer does not order twice."""
    before = settled(state(RELOADING, paid(100)))

    assert reloaded(before, 81).placed == reloaded(before, 81).placed


@pytest.mark.parametrize(
    ("of", "euros"),
    [
        pytest.param(state(RELOADING, paid(100)), 80, id="at the threshold"),
        pytest.param(state(replace(RELOADING, auto_reload=None), paid(100)), 100, id="not wanted"),
        pytest.param(state(replace(RELOADING, open_orders=("o",)), paid(100)), 100, id="another is open"),
        pytest.param(
            state(replace(RELOADING, subscription=Subscription.begin(ESSENTIAL, SINCE))), 0, id="other plan"
        ),
        pytest.param(
            state(replace(RELOADING, subscription=Subscription.begin(STANDARD, SINCE, october(2)))),
            0,
            id="plan ended",
        ),
    ],
)
def test_no_reload(of: BotState, euros: int) -> None:
    """Nothing is ordered where enough is left, nobody wants it, a payment is open or no funds are taken."""
    assert reloaded(settled(of), euros).placed == ()


def test_failed_reload_is_not_tried_again() -> None:
    """A card that was declined is not charged again until somebody asks for it."""
    ordered = reloaded(settled(state(RELOADING, paid(100))), 81)
    failed = ended(ordered.after, ordered.placed[0], "card expired").after

    assert failed.bot.auto_reload is None
    assert reloaded(failed, 5).placed == ()


def test_reload_wanted_again_is_another_order() -> None:
    """Once the owner asks for it anew, even with nothing used since, it is a new order and not a conflict."""
    ordered = reloaded(settled(state(RELOADING, paid(100))), 81)
    failed = ended(ordered.after, ordered.placed[0], "card expired").after
    wanted = replace(failed, bot=replace(failed.bot, auto_reload=RELOAD))
    again = reloaded(wanted)
    failed_again = ended(again.after, again.placed[0], "card expired").after
    third = reloaded(replace(failed_again, bot=replace(failed_again.bot, auto_reload=RELOAD)))

    assert len({c.placed[0].order_id for c in (ordered, again, third)}) == 3


def test_failed_funds_leave_auto_reload_alone() -> None:
    """Only a reload that fails switches reloads off."""
    before = placed(settled(state(RELOADING)), funds_order())

    assert ended(before, funds_order(), "card declined").after.bot.auto_reload == RELOAD


@pytest.mark.parametrize(
    ("card", "plan", "wanted", "field", "rule"),
    [
        ("", STANDARD, RELOAD, "payment_method", "a card that has paid for this bot once"),
        ("pay-0", ESSENTIAL, RELOAD, "plan", "Essential takes no funds"),
        ("pay-0", STANDARD, AutoReload(0, 99_99), "amount/amount", "from 100.00 EUR to 20,000.00 EUR"),
        ("pay-0", STANDARD, AutoReload(100_01, 100_00), "threshold/amount", "from 0 to .* 100.00 EUR"),
        ("pay-0", STANDARD, AutoReload(-1, 100_00), "threshold/amount", "from 0 to"),
    ],
)
def test_auto_reload_that_cannot_be(
    card: str, plan: PlanVersion, wanted: AutoReload, field: str, rule: str
) -> None:
    """A reload needs a card that has paid, a plan that takes funds, amount and threshold within limits."""
    with pytest.raises(Refused, match=rule) as refused:
        check_auto_reload(replace(bot(plan), card_reference=card), plan, wanted, [PaymentMethod.CARD])
    assert refused.value.field == field


def test_auto_reload_that_can_be() -> None:
    """A threshold may be anything up to the amount."""
    for threshold in (0, 100_00):
        check_auto_reload(RELOADING, STANDARD, AutoReload(threshold, 100_00), [PaymentMethod.CARD])
