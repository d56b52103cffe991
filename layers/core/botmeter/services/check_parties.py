"""Check the details of customers and sellers before anything is billed with them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from botmeter.domain.errors import Refused
from botmeter.domain.parties import BankAccount, Customer, Seller
from botmeter.domain.party_checks import customer_faults, seller_faults
from botmeter.domain.tax import TaxTable
from botmeter.ports.parties import NumberChecker

Party = TypeVar("Party", Customer, Seller)


@dataclass(frozen=True, slots=True)
class Checked(Generic[Party]):
    """A party with its numbers in their short form, and all that is wrong with it."""

    party: Party
    faults: tuple[Refused, ...]

    def required(self) -> Party:
        """The party; raises the first fault if there is one."""
        for fault in self.faults:
            raise fault
        return self.party


@dataclass(frozen=True, slots=True)
class CheckParties:
    """Says what is wrong with a party, and brings its numbers into the form in which they are kept."""

    numbers: NumberChecker
    taxes: TaxTable

    def customer(self, customer: Customer) -> Checked[Customer]:
        """A customer's details."""
        faults = [*customer_faults(customer)]
        vat_id = self._vat_id(customer.address.country, customer.vat_id, faults)
        return Checked(replace(customer, vat_id=vat_id), tuple(faults))

    def seller(self, seller: Seller, day: date) -> Checked[Seller]:
        """A seller's details; what it sells at home can be taxed on `day`."""
        faults = [*seller_faults(seller), *self._tax_faults(seller, day)]
        vat_id = self._vat_id(seller.address.country, seller.vat_id, faults)
        bank = self._bank(seller.bank, faults) if seller.bank else None
        return Checked(replace(seller, vat_id=vat_id, bank=bank), tuple(faults))

    def _tax_faults(self, seller: Seller, day: date) -> Iterator[Refused]:
        """What keeps a seller from billing tax."""
        country = seller.address.country
        try:
            self.taxes.rate(country, day)
        except Refused as refusal:
            yield Refused("address/country", refusal.rule)
        if country in self.taxes.vat_area and not seller.vat_id:
            yield Refused("vat_id", f"must be given for a seller in {country}")
        elif not (seller.vat_id or seller.tax_number or seller.registration):
            yield Refused("vat_id", "must be given, or else a tax_number or a registration")

    def _vat_id(self, country: str, vat_id: str, faults: list[Refused]) -> str:
        """The short form of a VAT number, if there is one."""
        if not vat_id:
            return ""
        return _checked(lambda: self.numbers.vat_id(country, vat_id), "vat_id", vat_id, faults)

    def _bank(self, bank: BankAccount, faults: list[Refused]) -> BankAccount:
        """A bank account with its numbers in their short form."""
        iban = _checked(lambda: self.numbers.iban(bank.iban), "bank/iban", bank.iban, faults)
        bic = _checked(lambda: self.numbers.bic(bank.bic), "bank/bic", bank.bic, faults)
        return replace(bank, iban=iban, bic=bic)


def _checked(check: Callable[[], str], field: str, given: str, faults: list[Refused]) -> str:
    """What `check` makes of a number; what is wrong with it is noted as of `field`."""
    try:
        return check()
    except Refused as refusal:
        faults.append(Refused(field, refusal.rule))
        return given
