"""Letters: what an invoice is mailed with, in the customer's language, dates and amounts."""

import pytest

from botmeter.domain.invoices import AppliedPayment, LineKind, PaymentSource
from invoice.letters import write_letter
from tests.fakes.documents import NOVEMBER, OCTOBER, invoice, line

LINES = (line(LineKind.FEE, 1), line(quantity=10), line(quantity=-3, service_period=OCTOBER.previous()))


def test_letter_is_in_german_where_that_is_read() -> None:
    """It names the invoice, its period, and what is to be paid until when."""
    letter = write_letter(invoice(LINES, locale="de-AT"))

    assert letter.subject == "Rechnung INV-2026-000042 von Botmeter Cloud GmbH"
    assert "Zeitraum 1.–31. Okt. 2026" in letter.text
    assert "Gesamtbetrag: € 59,56\nNoch zu zahlen: € 59,56\nFällig am: 15. November 2026" in letter.text


@pytest.mark.parametrize("locale", ["en", "en-GB", "fr-FR", "den"])
def test_letter_is_in_english_elsewhere(locale: str) -> None:
    """What is in the customer's favour is nothing to pay."""
    paid = AppliedPayment(PaymentSource.BALANCE, "bot_1", 9_000)
    letter = write_letter(invoice(LINES, locale=locale, applied=(paid,), period=NOVEMBER))

    assert letter.subject == "Invoice INV-2026-000042 of Botmeter Cloud GmbH"
    assert "for 2026-11-01 to 2026-11-30" in letter.text
    assert "Total: 59.56 EUR\nStill to pay: 0.00 EUR" in letter.text
