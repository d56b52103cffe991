"""Bank transfers: the payer of an order learns of the payee that is on the account's invoices."""

from dataclasses import replace

import pytest

from botmeter.adapters.payments.bank_transfer import BankTransfer
from botmeter.domain.orders import PaymentMethod
from botmeter.domain.parties import BankAccount
from tests.fakes.accounts import FakeAccounts
from tests.fakes.demo import ACCOUNT, SELLER
from tests.fakes.states import funds_order

ORDER = funds_order(method=PaymentMethod.BANK_TRANSFER)
OTHERWISE = BankAccount("Botmeter Ltd", "DE02120300000000202051", "BYLADEM1001")


def test_transfer_goes_to_the_seller_of_the_account() -> None:
    """Orders and invoices are paid to one payee; the reference is the order's id."""
    assert BankTransfer(FakeAccounts(), OTHERWISE).start(ORDER).instructions == {
        "account_holder": "Botmeter GmbH",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "reference": "ord-1",
    }


@pytest.mark.parametrize("seller", ["cash", "gone"])
def test_seller_without_a_bank_account_has_that_of_the_stack(seller: str) -> None:
    """So does one that is not set up yet."""
    accounts = FakeAccounts()
    accounts.known_sellers["cash"] = replace(SELLER, code="cash", bank=None)
    accounts.known[ACCOUNT.account_id] = replace(ACCOUNT, seller=seller)

    assert BankTransfer(accounts, OTHERWISE).start(ORDER).instructions == {
        "account_holder": "Botmeter Ltd",
        "iban": "DE02120300000000202051",
        "bic": "BYLADEM1001",
        "reference": "ord-1",
    }
