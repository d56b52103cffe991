"""Drafts: all that was used less all that was billed, and what has paid of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from botmeter.domain.balances import Balance
from botmeter.domain.credits import Wallet
from botmeter.domain.drafts import (
    DayUse,
    counted,
    from_balances,
    from_orders,
    is_unusual,
    new_totals,
    orders_of,
    owed_by_bots,
    use_in,
)
from botmeter.domain.invoices import (
    AppliedPayment,
    BilledTotal,
    Invoice,
    InvoiceStatus,
    IssuedInvoice,
    LineKind,
    PaymentSource,
)
from botmeter.domain.orders import Order, OrderedFee, OrderKind
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.rating import Use
from botmeter.domain.sessions import Unit
from tests.fakes.demo import ACCOUNT, ESSENTIAL, PLANS, STANDARD, TRIAL, bot
from tests.fakes.documents import ISSUED_AT, NOVEMBER, OCTOBER, invoice, line
from tests.fakes.states import funds_order

FIRST, LAST, NEXT = date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)
ORDER, BALANCE = PaymentSource.ORDER, PaymentSource.BALANCE
BOTH = {Unit.USAGE: 2, Unit.ALERT: 1}
DAYS = [
    DayUse(FIRST, "standard@1", BOTH, 150_000),
    DayUse(FIRST, "enterprise@1", BOTH),
    DayUse(LAST, "standard@1", {Unit.USAGE: 3, Unit.ALERT: 0}, 50_000),
    DayUse(NEXT, "standard@1", {Unit.USAGE: 9}, 999_999),
]


def bill(number: str, **changes: object) -> IssuedInvoice:
    return IssuedInvoice(invoice([], number=number, totals=(), **changes), "key")


def applied(*payments: tuple[PaymentSource, str, int]) -> Invoice:
    return invoice([], applied=tuple(AppliedPayment(*one) for one in payments))


def upgrade(amount_minor: int = 4_838, month: BillingPeriod = OCTOBER) -> Order:
    fee = OrderedFee("advanced@1", month, amount_minor)
    return funds_order(order_id="ord-up", kind=OrderKind.PLAN_CHANGE, fee=fee)


def test_invoices_count_until_they_are_replaced() -> None:
    """A void one counts, too; the one that is to be replaced does not, nor one that has been."""
    void = replace(bill("INV-1"), status=InvoiceStatus.VOID)
    old = replace(bill("INV-2"), status=InvoiceStatus.VOID, replaced_by="INV-3")
    issued = [void, old, bill("INV-3")]

    assert [one.number for one in counted(issued)] == ["INV-1", "INV-3"]
    assert [one.number for one in counted(issued, replaces="INV-1")] == ["INV-3"]


def test_use_of_a_period_is_that_of_its_days() -> None:
    """By plan version and unit, with what free credits have paid; units without sessions are left out."""
    assert use_in(DAYS, OCTOBER) == Use(
        {
            ("standard@1", Unit.USAGE): 5,
            ("standard@1", Unit.ALERT): 1,
            ("enterprise@1", Unit.USAGE): 2,
            ("enterprise@1", Unit.ALERT): 1,
        },
        {"standard@1": 200_000, "enterprise@1": 0},
    )


def totals(days: Iterable[DayUse], *billed: BilledTotal) -> list[tuple[str, date, int]]:
    found = new_totals("bot_1", days, PLANS, [OCTOBER], [invoice([], totals=billed)])
    return [(total.unit, total.day, total.sessions) for total in found]


def test_totals_are_the_sessions_that_nothing_has_billed() -> None:
    """Day by day, unit by unit; contracts and days of other periods are left out."""
    assert totals(DAYS) == [(Unit.ALERT, FIRST, 1), (Unit.USAGE, FIRST, 2), (Unit.USAGE, LAST, 3)]


def test_totals_may_take_back() -> None:
    """What was billed and is used no more is negative, what was billed as it is leaves nothing."""
    billed = [
        BilledTotal("bot_1", "standard@1", Unit.USAGE, FIRST, 2),
        BilledTotal("bot_1", "standard@1", Unit.USAGE, date(2026, 10, 2), 4),
        BilledTotal("bot_2", "standard@1", Unit.ALERT, FIRST, 7),
    ]

    assert totals(DAYS, *billed) == [
        (Unit.ALERT, FIRST, 1),
        (Unit.USAGE, date(2026, 10, 2), -4),
        (Unit.USAGE, LAST, 3),
    ]


def test_balances_pay_the_prepaid_lines_of_their_bot() -> None:
    """Less what free credits took off; a balance that paid nothing is not named."""
    prepaid = {"prepaid": True, "unit_price_micros": 200_000}
    lines = [
        line(quantity=3, bot_id="bot_1", **prepaid),
        line(LineKind.FREE_CREDITS, -1, bot_id="bot_1", prepaid=True, unit_price_micros=150_000),
        line(quantity=0, bot_id="bot_2", **prepaid),
        line(quantity=5, bot_id="bot_3"),
    ]

    assert from_balances(lines, [], {}) == [AppliedPayment(BALANCE, "bot_1", 45)]


@pytest.mark.parametrize(
    ("applied_before", "owed_minor", "expected"),
    [(60, 0, 45), (60, 20, 25), (40, 20, 45), (40, 0, 65)],
)
def test_debts_that_no_top_up_pays_are_left_to_the_invoice(
    applied_before: int, owed_minor: int, expected: int
) -> None:
    """All invoices together apply what balances have paid of all lines: all but what is owed now."""
    billed = line(quantity=4, bot_id="bot_1", prepaid=True, unit_price_micros=150_000)
    before = invoice([billed], applied=(AppliedPayment(BALANCE, "bot_1", applied_before),))
    now = line(quantity=3, bot_id="bot_1", prepaid=True, unit_price_micros=150_000)

    applied = from_balances([now], [before], {"bot_1": owed_minor} if owed_minor else {})

    assert applied == [AppliedPayment(BALANCE, "bot_1", expected)]


def test_bots_owe_what_went_below_zero_after_they_left_prepaid() -> None:
    """What a prepaid bot owes is its next top-up's to pay."""
    debt = Balance(Wallet(overdraft_micros=1_504_999))
    left, prepaid, new = bot(ESSENTIAL), bot(STANDARD), bot(TRIAL)
    balances = {left.bot_id: debt, prepaid.bot_id: debt}

    assert owed_by_bots([left, prepaid, new], balances, ISSUED_AT) == {left.bot_id: 150}


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
    billed = [applied((ORDER, "ord-up", before), (BALANCE, "ord-up", 7))] if before else []
    payments = [AppliedPayment(ORDER, "ord-up", expected)] if expected else []

    assert from_orders([order], [OCTOBER], billed) == payments


def test_orders_of_a_period_are_those_placed_in_it() -> None:
    """From its first instant to before its end, the oldest first."""
    start, end = OCTOBER.start(ACCOUNT.calendar), OCTOBER.end(ACCOUNT.calendar)
    second = timedelta(seconds=1)
    placed = [
        replace(funds_order(order_id=name), ordered_at=at)
        for name, at in (
            ("d", end),
            ("c", end - second),
            ("b", start),
            ("a", start),
            ("z", start - second),
        )
    ]

    assert [one.order_id for one in orders_of(placed, OCTOBER, ACCOUNT.calendar)] == ["a", "b", "c"]


def usual(*amounts_minor: int, status: InvoiceStatus = InvoiceStatus.ISSUED) -> list[IssuedInvoice]:
    lines = [line(quantity=1, unit_price_micros=n * 10_000) for n in amounts_minor]
    return [IssuedInvoice(invoice([one]), "key", status=status) for one in lines]


def unusual(amount_minor: int, issued: list[IssuedInvoice]) -> bool:
    (draft,) = usual(amount_minor)
    return is_unusual(draft.invoice, issued)


def test_bill_is_unusual_beyond_ten_times_the_median() -> None:
    """The lower one of two in the middle; the latest six invoices with an amount count."""
    assert not unusual(1_000, usual(100))
    assert unusual(1_001, usual(100))
    assert unusual(1_001, usual(100, 900))
    assert not unusual(9_000, usual(100, 900, 900))
    assert not unusual(9_000, usual(900, 900, 900, 900, 900, 900, *[1] * 20))
    assert unusual(9_001, usual(900, 900, 900, 0, 900, 0, 900, 900, *[9_999] * 20))


def test_first_bill_is_never_unusual() -> None:
    """Nor one after others that came to nothing or are void: there is no usual amount."""
    assert not unusual(1_000_000, [])
    assert not unusual(1_000_000, usual(0, -5))
    assert not unusual(1_000_000, usual(100, status=InvoiceStatus.VOID))
