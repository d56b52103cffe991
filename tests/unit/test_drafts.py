"""Drafts: all that was used less all that was billed, and what has paid of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from botmeter.domain.balances import Balance
from botmeter.domain.billed import Billed, totals_by_bot
from botmeter.domain.credits import Wallet
from botmeter.domain.drafts import DayUse, debts, is_unusual, new_totals, orders_of, price_of, use_in
from botmeter.domain.invoices import BilledTotal, InvoiceStatus, IssuedInvoice
from botmeter.domain.rating import Use
from botmeter.domain.sessions import Unit
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, PLANS, STANDARD, TRIAL, bot
from tests.fakes.documents import ISSUED_AT, OCTOBER, invoice, line
from tests.fakes.states import funds_order

FIRST, LAST, NEXT = date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)
BOTH = {Unit.USAGE: 2, Unit.ALERT: 1}
DAYS = [
    DayUse(FIRST, "standard@1", BOTH, 150_000),
    DayUse(FIRST, "enterprise@1", BOTH),
    DayUse(LAST, "standard@1", {Unit.USAGE: 3, Unit.ALERT: 0}, 50_000),
    DayUse(NEXT, "standard@1", {Unit.USAGE: 9}, 999_999),
]


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
    found = new_totals(
        "bot_1", days, PLANS, [OCTOBER], totals_by_bot([Billed(invoice([], totals=billed))])["bot_1"]
    )
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


def test_bots_owe_what_went_below_zero_after_they_left_prepaid() -> None:
    """What a prepaid bot owes is its next top-up's to pay; one that owes nothing is not named."""
    debt = Balance(Wallet(overdraft_micros=1_504_999))
    left, prepaid, new = bot(ESSENTIAL), bot(STANDARD), bot(TRIAL)
    balances = {left.bot_id: debt, prepaid.bot_id: debt, new.bot_id: Balance()}

    assert list(debts([left, prepaid, new, bot(ADVANCED)], balances, ISSUED_AT)) == [(left, 1_504_999)]


def test_price_of_days_is_what_they_took_from_the_bot_s_own_balance() -> None:
    """Prepaid sessions, less what free credits have paid; other plans take nothing."""
    assert price_of(DAYS[:3], PLANS) == 2 * 200_000 + 50_000 - 150_000 + 3 * 200_000 - 50_000


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
