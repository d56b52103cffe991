"""Corrections: lines that were billed and what is rated now, and the difference."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from botmeter.domain.billed import BilledLine
from botmeter.domain.corrections import correct, prorate
from botmeter.domain.fees import fees_of
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.tax import Tax, TaxCategory
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, SINCE, STANDARD, bot
from tests.fakes.states import october
from tests.unit.test_rating import OCTOBER, VAT, fees, rates, sessions

FRENCH = Tax(TaxCategory.STANDARD, 2_000, "FR")
REVERSE = Tax(TaxCategory.REVERSE_CHARGE, 0, "FR")

Shown = tuple[LineKind, int, int, int]


def billed(lines: Iterable[InvoiceLine], *, forgiven: bool = False, tax: Tax = VAT) -> list[BilledLine]:
    return [BilledLine(replace(line, tax=tax), forgiven) for line in lines]


def shown(lines: Iterable[InvoiceLine]) -> list[Shown]:
    return [(line.kind, line.quantity, line.unit_price_micros, line.amount_minor) for line in lines]


def test_correction_is_the_difference() -> None:
    """Lines that say too much are taken back, those that say too little are added to, equal ones left."""
    before = billed(sessions(bot(ESSENTIAL), ESSENTIAL, 8))
    more = sessions(bot(ESSENTIAL), ESSENTIAL, 6, alerts=1)

    assert [(line.kind, line.quantity, line.amount_minor) for line in correct(more, before)] == [
        (LineKind.USAGE, -2, -30),
        (LineKind.INCLUDED_ALERTS, 1, 0),
    ]
    assert correct(more, billed(more)) == []


def test_what_is_not_used_any_more_is_taken_back() -> None:
    """Late events that take all sessions of a plan leave lines with what was billed, below zero."""
    before = billed(sessions(bot(STANDARD), STANDARD, 3, free=200_000))

    assert shown(correct([], before)) == [
        (LineKind.USAGE, -3, 200_000, -60),
        (LineKind.FREE_CREDITS, 1, 200_000, 20),
    ]


def test_discount_is_corrected_by_its_amount() -> None:
    """Free credits count nothing: what they took off more, or less, is one line; the same is none."""
    before = sessions(bot(STANDARD), STANDARD, 3, free=200_000)
    more = sessions(bot(STANDARD), STANDARD, 5, free=700_000)

    assert shown(correct(more, billed(before))) == [
        (LineKind.USAGE, 2, 200_000, 40),
        (LineKind.FREE_CREDITS, -1, 500_000, -50),
    ]
    assert correct(before, billed(before)) == []


def test_discount_that_turned_into_a_charge_is_corrected() -> None:
    """Free credits that got back more than they had paid are charged, whatever was given before."""
    charged = sessions(bot(STANDARD), STANDARD, 3, free=-400_000)

    assert shown(correct(charged, billed(sessions(bot(STANDARD), STANDARD, 3, free=100_000)))) == [
        (LineKind.FREE_CREDITS, 1, 100_000, 10),
        (LineKind.FREE_CREDITS, 1, 400_000, 40),
    ]


def test_fees_are_corrected_by_their_own_rule() -> None:
    """Fee lines are no sessions: the correction of a period leaves them alone."""
    assert correct([], billed(fees(bot(ESSENTIAL), OCTOBER))) == []


def test_sessions_are_given_back_at_the_tax_they_had() -> None:
    """The newest first, and what is more is charged at the tax of now."""
    first = billed(sessions(bot(STANDARD), STANDARD, 3), tax=FRENCH)
    then = billed(sessions(bot(STANDARD), STANDARD, 2), tax=REVERSE)
    fewer, more = sessions(bot(STANDARD), STANDARD, 1), sessions(bot(STANDARD), STANDARD, 9)

    assert [(line.quantity, line.tax) for line in correct(fewer, [*then, *first])] == [
        (-2, REVERSE),
        (-2, FRENCH),
    ]
    assert [(line.quantity, line.tax) for line in correct(more, [*then, *first])] == [(4, VAT)]


def test_more_sessions_than_were_billed_cannot_be_given_back_at_another_tax() -> None:
    """If totals ever fall below what was billed, the rest is taken back as of now."""
    before = billed(sessions(bot(STANDARD), STANDARD, 2), tax=FRENCH)
    negative = [replace(sessions(bot(STANDARD), STANDARD, 1)[0], quantity=-1)]

    assert [(line.quantity, line.tax) for line in correct(negative, before)] == [(-2, FRENCH), (-1, VAT)]


def test_forgiven_sessions_are_given_back_at_no_price() -> None:
    """Nobody had to pay them: their number is corrected, and what they are worth stays known."""
    before = billed(sessions(bot(STANDARD), STANDARD, 5), forgiven=True)
    lines = correct(sessions(bot(STANDARD), STANDARD, 3), before)

    assert shown(lines) == [(LineKind.USAGE, -2, 0, 0)]
    assert [line.forgiven_minor for line in lines] == [-40]


def test_forgiven_sessions_are_given_back_first_and_once() -> None:
    """Two of five are forgiven: of four that go, two are given back; a second look adds nothing."""
    before = [
        *billed(sessions(bot(STANDARD), STANDARD, 2), forgiven=True),
        *billed(sessions(bot(STANDARD), STANDARD, 3)),
    ]
    rated = sessions(bot(STANDARD), STANDARD, 1)
    lines = correct(rated, before)

    assert shown(lines) == [(LineKind.USAGE, -2, 200_000, -40), (LineKind.USAGE, -2, 0, 0)]
    assert correct(rated, [*before, *billed(lines)]) == []
    assert shown(correct([], [*billed(lines), *before])) == [(LineKind.USAGE, -1, 200_000, -20)]


def test_forgiven_discount_is_taken_back_at_no_price() -> None:
    """What was credited with its discount charges nothing when the discount turns out smaller."""
    before = billed(sessions(bot(STANDARD), STANDARD, 3, free=600_000), forgiven=True)
    lines = correct(sessions(bot(STANDARD), STANDARD, 1, free=200_000), before)

    assert shown(lines) == [(LineKind.USAGE, -2, 0, 0), (LineKind.FREE_CREDITS, 1, 0, 0)]
    assert [line.worth_minor for line in lines] == [-40, 40]


def prorated(subscription: Subscription, before: list[BilledLine]) -> list[InvoiceLine]:
    of = replace(bot(ESSENTIAL), subscription=subscription)
    return list(prorate(rates(of), fees_of(subscription, OCTOBER, ACCOUNT.calendar), before))


@pytest.mark.parametrize(
    ("forgiven", "expected"),
    [(False, [(1, 4_838, VAT)]), (True, [(1, 4_838, VAT)])],
)
def test_upgrade_is_charged_though_the_fee_was_forgiven(
    forgiven: bool, expected: list[tuple[int, int, Tax]]
) -> None:
    """What is more than was billed is new."""
    upgraded = Subscription.begin(ESSENTIAL, SINCE).changed(ADVANCED, october(22, 9), october(22, 9))
    lines = prorated(upgraded, billed(fees(bot(ESSENTIAL), OCTOBER), forgiven=forgiven, tax=FRENCH))

    assert [(line.quantity, line.amount_minor, line.tax) for line in lines] == expected
    assert {line.plan for line in lines} == {ADVANCED.ref}


def test_fee_that_was_too_much_is_given_back_at_its_tax() -> None:
    """And at no price if it was credited before."""
    ended = Subscription.begin(STANDARD, SINCE)
    paid = billed(fees(bot(ESSENTIAL), OCTOBER), tax=FRENCH)
    credited = billed(fees(bot(ESSENTIAL), OCTOBER), forgiven=True)

    assert [(one.kind, one.amount_minor, one.tax) for one in prorated(ended, paid)] == [
        (LineKind.PRORATION, -4_900, FRENCH)
    ]
    assert [(one.amount_minor, one.worth_minor) for one in prorated(ended, credited)] == [(0, -4_900)]
    assert prorated(ended, [*credited, *billed(prorated(ended, credited))]) == []


def test_fee_is_given_back_in_the_name_of_the_plan_that_is_left() -> None:
    """After a change to a cheaper plan, it is that plan's proration."""
    cheaper = Subscription.begin(ESSENTIAL, SINCE)

    assert [line.plan for line in prorated(cheaper, billed(fees(bot(ADVANCED), OCTOBER)))] == [ESSENTIAL.ref]
