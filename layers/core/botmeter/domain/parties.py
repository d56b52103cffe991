"""Who bills and who is billed: legal entities with all that the law wants printed on an invoice."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Address:
    """Where a party is. `country` is an ISO 3166-1 code of two letters, `lines` are street and the like."""

    lines: tuple[str, ...]
    postal_code: str
    city: str
    country: str


class CustomerKind(StrEnum):
    """Whether a customer buys for a business."""

    BUSINESS = "business"
    CONSUMER = "consumer"


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom an invoice is for.

    `vat_id` has been checked, or is empty. `locale` (BCP 47, `de-DE`) is the language and number format
    of its documents, `email` where they are sent (empty: nowhere), `order_reference` the customer's own
    purchase order, printed as given.
    """

    name: str
    address: Address
    kind: CustomerKind = CustomerKind.BUSINESS
    vat_id: str = ""
    email: str = ""
    locale: str = "en"
    order_reference: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where transfers go. `iban` and `bic` without spaces."""

    holder: str
    iban: str
    bic: str
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """A legal entity that issues invoices, each with number sequences of its own.

    `code` names it; `invoice_prefix` and `credit_note_prefix` begin its numbers and are no other entity's.
    `registration` is its entry in a register of companies. Dates of issue are days in `time_zone`;
    payment is due `payment_days` after them.
    """

    code: str
    name: str
    address: Address
    vat_id: str = ""
    tax_number: str = ""
    registration: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    bank: BankAccount | None = None
    time_zone: str = "UTC"
    payment_days: int = 14
    invoice_prefix: str = "INV"
    credit_note_prefix: str = "CN"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)
