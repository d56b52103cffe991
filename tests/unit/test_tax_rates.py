"""The table of tax rates that is shipped, and what no table can be."""

import json
from datetime import date
from typing import Any

import pytest

from botmeter.adapters.tax_rates import read_tax_table, tax_table
from botmeter.domain.tax import TaxCategory, TaxRate

GOOD: dict[str, Any] = {
    "reviewed_on": "2026-01-01",
    "sources": ["A public body"],
    "vat_area": ["DE"],
    "rates": {"DE": [{"valid_from": "2007-01-01", "rate_bp": 1900}]},
}
EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


def with_rates(*rows: Any, country: str = "DE") -> dict[str, Any]:
    return {**GOOD, "vat_area": [], "rates": {country: list(rows)}}


def test_shipped_table_covers_the_vat_area() -> None:
    """All 27 members of the EU, Greece under its ISO code, each taxed today and in 2024."""
    table = tax_table()

    assert table.vat_area == frozenset(EU.split())
    for country in table.vat_area:
        for day in (date(2024, 1, 1), date(2026, 10, 5)):
            assert 1500 <= table.rate(country, day).rate_bp <= 2700


@pytest.mark.parametrize(
    ("country", "day", "before", "after"),
    [
        ("CH", date(2024, 1, 1), 770, 810),
        ("EE", date(2024, 1, 1), 2000, 2200),
        ("EE", date(2025, 7, 1), 2200, 2400),
        ("FI", date(2024, 9, 1), 2400, 2550),
        ("LU", date(2024, 1, 1), 1600, 1700),
        ("RO", date(2025, 8, 1), 1900, 2100),
        ("SK", date(2025, 1, 1), 2000, 2300),
    ],
)
def test_shipped_table_knows_the_changes(country: str, day: date, before: int, after: int) -> None:
    """A rate is the old one to the last day before its change."""
    table = tax_table()

    assert table.rate(country, day.fromordinal(day.toordinal() - 1)).rate_bp == before
    assert table.rate(country, day).rate_bp == after


@pytest.mark.parametrize("country", ["KW", "US"])
def test_countries_without_the_tax_are_zero_rated(country: str) -> None:
    """A seller there can bill at home: the row that says 0 is no gap."""
    assert tax_table().rate(country, date(2026, 10, 5)).category is TaxCategory.ZERO


def test_reads_a_table() -> None:
    """Days and rates are as the file has them."""
    table = read_tax_table(json.dumps(GOOD))

    assert table.rates == {"DE": (TaxRate(date(2007, 1, 1), 1900),)}
    assert table.vat_area == {"DE"}


ROW = {"valid_from": "2007-01-01", "rate_bp": 1900}
BAD = [
    ([], "tax rates: must be an object"),
    ({**GOOD, "note": ""}, "tax rates: must have the members rates, reviewed_on, sources, vat_area"),
    ({**GOOD, "reviewed_on": "lately"}, "reviewed_on: must be a day such as 2026-01-31"),
    ({**GOOD, "reviewed_on": 20260131}, "reviewed_on: must be a day"),
    ({**GOOD, "sources": "the web"}, "sources: must be a list"),
    ({**GOOD, "sources": []}, "sources: must name where the rates are from"),
    ({**GOOD, "rates": []}, "rates: must be an object"),
    ({**GOOD, "vat_area": "DE"}, "vat_area: must be a list"),
    ({**GOOD, "vat_area": ["DE", "FR"]}, "vat_area/1: must have rates: FR has none"),
    ({**GOOD, "vat_area": ["EL"]}, "vat_area/0: must be an ISO 3166-1 code of two letters"),
    ({**GOOD, "vat_area": [["DE"]]}, "vat_area/0: must be an ISO 3166-1 code of two letters"),
    (with_rates(ROW, country="UK"), "rates/UK: must be an ISO 3166-1 code of two letters"),
    (with_rates(), "rates/DE: must be in the order of their days"),
    (with_rates(ROW, ROW), "rates/DE: must be in the order of their days, one a day"),
    (with_rates({**ROW, "valid_from": "2020-01-01"}, ROW), "rates/DE: must be in the order of their days"),
    (with_rates(1900), "rates/DE/0: must be an object"),
    (with_rates({"rate_bp": 1900}), "rates/DE/0: must have the members rate_bp, valid_from"),
    (with_rates({**ROW, "valid_from": "2007-13-01"}), "rates/DE/0/valid_from: must be a day"),
    (with_rates({**ROW, "rate_bp": 19.0}), "rates/DE/0/rate_bp: must be a whole number from 0 to 9999"),
    (with_rates({**ROW, "rate_bp": True}), "rates/DE/0/rate_bp: must be a whole number"),
    (with_rates({**ROW, "rate_bp": -1}), "rates/DE/0/rate_bp: must be a whole number"),
    (with_rates({**ROW, "rate_bp": 10_000}), "rates/DE/0/rate_bp: must be a whole number"),
]


@pytest.mark.parametrize(("table", "rule"), BAD)
def test_bad_table_is_refused(table: Any, rule: str) -> None:
    """With the member that breaks a rule, and the rule."""
    with pytest.raises(ValueError, match=rule):
        read_tax_table(json.dumps(table))
