"""Documents in the customer's language: words, dates, numbers and decimals."""

import dataclasses
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import pytest

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice, LineKind, PaymentSource
from botmeter.domain.orders import OrderKind, OrderStatus, PaymentMethod
from botmeter.domain.parties import Address
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.tax import TaxCategory
from invoice.charges import BEYOND
from invoice.language import language_of
from invoice.wording import WORDS, Words
from tests.fakes.documents import OCTOBER, REVERSE_CHARGE, credit_note, invoice, line
from tests.integration.pdf import reader_of, text_of

SEPTEMBER = OCTOBER.previous()
GERMAN = invoice(
    [
        line(LineKind.FEE, 1, service_period=OCTOBER.next()),
        line(LineKind.PRORATION, 1, service_period=OCTOBER, days=12, amount_minor=18_97),
        line(LineKind.USAGE, 1_234_567, unit_price_micros=12_500),
        line(LineKind.USAGE, -3, service_period=SEPTEMBER),
        line(LineKind.USAGE, 2_600, prepaid=True),
    ],
    locale="de-DE",
    replaces="INV-2026-000040",
)

# What is read in a mapping, and which members it has to have.
MEMBERS: Mapping[str, set[StrEnum]] = {
    "charges": set(LineKind),
    "beyond": set(BEYOND.values()),
    "adjustments": {kind for kind in LineKind if not kind.is_fee},
    "tax_names": set(TaxCategory),
    "tax_labels": set(TaxCategory),
    "tax_remarks": set(TaxCategory),
    "applied": set(PaymentSource),
    "order_kinds": set(OrderKind),
    "order_methods": set(PaymentMethod),
    "order_statuses": set(OrderStatus),
}


@pytest.mark.parametrize(
    "words",
    [
        "Rechnung INV-2026-000042",
        "Rechnungsempfänger Ωmega Жуков GmbH Hauptstraße 1 Hinterhaus 10115 Berlin Deutschland",
        "Rechnungsdatum 1. November 2026",
        "Fällig am 15. November 2026",
        "Leistungszeitraum 1.\N{EN DASH}31. Okt. 2026",
        "Ihre USt-IdNr. DE123456788",
        "Ersetzt Rechnung INV-2026-000040",
        "Pos. Beschreibung Menge Einzelpreis USt. Netto (EUR)",
        "1 Monatsgebühr Essential, November 2026 1 49,00 19 % 49,00",
        "2 Monatsgebühr Essential, Oktober 2026: Differenz 12 von 31 Tagen 1 49,00 19 % 18,97",
        "3 Nutzungssitzungen, Oktober 2026 1.234.567 0,0125 19 % 15.432,09",
        "4 Korrektur für September 2026: Nutzungssitzungen -3 0,15 19 % -0,45",
        "5 Nutzungssitzungen, Oktober 2026 aus Guthaben bezahlt 2.600 0,15 19 % 390,00",
        "Nettobetrag 15.889,61 €",
        "USt. 19 % auf 15.889,61 € 3.019,03 €",
        "Gesamtbetrag 18.908,64 €",
        "Zu zahlen 18.908,64 €",
        "Bitte überweisen Sie den Betrag bis zum 15. November 2026",
        "Verwendungszweck INV-2026-000042",
        "Sitzungen nach Tagen, Oktober 2026",
        "Steuernummer 27/123/45678",
        "Seite 1 von",
    ],
)
def test_an_invoice_in_german(words: str) -> None:
    """A German reads the terms that an accountant uses, with German numbers and dates."""
    assert words in text_of(GERMAN)


def test_a_credit_note_in_german() -> None:
    """It is no `Gutschrift`, which in German VAT law is something else."""
    text = text_of(credit_note(GERMAN, 3))

    assert "Rechnungskorrektur CN-2026-000007" in text
    assert "Zu Rechnung INV-2026-000042 vom 1. November 2026" in text
    assert "Zu Ihren Gunsten 18.364,19 €" in text
    assert "Gutschrift" not in text


def test_reverse_charge_in_german() -> None:
    """The remark that German law asks for."""
    text = text_of(invoice([line(tax=REVERSE_CHARGE)], locale="de"))

    assert "Steuerschuldnerschaft des Leistungsempfängers" in text


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en-US", "Issue date November 1, 2026"),
        ("fr-FR", "Issue date 1 novembre 2026"),
        ("fr-FR", "Hinterhaus 10115 Berlin Allemagne"),
        ("fr-FR", "Usage sessions, octobre 2026 1 234 567 0,15 19 % 185 185,05"),
        ("de-CH", "Zu zahlen CHF 220\N{RIGHT SINGLE QUOTATION MARK}370.21"),
        ("ja-JP", "Issue date 1 November 2026"),
        ("xx", "Issue date 1 November 2026"),
        ("", "Issue date 1 November 2026"),
        ("pt-XX", "Issue date 1 de novembro de 2026"),
    ],
)
def test_other_languages(locale: str, written: str) -> None:
    """Others get English words and their own formats, as far as the font has the letters for them."""
    currency = "CHF" if locale == "de-CH" else "EUR"
    text = text_of(invoice([line(quantity=1_234_567, currency=currency)], locale=locale, currency=currency))

    assert written in text


@pytest.mark.parametrize(
    ("locale", "tag"), [("en", "en"), ("en-GB", "en-GB"), ("de-AT", "de-AT"), ("fr", "en"), ("ar", "en")]
)
def test_the_language_of_the_document(locale: str, tag: str) -> None:
    """The document says in which language its words are, which may not be the customer's."""
    assert str(reader_of(invoice(locale=locale)).root_object["/Lang"]) == tag


@pytest.mark.parametrize(
    ("currency", "row", "due"),
    [
        ("EUR", "1,001 1.25 19% 1,251.25", "€1,488.99"),
        ("JPY", "1,001 1.25 19% 1,251", "JP¥1,489"),
        ("KWD", "1,001 1.250 19% 1,251.250", "KWD 1,488.988"),
        # Unicode's own table gives it no decimals, ISO 4217 three.
        ("IQD", "1,001 1.250 19% 1,251.250", "IQD 1,488.988"),
    ],
)
@pytest.mark.parametrize("locale", ["en", "de"])
def test_amounts_have_the_decimals_of_their_currency(currency: str, row: str, due: str, locale: str) -> None:
    """Yen have none, euros two, dinars three; a unit price has those it needs."""
    of = invoice(
        [line(quantity=1_001, unit_price_micros=1_250_000, currency=currency)],
        currency=currency,
        locale=locale,
    )
    text = text_of(of)
    if locale == "de":
        text = text.translate(str.maketrans(",.", ".,")).replace("19 %", "19%")
        due = f"{due.removeprefix('€')} €" if currency == "EUR" else re.split("[¥ ]", due)[-1]

    assert row in text
    assert due in text


@pytest.mark.parametrize("minor", [0, 1, 99, 100, 123_456_789_012_345_678_90, -5])
def test_amounts_are_exact(minor: int) -> None:
    """No amount is so large or so small that a digit changes."""
    written = language_of("en").amount(minor, "EUR")

    assert int(written.replace(",", "").replace(".", "")) == minor


def test_addresses_are_ordered_by_country() -> None:
    """The postal code is where the post of the country expects it; an unknown country stays a code."""
    language = language_of("en")

    assert language.address(Address(("1 Main St",), "94105", "San Francisco", "US")) == [
        "1 Main St",
        "San Francisco 94105",
        "United States",
    ]
    assert language.address(Address((), "", "Nowhere", "QX")) == ["Nowhere", "QX"]


@pytest.mark.parametrize("code", WORDS)
def test_the_words_of_a_language_are_complete(code: str) -> None:
    """Every language has a word for everything, with the same places to fill in."""
    for field in dataclasses.fields(Words):
        ours, english = getattr(WORDS[code], field.name), getattr(WORDS["en"], field.name)
        if isinstance(ours, str):
            ours, english = {"": ours}, {"": english}
        else:
            assert set(ours) == MEMBERS[field.name], field.name
        for key, text in ours.items():
            assert bool(text) == bool(english[key]), (field.name, key)
            assert placeholders(text) == placeholders(english[key]), (field.name, key)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("of", [GERMAN, credit_note(GERMAN)])
def test_german_documents_have_no_english(of: Invoice | CreditNote) -> None:
    """No English word slipped into a template."""
    text = text_of(of)

    assert not re.search(r"\b(Invoice|Page|VAT|Total|Amount|Number|sessions|Subtotal|Order)\b", text)


def test_every_month_has_a_name() -> None:
    """Months are written in the locale's own words, whatever the process's locale is."""
    months = {language_of("de").month(BillingPeriod(2026, month)) for month in range(1, 13)}

    assert len(months) == 12
    assert "März 2026" in months
    assert language_of("de").short_day(date(2026, 3, 1)) == "01.03.2026"
