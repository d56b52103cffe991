"""Seller and buyer in the standard's terms."""

from typing import Any

from botmeter.domain.parties import Address, Customer, Seller

# An e-mail address as electronic address (CEF's list of EAS codes).
BY_EMAIL = "EM"
# BT-35, BT-36 and BT-162; so for buyers.
ADDRESS_LINES = 3


def seller(of: Seller) -> dict[str, Any]:
    """BG-4: names, numbers, address and contact of a seller."""
    contact = {"name": of.name, "phone": of.phone, "email": of.email}
    return {
        "name": of.name,
        # BR-CO-26 wants one number by which a seller is known; where it has no better one, this is it.
        "identifiers": {} if of.registration or of.vat_id else {None: of.tax_number},
        "legal_identifier": of.registration,
        "vat_identifier": of.vat_id,
        "tax_identifier": of.tax_number,
        "contacts": [contact] if of.phone or of.email else [],
        **_electronic(of.email),
        **_postal(of.address),
    }


def buyer(of: Customer, account_id: str) -> dict[str, Any]:
    """BG-7: name, number, address and electronic address of a customer."""
    return {
        "name": of.name,
        "identifiers": {None: account_id},
        "vat_identifier": of.vat_id,
        **_electronic(of.email),
        **_postal(of.address),
    }


def delivered_to(of: Customer) -> dict[str, str]:
    """BG-13: name and country of the customer, where the service is used.

    Cross Industry Invoices cannot do without a delivery (PEPPOL-EN16931-R008).
    """
    return {"name": of.name, "country_code": of.address.country}


def _electronic(email: str) -> dict[str, str]:
    """BT-34 or BT-49: where the party gets documents."""
    return {"einvoicing_addr": email, "einvoicing_addr_schemeid": BY_EMAIL} if email else {}


def _postal(address: Address) -> dict[str, str]:
    """BG-5 or BG-8: what is beyond three lines goes into the third."""
    first, second = (*address.lines, "", "")[:2]
    return {
        "addr_l1": first,
        "addr_l2": second,
        "addr_l3": ", ".join(address.lines[ADDRESS_LINES - 1 :]),
        "postcode": address.postal_code,
        "city": address.city,
        "country_code": address.country,
    }
