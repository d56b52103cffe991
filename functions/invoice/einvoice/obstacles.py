"""Why a document cannot be an e-invoice."""

from botmeter.domain.money import minor_exponent
from botmeter.domain.parties import Customer, Seller
from botmeter.domain.tax import Tax, TaxCategory
from invoice.einvoice.document import Document, invoice_of

# EN 16931-1, 6.5.3: amounts have two decimals at most (BR-DEC rules).
MAX_DECIMALS = 2


def obstacles(document: Document) -> tuple[str, ...]:
    """What the standard demands and `document` cannot give, in words; nothing for most documents."""
    invoice = invoice_of(document)
    found = {
        "it has no number": not document.number,
        "it has no lines": not document.lines,
        f"{invoice.currency} is no currency of ISO 4217": not _is_current(invoice.currency),
        f"{invoice.currency} has more than {MAX_DECIMALS} decimals": _too_fine(invoice.currency),
        "a party has no name or no country": not _are_known(invoice.seller, invoice.customer),
        "the tax needs tax numbers that a party lacks": not all(
            _are_registered(invoice.seller, invoice.customer, total.tax) for total in document.taxes
        ),
    }
    return tuple(reason for reason, holds in found.items() if holds)


def _too_fine(currency: str) -> bool:
    """Whether amounts in `currency` have more decimals than the standard has."""
    return minor_exponent(currency) > MAX_DECIMALS


def _is_current(currency: str) -> bool:
    """Whether ISO 4217 has `currency` (BR-CL-04): those that the euro replaced are gone, too."""
    from iso4217 import Currency  # noqa: PLC0415 (the handler starts without it)

    return currency in {one.code for one in Currency}


def _are_known(seller: Seller, customer: Customer) -> bool:
    """Whether both have what every party needs (BR-06 to BR-11)."""
    return all(party.name.strip() and party.address.country for party in (seller, customer))


def _are_registered(seller: Seller, customer: Customer, tax: Tax) -> bool:
    """Whether the parties have the numbers that `tax` asks for (BR-S-02, BR-Z-02, BR-G-02, BR-AE-02)."""
    match tax.category:
        case TaxCategory.STANDARD | TaxCategory.ZERO:
            return bool(seller.vat_id or seller.tax_number)
        case TaxCategory.EXPORT:
            return bool(seller.vat_id)
        case TaxCategory.REVERSE_CHARGE:
            return bool(seller.vat_id and customer.vat_id)
