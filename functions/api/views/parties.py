"""Who bills and who is billed."""

from typing import Any

from api.schemas.parties import Address, BankAccount, Customer, Seller, SellerDetails
from botmeter.domain import parties


def address(shown: parties.Address) -> Address:
    """Where a party is."""
    return {
        "lines": list(shown.lines),
        "postal_code": shown.postal_code,
        "city": shown.city,
        "country": shown.country,
    }


def customer(shown: parties.Customer) -> Customer:
    """Whom invoices are for."""
    return {
        "name": shown.name,
        "address": address(shown.address),
        "kind": shown.kind,
        "vat_id": shown.vat_id,
        "email": shown.email,
        "locale": shown.locale,
        "order_reference": shown.order_reference,
    }


def seller(shown: parties.Seller) -> Seller:
    """A legal entity that issues invoices."""
    return {
        "code": shown.code,
        "name": shown.name,
        "address": address(shown.address),
        "vat_id": shown.vat_id,
        "tax_number": shown.tax_number,
        "registration": shown.registration,
        "email": shown.email,
        "phone": shown.phone,
        "website": shown.website,
        "bank": _bank(shown.bank) if shown.bank else None,
        "time_zone": shown.time_zone,
        "payment_days": shown.payment_days,
        "invoice_prefix": shown.invoice_prefix,
        "credit_note_prefix": shown.credit_note_prefix,
    }


def seller_from(code: str, body: SellerDetails) -> parties.Seller:
    """The seller that a body describes."""
    fields: dict[str, Any] = {**body}
    given, bank = fields["address"], fields.get("bank")
    fields["address"] = parties.Address(**{**given, "lines": tuple(given["lines"])})
    fields["bank"] = parties.BankAccount(**bank) if bank else None
    return parties.Seller(code=code, **fields)


def _bank(shown: parties.BankAccount) -> BankAccount:
    """Where transfers go."""
    return {"holder": shown.holder, "iban": shown.iban, "bic": shown.bic, "bank": shown.bank}
