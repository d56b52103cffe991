"""Invoices: what they say, what they come to, and what becomes of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.errors import Conflict
from botmeter.domain.invoices import (
    AppliedPayment,
    InvoiceStatus,
    IssuedInvoice,
    LineKind,
    PaymentSource,
    document_number,
)
from botmeter.domain.sessions import Unit
from botmeter.domain.tax import TaxTotal
from tests.fakes.documents import GERMAN, ISSUED_AT, OCTOBER, invoice, line

LATER = ISSUED_AT + timedelta(days=9)
LINES = (line(LineKind.FEE, 1), line(quantity=10), line(quantity=-3, service_period=OCTOBER.previous()))


def issued(*, applied_minor: int = 0) -> IssuedInvoice:
    """49.00 and 1.05 net, 9.51 of tax, less what is applied."""
    payments = (AppliedPayment(PaymentSource.ORDER, "ord-1", applied_minor),) if applied_minor else ()
    return IssuedInvoice(invoice(LINES, applied=payments), "invoices/acct_omega/INV-2026-000042")


def test_sums_are_sums_of_rounded_lines() -> None:
    """Net, tax, total, applied and due add up; a line below zero takes off."""
    one = issued(applied_minor=1_000).invoice

    assert [of.amount_minor for of in one.lines] == [4_900, 150, -45]
    assert one.taxes == (TaxTotal(GERMAN, 5_005, 951),)
    assert (one.net_minor, one.tax_minor, one.total_minor) == (5_005, 951, 5_956)
    assert (one.applied_minor, one.due_minor) == (1_000, 4_956)


def test_adjustment_is_for_sessions_of_an_earlier_period() -> None:
    """A fee of an earlier period is a proration, sessions of the period are its own."""
    one = issued().invoice
    late_fee = line(LineKind.PRORATION, 1, service_period=OCTOBER.previous())

    assert [one.is_adjustment(of) for of in (*one.lines, late_fee)] == [False, False, True, False]


def test_kinds_of_lines_count_sessions_or_nothing() -> None:
    """Fees and free credits count none; every other kind counts those of one unit."""
    assert {kind: kind.unit for kind in LineKind} == {
        LineKind.FEE: None,
        LineKind.PRORATION: None,
        LineKind.INCLUDED_USAGE: Unit.USAGE,
        LineKind.USAGE: Unit.USAGE,
        LineKind.INCLUDED_ALERTS: Unit.ALERT,
        LineKind.ALERTS: Unit.ALERT,
        LineKind.FREE_CREDITS: None,
    }
    assert [kind for kind in LineKind if kind.is_fee] == [LineKind.FEE, LineKind.PRORATION]


def test_numbers_begin_with_one_in_each_year() -> None:
    """Prefix, year and sequence; there is no number before the first."""
    assert document_number("INV", 2026, 1) == "INV-2026-000001"
    assert document_number("CN", 2027, 1_234_567) == "CN-2027-1234567"
    with pytest.raises(ValueError, match="sequence"):
        document_number("INV", 2026, 0)


def test_issued_invoice_is_open_until_it_is_paid() -> None:
    """What is open is what is due, less what was credited; nothing once it is paid, or in favour."""
    one = issued()

    assert one.open_minor == 5_956
    assert replace(one, credited_minor=1_000).open_minor == 4_956
    assert replace(one, credited_minor=6_000).open_minor == 0
    assert one.paid("bank-1", LATER).open_minor == 0
    assert issued(applied_minor=9_000).open_minor == 0


def test_payment_is_noted_once() -> None:
    """The same payment again changes nothing; another one, or one of a void invoice, is a conflict."""
    paid = issued().paid("bank-1", LATER)

    assert (paid.status, paid.status_at, paid.payment_reference) == (InvoiceStatus.PAID, LATER, "bank-1")
    assert paid.revision == issued().revision + 1
    assert paid.paid("bank-1", LATER + timedelta(1)) is paid
    with pytest.raises(Conflict, match="is paid already"):
        paid.paid("bank-2", LATER)
    with pytest.raises(Conflict, match="is void"):
        issued().voided("wrong", LATER).paid("bank-1", LATER)


def test_invoice_is_made_void_once() -> None:
    """With the first reason, as long as neither payment nor credit note has been made of it."""
    void = issued().voided("wrong customer", LATER)

    assert (void.status, void.status_at, void.reason) == (InvoiceStatus.VOID, LATER, "wrong customer")
    assert void.revision == issued().revision + 1
    assert void.voided("something else", LATER) is void
    for one in (issued().paid("bank-1", LATER), replace(issued(), credited_lines=frozenset({1}))):
        with pytest.raises(Conflict, match="correct it by a credit note"):
            one.voided("wrong customer", LATER)


def test_invoice_that_nothing_was_due_of_may_be_made_void() -> None:
    """Nobody has paid it: it was paid from the beginning."""
    free = replace(issued(), status=InvoiceStatus.PAID)

    assert free.voided("wrong customer", LATER).status is InvoiceStatus.VOID


@pytest.mark.parametrize(
    ("paid_minor", "credited_minor", "refunded_minor", "expected"),
    [(0, 0, 0, 0), (0, 1_000, 0, 0), (0, 6_000, 0, 44), (5_956, 1_000, 0, 1_000), (5_956, 1_000, 400, 600)],
)
def test_what_is_given_beyond_what_is_due_is_in_the_customer_s_favour(
    paid_minor: int, credited_minor: int, refunded_minor: int, expected: int
) -> None:
    """Payment and credit notes together, less what was paid out."""
    one = replace(
        issued(), paid_minor=paid_minor, credited_minor=credited_minor, refunded_minor=refunded_minor
    )

    assert one.credit_minor == expected


def test_invoice_below_zero_is_in_the_customer_s_favour_until_it_is_void() -> None:
    """Nothing is left of a void one."""
    below = issued(applied_minor=9_000)

    assert below.credit_minor == 9_000 - 5_956
    assert below.voided("wrong", LATER).credit_minor == 0


def test_credit_is_paid_out_once() -> None:
    """The same payment again changes nothing; where nothing is in favour, none is."""
    below = issued(applied_minor=9_000)
    refunded = below.refunded(below.credit_minor, "bank-2")

    assert (refunded.credit_minor, refunded.refund_reference) == (0, "bank-2")
    assert refunded.refunded(0, "bank-2") is refunded
    with pytest.raises(Conflict, match="nothing to pay out"):
        refunded.refunded(0, "bank-3")


def test_payment_is_what_was_open() -> None:
    """Less what was credited before."""
    paid = replace(issued(), credited_minor=956).paid("bank-1", LATER)

    assert (paid.paid_minor, paid.credit_minor, paid.open_minor) == (5_000, 0, 0)
