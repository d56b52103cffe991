"""Sellers and customers in the billing table: all of them is kept, and no two sellers number alike."""

from dataclasses import replace

import pytest

from botmeter.bootstrap import Wiring
from botmeter.domain.errors import Conflict, NotFound, Refused, StoreUnavailable
from botmeter.domain.parties import BankAccount, CustomerKind, Seller
from botmeter.domain.permissions import Permission
from tests.fakes.demo import ACCOUNT, CUSTOMER, SELLER
from tests.fakes.world import NOW, OPERATOR
from tests.integration.stores import audited
from tests.unit.test_manage_sellers import SWISS

FULL = replace(
    SELLER,
    tax_number="30/123/45678",
    email="billing@botmeter.example",
    phone="+49 30 1",
    website="https://botmeter.example",
    bank=BankAccount("Botmeter GmbH", "DE89370400440532013000", "COBADEFFXXX", "Commerzbank"),
    payment_days=30,
)
ENTRY = audited()


@pytest.mark.parametrize("seller", [FULL, SWISS, replace(SWISS, bank=None)])
def test_seller_is_kept_whole(wired: Wiring, seller: Seller) -> None:
    """What is read is what was written; written again, it is the same."""
    for _ in range(2):
        wired.accounts.put_seller(seller, ENTRY)

    assert wired.accounts.seller(seller.code) == seller
    assert wired.accounts.sellers() == [seller]


def test_seller_that_is_none_is_not_found(wired: Wiring) -> None:
    """Codes are exact."""
    with pytest.raises(NotFound, match="there is no seller default"):
        wired.accounts.seller("default")
    assert wired.accounts.sellers() == []


@pytest.mark.parametrize(
    "other",
    [
        replace(SELLER, invoice_prefix="RE"),
        replace(SELLER, invoice_prefix="CN", credit_note_prefix="INV"),
        replace(SWISS, invoice_prefix="INV"),
        replace(SWISS, credit_note_prefix="INV"),
        replace(SWISS, invoice_prefix="CN"),
    ],
)
def test_prefixes_never_change_hands_or_at_all(wired: Wiring, other: Seller) -> None:
    """Whoever writes without looking fails, and nothing of it is written."""
    wired.accounts.put_seller(SELLER, ENTRY)
    with pytest.raises(Conflict):
        wired.accounts.put_seller(other, ENTRY)

    assert wired.accounts.sellers() == [SELLER]


def test_service_writes_a_seller_with_its_trail(wired: Wiring) -> None:
    """Wired with the real checks, the real table of rates and the real audit trail."""
    wired.manage_sellers.put(OPERATOR, FULL, NOW)
    wired.manage_sellers.put(OPERATOR, replace(FULL, phone=""), NOW.replace(hour=13))

    entries = wired.manage_sellers.audit_of(OPERATOR, "default", 10, None).items
    assert [entry.operation for entry in entries] == ["seller.changed", "seller.added"]
    assert (entries[0].before, entries[0].after) == ({"phone": "+49 30 1"}, {})
    with pytest.raises(Refused, match="must stay INV"):
        wired.manage_sellers.put(OPERATOR, replace(FULL, invoice_prefix="RE"), NOW)


def test_account_is_kept_whole(wired: Wiring) -> None:
    """With its customer, seller and roles."""
    full = replace(
        ACCOUNT,
        customer=replace(CUSTOMER, kind=CustomerKind.CONSUMER, vat_id="", order_reference="PO 7"),
        seller="swiss",
        roles={"accountant": frozenset(Permission), "clerk": frozenset(Permission)},
    )
    wired.accounts.put_account(full)

    assert wired.accounts.account(ACCOUNT.account_id) == full
    assert wired.accounts.accounts() == [full]


def test_table_that_does_not_answer(wired: Wiring) -> None:
    """Its errors come in our words."""
    accounts = wired.accounts
    wired.client("dynamodb").delete_table(TableName=wired.settings.billing_table)
    for call in (accounts.sellers, lambda: accounts.seller("x"), lambda: accounts.put_seller(SELLER, ENTRY)):
        with pytest.raises(StoreUnavailable):
            call()
