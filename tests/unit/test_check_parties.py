"""Details of customers and sellers, checked with their numbers and against the table of rates."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from botmeter.domain.errors import Refused
from botmeter.domain.parties import BankAccount
from tests.fakes.demo import CUSTOMER, SELLER
from tests.fakes.world import World

DAY = date(2026, 10, 5)
CHECK = World([]).check_parties


def seller_rules(**changes: Any) -> dict[str, str]:
    """What is wrong with a seller, by field."""
    return {fault.field: fault.rule for fault in CHECK.seller(replace(SELLER, **changes), DAY).faults}


def test_customer_is_kept_with_its_number_in_short_form() -> None:
    """The rest is as it was given."""
    given = replace(CUSTOMER, vat_id="DE 123 456 788")

    assert CHECK.customer(given).required() == CUSTOMER
    assert CHECK.customer(replace(CUSTOMER, vat_id="")).required().vat_id == ""


def test_seller_is_kept_with_its_numbers_in_short_form() -> None:
    """VAT number, IBAN and BIC."""
    bank = BankAccount("Botmeter GmbH", "DE89 3704 0044 0532 0130 00", "cobadeffxxx")
    given = replace(SELLER, vat_id="DE 111 111 117", bank=bank)

    assert CHECK.seller(given, DAY).required() == SELLER
    assert CHECK.seller(replace(SELLER, bank=None), DAY).required().bank is None


def test_faults_of_numbers_come_with_the_others() -> None:
    """All at once; what is wrong stays as it was given, for its writer to find."""
    checked = CHECK.customer(replace(CUSTOMER, name="", vat_id="DE1"))

    assert [fault.field for fault in checked.faults] == ["name", "vat_id"]
    assert checked.party.vat_id == "DE1"
    with pytest.raises(Refused, match=r"^name: "):
        checked.required()


def test_bank_account_has_its_fields() -> None:
    """Faults are named where they are."""
    bank = BankAccount("Botmeter GmbH", "DE00", "X")

    assert list(seller_rules(bank=bank)) == ["bank/iban", "bank/bic"]


def test_seller_in_the_vat_area_has_a_vat_number() -> None:
    """Without one it could bill no business abroad."""
    assert seller_rules(vat_id="", tax_number="30/123/45678") == {
        "vat_id": "must be given for a seller in DE"
    }


def test_seller_elsewhere_has_some_number() -> None:
    """A tax number or an entry in a register will do."""
    abroad = {"address": replace(SELLER.address, country="US"), "vat_id": ""}

    assert seller_rules(**abroad, registration="", tax_number="12-3456789") == {}
    assert seller_rules(**abroad, registration="", tax_number="") == {
        "vat_id": "must be given, or else a tax_number or a registration"
    }


def test_seller_is_where_there_is_a_rate() -> None:
    """Else its first invoice at home would stop."""
    rules = seller_rules(address=replace(SELLER.address, country="BR"), vat_id="")

    assert rules == {"address/country": "the table of tax rates has none for BR on 2026-10-05"}


def test_seller_has_days_of_its_own() -> None:
    """Its dates of issue are days in its time zone."""
    assert SELLER.zone.key == "Europe/Berlin"
