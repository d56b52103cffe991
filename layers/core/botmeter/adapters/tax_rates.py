"""The table of tax rates, from the data file that comes with the package."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any

from botmeter.domain.countries import COUNTRIES
from botmeter.domain.tax import BASIS_POINTS, TaxRate, TaxTable

MEMBERS = frozenset({"reviewed_on", "sources", "vat_area", "rates"})


def tax_table() -> TaxTable:
    """The table that is shipped."""
    return read_tax_table(files("botmeter").joinpath("data/tax_rates.json").read_text(encoding="utf-8"))


def read_tax_table(text: str) -> TaxTable:
    """A table of tax rates; raises `ValueError` with the member that breaks a rule, and the rule."""
    table = _object("tax rates", json.loads(text))
    _require(set(table) == MEMBERS, "tax rates", f"must have the members {', '.join(sorted(MEMBERS))}")
    _day("reviewed_on", table["reviewed_on"])
    _require(bool(_list("sources", table["sources"])), "sources", "must name where the rates are from")
    rates = {
        _country(f"rates/{country}", country): _rates(f"rates/{country}", of)
        for country, of in _object("rates", table["rates"]).items()
    }
    area = [_country(f"vat_area/{n}", name) for n, name in enumerate(_list("vat_area", table["vat_area"]))]
    for number, country in enumerate(area):
        # Everybody there is charged the rate of their own country.
        _require(country in rates, f"vat_area/{number}", f"must have rates: {country} has none")
    return TaxTable(rates, frozenset(area))


def _rates(field: str, value: Any) -> tuple[TaxRate, ...]:
    """The rates of a country, in the order of their days."""
    rates = tuple(_rate(f"{field}/{n}", row) for n, row in enumerate(_list(field, value)))
    days = [rate.valid_from for rate in rates]
    _require(bool(days) and days == sorted(set(days)), field, "must be in the order of their days, one a day")
    return rates


def _rate(field: str, value: Any) -> TaxRate:
    """One rate."""
    row = _object(field, value)
    _require(set(row) == {"valid_from", "rate_bp"}, field, "must have the members rate_bp, valid_from")
    rate_bp = row["rate_bp"]
    is_rate = type(rate_bp) is int and 0 <= rate_bp < BASIS_POINTS
    _require(is_rate, f"{field}/rate_bp", f"must be a whole number from 0 to {BASIS_POINTS - 1}")
    return TaxRate(_day(f"{field}/valid_from", row["valid_from"]), rate_bp)


def _country(field: str, value: Any) -> str:
    """A country's code."""
    _require(
        isinstance(value, str) and value in COUNTRIES, field, "must be an ISO 3166-1 code of two letters"
    )
    return str(value)


def _day(field: str, value: Any) -> date:
    """A day of the calendar."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{field}: must be a day such as 2026-01-31") from error


def _object(field: str, value: Any) -> Mapping[str, Any]:
    """A JSON object."""
    _require(isinstance(value, dict), field, "must be an object")
    return dict(value)


def _list(field: str, value: Any) -> Sequence[Any]:
    """A JSON array."""
    _require(isinstance(value, list), field, "must be a list")
    return list(value)


def _require(holds: bool, field: str, rule: str) -> None:  # noqa: FBT001 (the condition is the point)
    """Raise unless a rule is kept."""
    if not holds:
        raise ValueError(f"{field}: {rule}")
