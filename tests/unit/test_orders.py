"""Orders: their amounts, their ends, their receipts, and which funds may be added."""

from dataclasses import replace

import pytest

from botmeter.domain.errors import Refused
from botmeter.domain.identifiers import derived_id, is_identifier
from botmeter.domain.money import Money
from botmeter.domain.orders import CANCELLED, OrderStatus, check_funds
from botmeter.domain.plans import PlanVersion
from tests.fakes.demo import ESSENTIAL, STANDARD
from tests.fakes.states import EURO, NOW, funds_order


def test_amount_has_its_currency() -> None:
    """An order's amount is in minor units for people, in micro-units for the ledger."""
    assert funds_order(100).money == Money(100_00, "EUR")
    assert funds_order(100).amount_micros == 100 * EURO
    assert funds_order(100, currency="JPY").amount_micros == 10_000 * EURO


def test_paid_order_has_a_receipt() -> None:
    """The receipt's number is the order's; what is not paid has none."""
    order = funds_order(order_id="ord-abc")

    assert order.paid(NOW).receipt_number == "RCT-abc"
    assert [o.receipt_number for o in (order, order.failed("declined", NOW))] == [None, None]


def test_end_of_an_order_is_written_on_it() -> None:
    """Paid or failed, an order says when, and why not."""
    paid, failed = funds_order().paid(NOW), funds_order().failed("declined", NOW)

    assert (paid.status, paid.settled_at, paid.failure) == (OrderStatus.PAID, NOW, "")
    assert (failed.status, failed.settled_at, failed.failure) == (OrderStatus.FAILED, NOW, "declined")


def test_order_that_was_cancelled_says_so() -> None:
    """It has failed like others, but nobody has to be told that a payment did."""
    ends = [funds_order().failed(reason, NOW) for reason in (CANCELLED, "declined", "")]

    assert [order.is_cancelled for order in ends] == [True, False, False]
    assert not funds_order(failure=CANCELLED).is_cancelled


def test_same_parts_give_the_same_id() -> None:
    """An id is derived from what is ordered: the same again, another for anything else."""
    one = derived_id("ord", "acct", "bot")

    assert one == derived_id("ord", "acct", "bot")
    assert one.startswith("ord-")
    assert is_identifier(one)
    assert len({one, derived_id("ord", "acctbot"), derived_id("ord", "bot", "acct")}) == 3


@pytest.mark.parametrize("amount", [100_00, 20_000_00])
def test_funds_within_the_limits(amount: int) -> None:
    """Both limits are allowed."""
    check_funds(STANDARD, Money(amount, "EUR"))


@pytest.mark.parametrize(
    ("plan", "money", "field", "rule"),
    [
        (STANDARD, Money(99_99, "EUR"), "amount/amount", "from 100.00 EUR to 20,000.00 EUR"),
        (STANDARD, Money(20_000_01, "EUR"), "amount/amount", "from 100.00 EUR to 20,000.00 EUR"),
        (STANDARD, Money(100_00, "USD"), "amount/currency", "must be EUR, the currency of the account"),
        (ESSENTIAL, Money(100_00, "EUR"), "plan", "the plan Essential takes no funds"),
        (replace(STANDARD, funds_min_minor=0), Money(0, "EUR"), "amount/amount", "from 0.01 EUR to"),
    ],
)
def test_funds_that_are_refused(plan: PlanVersion, money: Money, field: str, rule: str) -> None:
    """Each refusal names its field and the rule; nothing at all is no funds, whatever the plan's minimum."""
    with pytest.raises(Refused, match=rule) as refused:
        check_funds(plan, money)
    assert refused.value.field == field


def test_field_is_the_callers_name_for_it() -> None:
    """A request that calls its amount otherwise is told so."""
    with pytest.raises(Refused) as refused:
        check_funds(STANDARD, Money(1, "EUR"), "reload")
    assert refused.value.field == "reload/amount"
