"""E-invoices of any amounts keep the rules of the standard and say what the domain says."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind
from botmeter.domain.money import round_to_minor
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.tax import Tax, TaxCategory
from tests.fakes.documents import credit_note, invoice, line
from tests.fakes.einvoice_cases import applied
from tests.fakes.einvoices import SYNTAXES, amounts_of, broken_rules, read_back

# The official BR-CO-17 takes a rate below half a percent for zero, so none is made up: no country has one.
RATED = st.integers(100, 3_000).map(lambda rate: Tax(TaxCategory.STANDARD, rate, "DE"))
UNRATED = st.sampled_from([one for one in TaxCategory if one is not TaxCategory.STANDARD])
TAXES = RATED | UNRATED.map(lambda category: Tax(category, 0, "DE"))


@st.composite
def lines(draw: Any, currency: str) -> InvoiceLine:
    """A line of any kind, quantity, price, tax, period and name."""
    return line(
        draw(st.sampled_from(LineKind)),
        draw(st.integers(-1_000_000, 1_000_000)),
        unit_price_micros=draw(st.integers(0, 10**9)),
        currency=currency,
        tax=draw(TAXES),
        service_period=BillingPeriod(2026, draw(st.integers(1, 12))),
        bot_name=draw(st.text(max_size=20)),
        prepaid=draw(st.booleans()),
    )


@st.composite
def invoices(draw: Any) -> Invoice:
    """An invoice of a few lines, with or without something paid before."""
    currency = draw(st.sampled_from(["EUR", "JPY", "USD", "CHF"]))
    charged = draw(st.lists(lines(currency), min_size=1, max_size=5))
    paid = draw(st.just(()) | st.integers(-(10**9), 10**9).map(applied))
    return invoice(charged, currency=currency, applied=paid)


@st.composite
def credit_notes(draw: Any) -> CreditNote:
    """A credit note for some lines of an invoice."""
    of = draw(invoices())
    numbers = draw(st.sets(st.integers(1, len(of.lines)), min_size=1))
    return credit_note(of, *sorted(numbers))


@given(invoices() | credit_notes())
@settings(max_examples=60)
def test_any_document_keeps_the_official_rules(document: Invoice | CreditNote) -> None:
    """Whatever is charged or credited, the arithmetic rules of the standard hold in both syntaxes."""
    assert broken_rules(document) == []


@given(invoices() | credit_notes())
@settings(max_examples=60)
def test_any_amount_is_read_back_exactly(document: Invoice | CreditNote) -> None:
    """Both syntaxes say the domain's amounts, and each line's net is its quantity at its price."""
    for syntax in SYNTAXES:
        read = read_back(document, syntax)
        assert read == amounts_of(document)
        for _, quantity, price_micros, net in read.lines:
            assert net == round_to_minor(quantity * price_micros, read.currency)
