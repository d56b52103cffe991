"""The history of an account: the day and the status of what is in it."""

from datetime import UTC, date, datetime

import pytest

from botmeter.domain.credit_notes import IssuedCreditNote, credit
from botmeter.domain.history import ENTRY_STATUSES, BilledOrder, Entry, billing_day, entry_status
from botmeter.domain.invoices import InvoiceStatus, IssuedInvoice
from botmeter.domain.orders import OrderStatus
from tests.fakes.demo import ACCOUNT
from tests.fakes.documents import invoice, line
from tests.fakes.states import funds_order

# The next year has begun in Berlin.
NEW_YEAR_S_EVE = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
ORDER = BilledOrder(funds_order(ordered_at=NEW_YEAR_S_EVE), None)
INVOICE = IssuedInvoice(invoice([line()]), "key")
NOTE = IssuedCreditNote(credit(INVOICE, None, "a test", NEW_YEAR_S_EVE), "key")


@pytest.mark.parametrize(
    ("entry", "day"),
    [(ORDER, date(2027, 1, 1)), (INVOICE, INVOICE.invoice.issued_on), (NOTE, NOTE.note.issued_on)],
)
def test_day_is_the_printed_one_or_the_account_s(entry: Entry, day: date) -> None:
    """An order is on no paper: its day is that of the account in which it was placed."""
    assert billing_day(entry, ACCOUNT.calendar) == day


@pytest.mark.parametrize(
    ("entry", "status"), [(ORDER, OrderStatus.PENDING), (INVOICE, InvoiceStatus.ISSUED), (NOTE, None)]
)
def test_credit_note_has_no_status(entry: Entry, status: OrderStatus | InvoiceStatus | None) -> None:
    """Orders and invoices have theirs."""
    assert entry_status(entry) == status


def test_statuses_are_those_of_orders_and_of_invoices() -> None:
    """Each word once, and not that of a draft, which is nowhere in the history."""
    assert ENTRY_STATUSES == ("pending", "paid", "failed", "issued", "void")
