"""Tax on sales: which category and rate apply to a customer, and what the tax of an invoice is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from botmeter.domain.errors import Refused
from botmeter.domain.money import round_half_up
from botmeter.domain.parties import Customer, CustomerKind, Seller

BASIS_POINTS = 10_000


class TaxCategory(StrEnum):
    """The category of a line, as UNCL 5305 codes it. Only `STANDARD` has a rate above 0.

    `ZERO` is a sale within a country that has no such tax.
    """

    STANDARD = "S"
    ZERO = "Z"
    REVERSE_CHARGE = "AE"
    EXPORT = "G"


@dataclass(frozen=True, slots=True)
class Tax:
    """What applies to a line: its category, its rate in hundredths of a percent, and whose rate it is."""

    category: TaxCategory
    rate_bp: int
    country: str


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A standard rate, in hundredths of a percent, from the day `valid_from`."""

    valid_from: date
    rate_bp: int


@dataclass(frozen=True, slots=True)
class TaxTable:
    """Standard rates by country, each country's by day, and the countries that share a VAT area."""

    rates: Mapping[str, tuple[TaxRate, ...]]
    vat_area: frozenset[str]

    def rate(self, country: str, day: date) -> Tax:
        """The standard rate of `country` on `day`, of category `ZERO` if it is 0.

        Raises `Refused` where the table has none.
        """
        valid = [rate for rate in self.rates.get(country, ()) if rate.valid_from <= day]
        if not valid:
            raise Refused("tax", f"the table of tax rates has none for {country} on {day.isoformat()}")
        rate_bp = max(valid, key=lambda rate: rate.valid_from).rate_bp
        return Tax(TaxCategory.STANDARD if rate_bp else TaxCategory.ZERO, rate_bp, country)


def tax_for(table: TaxTable, seller: Seller, customer: Customer, day: date) -> Tax:
    """What applies to services that `seller` supplies to `customer` by electronic means on `day`.

    At home the domestic rate. Within the VAT area a business with a VAT number accounts for the tax
    itself, everybody else pays the rate of their own country. Beyond it the sale is an export. Raises
    `Refused` where the table lacks the rate.
    """
    home, abroad = seller.address.country, customer.address.country
    if home == abroad:
        return table.rate(home, day)
    if not {home, abroad} <= table.vat_area:
        return Tax(TaxCategory.EXPORT, 0, abroad)
    if customer.kind is CustomerKind.BUSINESS and customer.vat_id:
        return Tax(TaxCategory.REVERSE_CHARGE, 0, abroad)
    return table.rate(abroad, day)


def tax_on(net_minor: int, tax: Tax) -> int:
    """The tax on a net amount, in minor units, rounded half up."""
    return round_half_up(net_minor * tax.rate_bp, BASIS_POINTS)


class Taxed(Protocol):
    """What has a net amount and a tax."""

    @property
    def amount_minor(self) -> int:
        """Net, in minor units."""

    @property
    def tax(self) -> Tax:
        """What applies to it."""


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """All that is sold under one tax: the sum of its net amounts and the tax on it, in minor units."""

    tax: Tax
    net_minor: int
    tax_minor: int


def tax_totals(taxed: Iterable[Taxed]) -> tuple[TaxTotal, ...]:
    """Totals by tax, the highest rate first. The tax is rounded once for each, half up."""
    nets: dict[Tax, int] = {}
    for one in taxed:
        nets[one.tax] = nets.get(one.tax, 0) + one.amount_minor
    ordered = sorted(nets, key=lambda tax: (-tax.rate_bp, tax.category, tax.country))
    return tuple(TaxTotal(tax, nets[tax], tax_on(nets[tax], tax)) for tax in ordered)
