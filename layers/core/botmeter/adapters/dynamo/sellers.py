"""Sellers in the billing table, and whose each prefix of document numbers is."""

from pynamodb.exceptions import DoesNotExist

from botmeter.adapters.dynamo.audit import to_audit_item
from botmeter.adapters.dynamo.models import SellerItem, SellerPrefixItem
from botmeter.adapters.dynamo.party_maps import (
    from_address_map,
    from_bank_map,
    to_address_map,
    to_bank_map,
)
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import NotFound
from botmeter.domain.parties import Seller

_SELLERS = "SELLER"
_PREFIXES = "SELLER_PREFIX"
_TEXTS = (
    "name",
    "vat_id",
    "tax_number",
    "registration",
    "email",
    "phone",
    "website",
    "time_zone",
    "invoice_prefix",
    "credit_note_prefix",
)


class DynamoSellers:
    """Reads and writes sellers."""

    @billing_errors()
    def sellers(self) -> list[Seller]:
        """All sellers, by code."""
        return [_to_seller(item) for item in SellerItem.query(_SELLERS, consistent_read=True)]

    @billing_errors()
    def seller(self, code: str) -> Seller:
        """One seller; raises `NotFound`."""
        try:
            return _to_seller(SellerItem.get(_SELLERS, code, consistent_read=True))
        except DoesNotExist as error:
            raise NotFound(f"there is no seller {code}") from error

    def put_seller(self, seller: Seller, audit: AuditEntry) -> None:
        """Add or replace a seller, with an entry in its audit trail.

        Raises `Conflict` if another seller has one of its prefixes, or if it has had others itself.
        """
        same_prefixes = (SellerItem.invoice_prefix == seller.invoice_prefix) & (
            SellerItem.credit_note_prefix == seller.credit_note_prefix
        )
        is_its_own = SellerPrefixItem.pk.does_not_exist() | (SellerPrefixItem.code == seller.code)
        with transaction() as writes:
            writes.save(_to_item(seller), condition=SellerItem.pk.does_not_exist() | same_prefixes)
            for prefix in (seller.invoice_prefix, seller.credit_note_prefix):
                writes.save(SellerPrefixItem(_PREFIXES, prefix, code=seller.code), condition=is_its_own)
            writes.save(to_audit_item(audit))


def _to_item(seller: Seller) -> SellerItem:
    """A seller as it is stored."""
    return SellerItem(
        _SELLERS,
        seller.code,
        **{name: getattr(seller, name) for name in _TEXTS},
        address=to_address_map(seller.address),
        bank=to_bank_map(seller.bank),
        payment_days=seller.payment_days,
    )


def _to_seller(item: SellerItem) -> Seller:
    """A stored seller."""
    return Seller(
        code=item.sk,
        **{name: getattr(item, name) for name in _TEXTS},
        address=from_address_map(item.address),
        bank=from_bank_map(item.bank),
        payment_days=item.payment_days,
    )
