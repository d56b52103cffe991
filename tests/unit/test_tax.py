"""Which tax applies to whom, and what the tax of an invoice is."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from botmeter.domain.errors import Refused
from botmeter.domain.parties import CustomerKind
from botmeter.domain.tax import Tax, TaxCategory, TaxRate, TaxTable, TaxTotal, tax_for, tax_on, tax_totals
from tests.fakes.demo import CUSTOMER, SELLER

DAY = date(2026, 10, 5)
LONG_AGO = date(2007, 1, 1)
TABLE = TaxTable(
    {
        "DE": (TaxRate(LONG_AGO, 1900), TaxRate(date(2020, 7, 1), 1600), TaxRate(date(2021, 1, 1), 1900)),
        "FR": (TaxRate(LONG_AGO, 2000),),
        "CH": (TaxRate(LONG_AGO, 770), TaxRate(date(2024, 1, 1), 810)),
        "KW": (TaxRate(LONG_AGO, 0),),
    },
    frozenset({"DE", "FR"}),
)
BUSINESS, CONSUMER = CustomerKind.BUSINESS, CustomerKind.CONSUMER
GERMAN, FRENCH = Tax(TaxCategory.STANDARD, 1900, "DE"), Tax(TaxCategory.STANDARD, 2000, "FR")
REVERSED = Tax(TaxCategory.REVERSE_CHARGE, 0, "FR")


def of(home: str, abroad: str, kind: CustomerKind, vat_id: str, day: date = DAY) -> Tax:
    """What a seller in one country charges a customer in another."""
    seller = replace(SELLER, address=replace(SELLER.address, country=home))
    address = replace(CUSTOMER.address, country=abroad)
    return tax_for(TABLE, seller, replace(CUSTOMER, address=address, kind=kind, vat_id=vat_id), day)


@pytest.mark.parametrize(
    ("home", "abroad", "kind", "vat_id", "tax"),
    [
        ("DE", "DE", BUSINESS, "DE123456788", GERMAN),
        ("DE", "DE", BUSINESS, "", GERMAN),
        ("DE", "DE", CONSUMER, "", GERMAN),
        ("DE", "FR", BUSINESS, "FR40303265045", REVERSED),
        ("DE", "FR", BUSINESS, "", FRENCH),
        ("DE", "FR", CONSUMER, "", FRENCH),
        ("DE", "FR", CONSUMER, "FR40303265045", FRENCH),
        ("DE", "CH", BUSINESS, "CHE107787577MWST", Tax(TaxCategory.EXPORT, 0, "CH")),
        ("DE", "CH", CONSUMER, "", Tax(TaxCategory.EXPORT, 0, "CH")),
        ("CH", "DE", BUSINESS, "DE123456788", Tax(TaxCategory.EXPORT, 0, "DE")),
        ("CH", "CH", CONSUMER, "", Tax(TaxCategory.STANDARD, 810, "CH")),
        ("CH", "US", CONSUMER, "", Tax(TaxCategory.EXPORT, 0, "US")),
        ("KW", "KW", BUSINESS, "", Tax(TaxCategory.ZERO, 0, "KW")),
        ("KW", "DE", CONSUMER, "", Tax(TaxCategory.EXPORT, 0, "DE")),
    ],
)
def test_place_of_supply_decides(home: str, abroad: str, kind: CustomerKind, vat_id: str, tax: Tax) -> None:
    """At home the domestic rate; in the VAT area reverse charge or the customer's rate; beyond, export."""
    assert of(home, abroad, kind, vat_id) == tax


@pytest.mark.parametrize(
    ("day", "rate_bp"),
    [
        (date(2020, 6, 30), 1900),
        (date(2020, 7, 1), 1600),
        (date(2020, 12, 31), 1600),
        (date(2021, 1, 1), 1900),
    ],
)
def test_rate_changes_with_its_day(day: date, rate_bp: int) -> None:
    """A rate applies from its first day on, to the day before the next one's."""
    assert of("DE", "DE", BUSINESS, "", day).rate_bp == rate_bp


def test_order_of_the_rates_does_not_matter() -> None:
    """The latest that is valid counts, wherever it stands."""
    shuffled = TaxTable({"DE": TABLE.rates["DE"][::-1]}, TABLE.vat_area)

    assert shuffled.rate("DE", date(2020, 8, 1)).rate_bp == 1600


@pytest.mark.parametrize(("home", "day"), [("US", DAY), ("DE", date(2006, 12, 31))])
def test_country_without_a_rate_is_refused(home: str, day: date) -> None:
    """Nothing is billed untaxed by mistake: no row, or none yet, stops the bill."""
    with pytest.raises(Refused, match=f"tax: the table of tax rates has none for {home} on {day}"):
        of(home, home, BUSINESS, "", day)


# ----------------------------------------------------------------------------------------- totals


@dataclass(frozen=True)
class Line:
    amount_minor: int
    tax: Tax


def test_tax_is_rounded_once_for_each_total() -> None:
    """Not line by line: three lines of 0.03 are taxed as 0.09."""
    lines = [Line(3, GERMAN)] * 3

    assert tax_totals(lines) == (TaxTotal(GERMAN, 9, 2),)


def test_totals_are_by_tax_with_the_highest_rate_first() -> None:
    """Category, rate and country tell taxes apart."""
    lines = [Line(100, REVERSED), Line(1000, GERMAN), Line(50, FRENCH), Line(-10, REVERSED)]

    assert tax_totals(lines) == (
        TaxTotal(FRENCH, 50, 10),
        TaxTotal(GERMAN, 1000, 190),
        TaxTotal(REVERSED, 90, 0),
    )


@pytest.mark.parametrize(("net", "tax"), [(50, 10), (-50, -10), (13, 2), (-13, -2), (0, 0)])
def test_halves_are_rounded_away_from_zero(net: int, tax: int) -> None:
    """9.5 is 10, and a credit takes back what was charged."""
    assert tax_totals([Line(net, GERMAN)]) == (TaxTotal(GERMAN, net, tax),)


def test_no_lines_have_no_tax() -> None:
    """There is no total of nothing."""
    assert tax_totals([]) == ()


@pytest.mark.parametrize(("net", "tax"), [(0, 0), (773, 147), (50, 10), (-50, -10)])
def test_tax_on_an_amount_is_rounded_half_up(net: int, tax: int) -> None:
    """19 % of 0.50 are 0.095: as invoices round."""
    assert tax_on(net, GERMAN) == tax
