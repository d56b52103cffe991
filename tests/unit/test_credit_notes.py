"""Credit notes: an invoice is taken back whole or by line, each line once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from botmeter.domain.credit_notes import credit, credited
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice, LineKind
from botmeter.domain.tax import TaxTotal
from tests.fakes.documents import GERMAN, REVERSE_CHARGE, invoice, line

# 9 November, half past midnight, in Berlin.
NOW = datetime(2026, 11, 8, 23, 30, tzinfo=UTC)
# Two cents each: 19 % of one is nothing, of three one cent, of four one.
PENNY: dict[str, Any] = {"unit_price_micros": 20_000}
LINES = (
    line(LineKind.FEE, 1),
    line(quantity=1, **PENNY),
    line(quantity=1, **PENNY),
    line(quantity=2, tax=REVERSE_CHARGE),
)


def issued() -> IssuedInvoice:
    return IssuedInvoice(invoice(LINES), "key")


def test_whole_invoice_is_credited_where_no_line_is_named() -> None:
    """Net, tax and total are the invoice's; the day is the seller's."""
    note = credit(issued(), None, "never wanted", NOW)

    assert (note.number, note.line_numbers, note.reason) == ("", (1, 2, 3, 4), "never wanted")
    assert note.lines == issued().invoice.lines
    assert (note.net_minor, note.tax_minor) == (issued().invoice.net_minor, issued().invoice.tax_minor)
    assert note.total_minor == issued().invoice.total_minor
    assert (note.issued_at, note.issued_on) == (NOW, date(2026, 11, 9))


def test_lines_are_credited_in_order_and_the_rest_by_the_next_note() -> None:
    """A note without lines takes what is left."""
    first = credit(issued(), [3, 1, 3], "a mistake", NOW)
    second = credit(credited(first, NOW), None, "all of it", NOW)

    assert (first.line_numbers, second.line_numbers) == ((1, 3), (2, 4))
    assert (
        credited(second, NOW).credited_minor
        == issued().invoice.total_minor
        == (first.total_minor + second.total_minor)
    )


def test_tax_of_notes_is_that_of_the_invoice_together() -> None:
    """The tax of a line alone may be none: what is missing comes with the last of them."""
    first = credit(issued(), [2], "a", NOW)
    second = credit(credited(first, NOW), [3], "b", NOW)

    assert first.taxes == (TaxTotal(GERMAN, 2, 0),)
    assert second.taxes == (TaxTotal(GERMAN, 2, 1),)


def test_credit_of_all_that_was_open_pays_the_invoice() -> None:
    """What is left to pay is less; as soon as it is nothing, the invoice is paid."""
    part = credited(credit(issued(), [1], "a", NOW), NOW)
    whole = credited(credit(part, None, "b", NOW), NOW)

    assert (part.status, part.credited_lines, part.revision) == (InvoiceStatus.ISSUED, frozenset({1}), 2)
    assert part.open_minor == part.invoice.due_minor - part.credited_minor
    assert (whole.status, whole.status_at, whole.payment_reference) == (InvoiceStatus.PAID, NOW, "")


def test_credit_of_a_paid_invoice_leaves_it_paid() -> None:
    """The customer gets money back; when it was paid does not change."""
    paid = issued().paid("bank-1", NOW.replace(day=1))
    after = credited(credit(paid, None, "a", NOW), NOW)

    assert (after.status, after.status_at, after.payment_reference) == (
        InvoiceStatus.PAID,
        NOW.replace(day=1),
        "bank-1",
    )


@pytest.mark.parametrize("number", [0, 5, -1])
def test_line_that_there_is_not_is_refused(number: int) -> None:
    """Lines are counted from one."""
    with pytest.raises(Refused, match="from 1 to 4"):
        credit(issued(), [1, number], "a", NOW)


def test_line_is_credited_once() -> None:
    """Nor is there anything to credit once all lines are, or of a void invoice."""
    part = credited(credit(issued(), [1], "a", NOW), NOW)
    whole = credited(credit(part, None, "b", NOW), NOW)

    for of, lines in ((part, [1, 2]), (part, []), (whole, None)):
        with pytest.raises(Conflict, match="credited already"):
            credit(of, lines, "again", NOW)
    with pytest.raises(Conflict, match="is void"):
        credit(issued().voided("wrong", NOW), None, "a", NOW)
