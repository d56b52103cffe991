"""What details of customers and sellers have to be."""

from dataclasses import replace
from typing import Any

import pytest

from botmeter.domain.parties import Address, BankAccount
from botmeter.domain.party_checks import customer_faults, seller_faults
from tests.fakes.demo import CUSTOMER, SELLER

LINE = "must be 1 to 120 characters on one line, without blanks at its ends"
EMAIL = "must be an e-mail address such as billing@acme.example"
LOCALE = "must be a language tag such as de or de-DE"


def customer_rules(**changes: Any) -> dict[str, str]:
    """What is wrong with a customer, by field."""
    return {fault.field: fault.rule for fault in customer_faults(replace(CUSTOMER, **changes))}


def seller_rules(**changes: Any) -> dict[str, str]:
    """What is wrong with a seller, by field."""
    return {fault.field: fault.rule for fault in seller_faults(replace(SELLER, **changes))}


def address(**changes: Any) -> Address:
    return replace(CUSTOMER.address, **changes)


def test_good_details_have_no_faults() -> None:
    """Neither those that say all nor those that say the least."""
    assert customer_rules() == customer_rules(email="", order_reference="", address=address(lines=())) == {}
    assert seller_rules() == seller_rules(bank=None, registration="", phone="+49 30 1") == {}


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"name": ""}, "name", LINE),
        ({"name": " Acme"}, "name", LINE),
        ({"name": "Acme\nGmbH"}, "name", LINE),
        ({"name": "x" * 121}, "name", LINE),
        ({"order_reference": "PO\t7"}, "order_reference", LINE),
        ({"address": address(lines=("",))}, "address/lines/0", LINE),
        ({"address": address(lines=("a", " "))}, "address/lines/1", LINE),
        ({"address": address(lines=("a",) * 5)}, "address/lines", "must be at most 4"),
        ({"address": address(postal_code="")}, "address/postal_code", LINE),
        ({"address": address(city="")}, "address/city", LINE),
        (
            {"address": address(country="EL")},
            "address/country",
            "must be an ISO 3166-1 code of two capital letters such as DE",
        ),
    ],
)
def test_customer_is_printable(changes: dict[str, Any], field: str, rule: str) -> None:
    """What an invoice has to show is there, and fits a line."""
    assert customer_rules(**changes) == {field: rule}


def test_some_countries_have_no_postal_codes() -> None:
    """An address in Hong Kong is whole without one."""
    assert customer_rules(address=address(country="HK", postal_code="")) == {}


@pytest.mark.parametrize("email", ["a@b.example", "first.last+tag@sub.domain.example", "o'neil@x-y.example"])
def test_email_addresses(email: str) -> None:
    """What mail servers take."""
    assert customer_rules(email=email) == {}


@pytest.mark.parametrize(
    "email",
    [
        "acme",
        "@acme.example",
        "a@acme",
        "a@@acme.example",
        "a b@acme.example",
        ".a@acme.example",
        "a..b@acme.example",
        "a@-acme.example",
        "Acme <a@acme.example>",
        "a@acme.example,b@acme.example",
        "a@acme.example\nBcc: b@acme.example",
        "ä@acme.example",
        f"{'a' * 250}@acme.example",
    ],
)
def test_what_is_no_email_address(email: str) -> None:
    """Nothing that could become a header, or a second recipient."""
    assert customer_rules(email=email) == {"email": EMAIL}


@pytest.mark.parametrize("locale", ["de", "de-DE", "zh-Hant-TW", "es-419", "fil-PH"])
def test_locales(locale: str) -> None:
    """Language, script and region."""
    assert customer_rules(locale=locale) == {}


@pytest.mark.parametrize("locale", ["", "DE", "de_DE", "de-de", "german", "de-DE-1996", "de-", "x" * 4])
def test_what_is_no_locale(locale: str) -> None:
    """Forms that programs write in other ways are told apart, not guessed."""
    assert customer_rules(locale=locale) == {"locale": LOCALE}


PREFIX = "must be 1 to 12 characters of A-Z 0-9 -"


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"code": "a/b"}, "code", "must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ -"),
        ({"name": ""}, "name", LINE),
        ({"address": address(city="")}, "address/city", LINE),
        ({"tax_number": " 1"}, "tax_number", LINE),
        ({"registration": "HRB 1\nHRB 2"}, "registration", LINE),
        ({"phone": "\x00"}, "phone", LINE),
        ({"website": "x" * 121}, "website", LINE),
        ({"email": "acme"}, "email", EMAIL),
        ({"bank": BankAccount("", "", "")}, "bank/holder", LINE),
        ({"bank": BankAccount("Botmeter", "", "", " ")}, "bank/bank", LINE),
        ({"time_zone": "Europe/Bonn"}, "time_zone", "must be an IANA time zone such as Europe/Berlin"),
        ({"payment_days": -1}, "payment_days", "must be from 0 to 365"),
        ({"payment_days": 366}, "payment_days", "must be from 0 to 365"),
        ({"invoice_prefix": ""}, "invoice_prefix", PREFIX),
        ({"invoice_prefix": "inv"}, "invoice_prefix", PREFIX),
        ({"credit_note_prefix": "A" * 13}, "credit_note_prefix", PREFIX),
        ({"credit_note_prefix": "INV"}, "credit_note_prefix", "must be another than that of invoices"),
    ],
)
def test_seller_is_printable(changes: dict[str, Any], field: str, rule: str) -> None:
    """A letterhead has what it needs, and numbers begin as they may."""
    assert seller_rules(**changes) == {field: rule}


def test_all_faults_are_told() -> None:
    """Nobody has to repair details five times."""
    faults = customer_rules(name="", email="acme", locale="", address=address(city="", country="Germany"))

    assert list(faults) == ["name", "address/city", "address/country", "email", "locale"]
