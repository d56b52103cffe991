"""What has paid an invoice before it was issued: balances, orders, credits of earlier invoices."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from botmeter.domain.applied import credit_used, from_balances, from_credits, from_orders
from botmeter.domain.billed import Billed, counted
from botmeter.domain.invoices import (
    AppliedPayment,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    IssuedInvoice,
    LineKind,
    PaymentSource,
)
from botmeter.domain.orders import Order, OrderedFee, OrderKind
from botmeter.domain.periods import BillingPeriod
from tests.fakes.documents import ISSUED_AT, NOVEMBER, OCTOBER, invoice, line
from tests.fakes.states import funds_order

BALANCE, CREDIT, ORDER = PaymentSource.BALANCE, PaymentSource.CREDIT, PaymentSource.ORDER


def bill(number: str, **changes: Any) -> IssuedInvoice:
    return IssuedInvoice(invoice([], number=number, totals=()), "key", **changes)


def applied(*payments: tuple[PaymentSource, str, int]) -> Invoice:
    return invoice([], applied=tuple(AppliedPayment(*one) for one in payments))


def upgrade(amount_minor: int = 4_838, month: BillingPeriod = OCTOBER) -> Order:
    fee = OrderedFee("advanced@1", month, amount_minor)
    return funds_order(order_id="ord-up", kind=OrderKind.PLAN_CHANGE, fee=fee)


def prepaid(quantity: int, bot_id: str = "bot_1", **changes: Any) -> InvoiceLine:
    return line(quantity=quantity, bot_id=bot_id, prepaid=True, unit_price_micros=150_000, **changes)


def test_invoices_count_until_they_are_replaced() -> None:
    """A void one counts, too; the one that is to be replaced does not, nor one that has been."""
    void = bill("INV-1", status=InvoiceStatus.VOID)
    old = bill("INV-2", status=InvoiceStatus.VOID, replaced_by="INV-3")
    issued = [void, old, bill("INV-3")]

    assert [one.invoice.number for one in counted(issued)] == ["INV-1", "INV-3"]
    assert [one.invoice.number for one in counted(issued, replaces="INV-1")] == ["INV-3"]


def test_void_invoice_forgives_its_lines_and_gives_its_payments_back() -> None:
    """Of another one, the credited lines are forgiven, and its payments stay."""
    content = invoice([line(), line()], applied=(AppliedPayment(BALANCE, "bot_1", 5),))
    void = Billed(content, is_void=True)
    credited = Billed(content, frozenset({2}))

    assert ([one.forgiven for one in void.lines], void.applied) == ([True, True], ())
    assert [one.forgiven for one in credited.lines] == [False, True]
    assert credited.applied == content.applied


def test_balances_pay_the_prepaid_lines_of_their_bot() -> None:
    """Less what free credits took off; a balance that paid nothing is not named."""
    discount = line(LineKind.FREE_CREDITS, -1, bot_id="bot_1", prepaid=True, unit_price_micros=150_000)
    lines = [prepaid(3), discount, prepaid(0, "bot_2"), line(quantity=5, bot_id="bot_3")]

    assert from_balances(lines, [], {}, "EUR") == [AppliedPayment(BALANCE, "bot_1", 30)]


@pytest.mark.parametrize(
    ("applied_before", "owed_micros", "expected"),
    [(60, 0, 45), (60, 200_000, 25), (40, 200_000, 45), (40, 0, 65)],
)
def test_debts_that_no_top_up_pays_are_left_to_the_invoice(
    applied_before: int, owed_micros: int, expected: int
) -> None:
    """All invoices together apply what balances have paid of all lines: all but what is owed now."""
    before = invoice([prepaid(4)], applied=(AppliedPayment(BALANCE, "bot_1", applied_before),))
    owed = {"bot_1": owed_micros} if owed_micros else {}

    payments = from_balances([prepaid(3)], [Billed(before)], owed, "EUR")

    assert payments == [AppliedPayment(BALANCE, "bot_1", expected)]


def test_what_the_balance_paid_of_a_void_invoice_is_applied_to_the_next() -> None:
    """Nobody has to pay the void one. What late events take back of it went to the balance again."""
    void = Billed(invoice([prepaid(4)], applied=(AppliedPayment(BALANCE, "bot_1", 60),)), is_void=True)
    taken_back = replace(prepaid(-1), unit_price_micros=0, amount_minor=0, forgiven_minor=-15)

    assert from_balances([], [void], {}, "EUR") == [AppliedPayment(BALANCE, "bot_1", 60)]
    assert from_balances([taken_back], [void], {}, "EUR") == [AppliedPayment(BALANCE, "bot_1", 45)]


@pytest.mark.parametrize(
    ("order", "before", "expected"),
    [
        (upgrade(), 0, 4_838),
        (upgrade().paid(ISSUED_AT), 0, 4_838),
        (upgrade(), 4_838, 0),
        (upgrade(month=NOVEMBER), 0, 0),
        (upgrade(month=NOVEMBER), 4_838, 0),
        (upgrade().failed("declined", ISSUED_AT), 0, 0),
        (upgrade().failed("declined", ISSUED_AT), 4_838, -4_838),
        (upgrade(month=NOVEMBER).failed("declined", ISSUED_AT), 4_838, -4_838),
        (funds_order(order_id="ord-up"), 0, 0),
    ],
)
def test_orders_pay_the_fees_they_ask_for(order: Order, before: int, expected: int) -> None:
    """Once, whether paid or still to be; one that fails after all is to be paid by the invoice again."""
    billed = [Billed(applied((ORDER, "ord-up", before), (BALANCE, "ord-up", 7)))] if before else []
    payments = [AppliedPayment(ORDER, "ord-up", expected)] if expected else []

    assert from_orders([order], [OCTOBER], billed) == payments


def test_order_that_fails_does_not_collect_for_a_void_invoice() -> None:
    """Nobody has to pay what it was applied to."""
    void = Billed(applied((ORDER, "ord-up", 4_838)), is_void=True)

    assert from_orders([upgrade().failed("declined", ISSUED_AT)], [OCTOBER], [void]) == []


def in_favour(number: str, credit_minor: int, days: int = 0) -> IssuedInvoice:
    content = invoice([], number=number, issued_at=ISSUED_AT + timedelta(days=days))
    return IssuedInvoice(content, "key", credited_minor=credit_minor)


@pytest.mark.parametrize(
    ("due_minor", "expected"),
    [
        (0, []),
        (-50, []),
        (30, [("INV-1", 30)]),
        (150, [("INV-1", 100), ("INV-2", 50)]),
        (900, [("INV-1", 100), ("INV-2", 70)]),
    ],
)
def test_credits_pay_what_is_due_and_no_more(due_minor: int, expected: list[tuple[str, int]]) -> None:
    """The oldest first."""
    issued = [in_favour("INV-2", 70, days=1), in_favour("INV-1", 100)]
    payments = [AppliedPayment(CREDIT, number, amount) for number, amount in expected]

    assert from_credits(issued, [], due_minor) == payments


def test_credit_is_taken_off_once() -> None:
    """What is left of it the next time; what was paid out meanwhile is to be paid after all."""
    before = Billed(applied((CREDIT, "INV-1", 60)))

    assert from_credits([in_favour("INV-1", 100)], [before], 900) == [AppliedPayment(CREDIT, "INV-1", 40)]
    assert from_credits([in_favour("INV-1", 0)], [before], 900) == [AppliedPayment(CREDIT, "INV-1", -60)]
    assert credit_used("INV-1", [before, Billed(applied((CREDIT, "INV-2", 5)))]) == 60
