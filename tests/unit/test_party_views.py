"""Sellers and customers as the API shows and takes them."""

from dataclasses import replace

import pytest

from api.schemas.parties import SellerDetails
from api.views.parties import customer, seller, seller_from
from botmeter.domain.parties import BankAccount, Seller
from tests.fakes.demo import CUSTOMER, SELLER

BANK = BankAccount("Botmeter GmbH", "DE89370400440532013000", "COBADEFFXXX", "Commerzbank")


@pytest.mark.parametrize("shown", [SELLER, replace(SELLER, bank=BANK, phone="1"), replace(SELLER, bank=None)])
def test_seller_that_is_sent_back_is_the_same(shown: Seller) -> None:
    """Nothing is lost on the way; the code is in the path."""
    body = dict(seller(shown))
    code = str(body.pop("code"))

    assert seller_from(code, body) == shown  # type: ignore[arg-type]


def test_what_a_seller_may_leave_out() -> None:
    """The rest is as the domain has it by default."""
    body: SellerDetails = {
        "name": "Botmeter Ltd",
        "address": {"lines": [], "postal_code": "SW1A 1AA", "city": "London", "country": "GB"},
    }
    made = seller_from("uk", body)

    assert (made.invoice_prefix, made.payment_days, made.bank, made.time_zone) == ("INV", 14, None, "UTC")


def test_customer_shows_what_an_invoice_needs() -> None:
    """Also what is empty."""
    assert customer(CUSTOMER) == {
        "name": "Acme GmbH",
        "address": {"lines": ["Hauptstraße 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
        "kind": "business",
        "vat_id": "DE123456788",
        "email": "billing@acme.example",
        "locale": "de-DE",
        "order_reference": "",
    }
