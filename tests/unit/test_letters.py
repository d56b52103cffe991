"""Letters: what an invoice is mailed with, in the customer's language, dates and amounts."""

from datetime import date

import pytest

from botmeter.domain.invoices import AppliedPayment, LineKind, PaymentSource
from botmeter.domain.periods import BillingPeriod
from invoice.letters import write_letter
from invoice.wording import WORDS
from invoice.wording.letters import LETTERS
from tests.fakes.documents import OCTOBER, invoice, line

LINES = (line(LineKind.FEE, 1), line(quantity=10), line(quantity=-3, service_period=OCTOBER.previous()))


def test_letter_is_in_german_where_that_is_read() -> None:
    """It names the invoice, its period, and what is to be paid until when."""
    letter = write_letter(invoice(LINES, locale="de-AT"))

    assert letter.subject == "Rechnung INV-2026-000042 von Botmeter Cloud GmbH"
    assert "\N{NO-BREAK SPACE}59,56\nNoch zu zahlen: €\N{NO-BREAK SPACE}59,56" in letter.text
    assert "1.\N{EN DASH}31. Okt. 2026" in letter.text
    assert "Fällig am: 15. November 2026" in letter.text


@pytest.mark.parametrize(("locale", "due_on"), [("en", "15 November 2026"), ("fr-FR", "15 novembre 2026")])
def test_letter_is_in_english_elsewhere(locale: str, due_on: str) -> None:
    """With the customer's own dates; what is in the customer's favour is nothing to pay."""
    paid = AppliedPayment(PaymentSource.BALANCE, "bot_1", 9_000)
    letter = write_letter(invoice(LINES, locale=locale, applied=(paid,), due_on=date(2026, 11, 15)))

    assert letter.subject == "Invoice INV-2026-000042 of Botmeter Cloud GmbH"
    assert f"Due on: {due_on}" in letter.text
    assert "0" in letter.text.partition("Still to pay: ")[2].partition("\n")[0].replace("59", "")


def test_period_that_is_no_calendar_month_is_named_by_its_days() -> None:
    """From the anchor day to the day before the next."""
    letter = write_letter(invoice(LINES, period=BillingPeriod(2026, 10, 15)))

    assert "15 Oct\N{THIN SPACE}\N{EN DASH}\N{THIN SPACE}14 Nov 2026" in letter.text


def test_each_language_of_the_documents_has_a_letter() -> None:
    """What is written in one language has a letter in it."""
    assert set(LETTERS) == set(WORDS)
