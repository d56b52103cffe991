"""Who bills and who is billed."""

from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from api.schemas.common import IDENTIFIER
from api.schemas.typed import NotRequired, Text, TypedDict
from botmeter.domain.parties import CustomerKind

Country = Annotated[str, Text("^[A-Z]{2}$", "DE", "ISO 3166-1.")]
SellerCode = Annotated[str, Text(IDENTIFIER, "default", "The code of a seller.")]
Prefix = Annotated[str, Text("^[A-Z0-9][A-Z0-9-]{0,11}$", "INV")]


class Address(TypedDict):
    """Where a party is."""

    lines: Annotated[list[str], MaxLen(4)]
    """Street and the like."""
    postal_code: str
    city: str
    country: Country


class Customer(TypedDict):
    """Whom invoices are for."""

    name: str
    address: Address
    kind: CustomerKind
    vat_id: str
    """Empty if there is none."""
    email: str
    """Where documents are sent; empty: nowhere."""
    locale: str
    """The language of its documents, such as `de-DE`."""
    order_reference: str
    """The customer's own purchase order."""


class BankAccount(TypedDict):
    """Where transfers go."""

    holder: str
    iban: str
    bic: str
    bank: NotRequired[str]


class SellerDetails(TypedDict):
    """A legal entity that issues invoices. What may be left out is empty, or as in the example."""

    name: str
    address: Address
    vat_id: NotRequired[str]
    tax_number: NotRequired[str]
    registration: NotRequired[str]
    """Its entry in a register of companies."""
    email: NotRequired[str]
    phone: NotRequired[str]
    website: NotRequired[str]
    bank: NotRequired[BankAccount | None]
    time_zone: NotRequired[str]
    """Of its dates of issue; UTC unless told otherwise."""
    payment_days: NotRequired[Annotated[int, Ge(0), Le(365)]]
    """From the date of issue to the day on which payment is due; 14 unless told otherwise."""
    invoice_prefix: NotRequired[Prefix]
    """Begins the numbers of its invoices: no other seller's, and it never changes."""
    credit_note_prefix: NotRequired[Prefix]
    """The same for credit notes; `CN` unless told otherwise."""


class Seller(SellerDetails):
    """A seller with its code."""

    code: SellerCode
