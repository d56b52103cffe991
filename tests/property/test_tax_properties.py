"""Taxes over everything that seller and customer can be."""

from dataclasses import dataclass, replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from botmeter.adapters.tax_rates import tax_table
from botmeter.domain.parties import Customer, CustomerKind, Seller
from botmeter.domain.tax import Tax, TaxCategory, tax_for, tax_totals
from tests.fakes.demo import CUSTOMER, SELLER

TABLE = tax_table()
KNOWN = sorted(TABLE.rates)
# Countries with rates, and some that have none: they can be customers' all the same.
COUNTRIES = [*KNOWN, "AU", "BR", "CN", "LI", "ZA"]
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
CHANGES = [rate.valid_from for rates in TABLE.rates.values() for rate in rates]
# Just before and on days on which a rate changed, too.
DAY = DAYS | st.sampled_from([day for day in CHANGES if day >= date(2024, 1, 1)])


@st.composite
def sellers(draw: st.DrawFn) -> Seller:
    """Sellers in countries that have rates: others are refused when they are set up."""
    return replace(SELLER, address=replace(SELLER.address, country=draw(st.sampled_from(KNOWN))))


@st.composite
def customers(draw: st.DrawFn) -> Customer:
    return replace(
        CUSTOMER,
        address=replace(CUSTOMER.address, country=draw(st.sampled_from(COUNTRIES))),
        kind=draw(st.sampled_from(CustomerKind)),
        vat_id=draw(st.sampled_from(["", "X1"])),
    )


def expected(seller: Seller, customer: Customer) -> set[TaxCategory]:
    """The categories whose description fits, each on its own words."""
    home, abroad, area = seller.address.country, customer.address.country, TABLE.vat_area
    within = home in area and abroad in area
    accounts = customer.kind is CustomerKind.BUSINESS and bool(customer.vat_id)
    fits = {
        TaxCategory.REVERSE_CHARGE: within and home != abroad and accounts,
        TaxCategory.EXPORT: home != abroad and not within,
        TaxCategory.ZERO: home == abroad and home in {"KW", "US"},
        TaxCategory.STANDARD: (home == abroad and home not in {"KW", "US"})
        or (within and home != abroad and not accounts),
    }
    return {category for category, it_fits in fits.items() if it_fits}


@given(sellers(), customers(), DAY)
def test_exactly_one_category_applies(seller: Seller, customer: Customer, day: date) -> None:
    """Whoever sells to whomever: one category, with a rate if and only if it is the standard one."""
    tax = tax_for(TABLE, seller, customer, day)

    assert expected(seller, customer) == {tax.category}
    assert (tax.rate_bp == 0) == (tax.category is not TaxCategory.STANDARD)
    assert tax.country == customer.address.country


@given(sellers(), customers(), DAY)
def test_rate_is_the_latest_of_the_country(seller: Seller, customer: Customer, day: date) -> None:
    """No rate of another country or of another day is ever charged."""
    tax = tax_for(TABLE, seller, customer, day)

    if tax.category is TaxCategory.STANDARD:
        begun = [rate for rate in TABLE.rates[tax.country] if rate.valid_from <= day]
        assert tax.rate_bp == begun[-1].rate_bp


@dataclass(frozen=True)
class Line:
    amount_minor: int
    tax: Tax


TAXES = st.sampled_from(
    [
        Tax(TaxCategory.STANDARD, 1900, "DE"),
        Tax(TaxCategory.STANDARD, 2550, "FI"),
        Tax(TaxCategory.STANDARD, 810, "CH"),
        Tax(TaxCategory.REVERSE_CHARGE, 0, "FR"),
        Tax(TaxCategory.EXPORT, 0, "US"),
        Tax(TaxCategory.ZERO, 0, "KW"),
    ]
)
LINES = st.lists(st.builds(Line, st.integers(-(10**9), 10**9), TAXES), max_size=12)


@given(LINES)
def test_totals_hold_every_line_once(lines: list[Line]) -> None:
    """Nets add up to the lines', each tax has one total, and its tax is right to half a minor unit."""
    totals = tax_totals(lines)

    assert sum(total.net_minor for total in totals) == sum(line.amount_minor for line in lines)
    assert [total.tax for total in totals] == [*dict.fromkeys(total.tax for total in totals)]
    for total in totals:
        exact = total.net_minor * total.tax.rate_bp
        assert abs(2 * (10_000 * total.tax_minor - exact)) <= 10_000


@given(LINES)
def test_order_of_the_lines_does_not_matter(lines: list[Line]) -> None:
    """The same lines have the same totals, and lines that take all back have the same with a minus."""
    turned = [Line(-line.amount_minor, line.tax) for line in reversed(lines)]

    assert tax_totals(reversed(lines)) == tax_totals(lines)
    assert [(-t.net_minor, -t.tax_minor) for t in tax_totals(turned)] == [
        (t.net_minor, t.tax_minor) for t in tax_totals(lines)
    ]
