"""What an invoice cannot do without: the rules that details of customers and sellers keep.

Each check yields all that is wrong. Numbers with check digits are another's: `services.check_parties`.
"""

import re
from collections.abc import Iterator
from zoneinfo import available_timezones

from botmeter.domain.countries import COUNTRIES, WITHOUT_POSTAL_CODES
from botmeter.domain.errors import Refused
from botmeter.domain.identifiers import IDENTIFIER_RULE, is_identifier
from botmeter.domain.parties import Address, BankAccount, Customer, Seller

# What fits a line of an invoice.
MAX_LINE = 120
MAX_ADDRESS_LINES = 4
MAX_PAYMENT_DAYS = 365

LINE_RULE = f"must be 1 to {MAX_LINE} characters on one line, without blanks at its ends"
EMAIL_RULE = "must be an e-mail address such as billing@acme.example"
LOCALE_RULE = "must be a language tag such as de or de-DE"
PREFIX_RULE = "must be 1 to 12 characters of A-Z 0-9 -"
COUNTRY_RULE = "must be an ISO 3166-1 code of two capital letters such as DE"

# What mail servers take without SMTPUTF8; a longer address none takes (RFC 5321).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_MAX_EMAIL = 254
# Language, script, region: the parts of BCP 47 that numbers and words depend on.
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


def customer_faults(customer: Customer) -> Iterator[Refused]:
    """What is wrong with a customer's details; fields are named from the customer on."""
    yield from _line("name", customer.name)
    yield from _address(customer.address)
    yield from _email("email", customer.email)
    if not _LOCALE.fullmatch(customer.locale):
        yield Refused("locale", LOCALE_RULE)
    yield from _line_or_nothing("order_reference", customer.order_reference)


def seller_faults(seller: Seller) -> Iterator[Refused]:
    """What is wrong with a seller's details; fields are named from the seller on."""
    if not is_identifier(seller.code):
        yield Refused("code", IDENTIFIER_RULE)
    yield from _line("name", seller.name)
    yield from _address(seller.address)
    for name in ("tax_number", "registration", "phone", "website"):
        yield from _line_or_nothing(name, getattr(seller, name))
    yield from _email("email", seller.email)
    if seller.bank:
        yield from _bank(seller.bank)
    if seller.time_zone not in available_timezones():
        yield Refused("time_zone", "must be an IANA time zone such as Europe/Berlin")
    if not 0 <= seller.payment_days <= MAX_PAYMENT_DAYS:
        yield Refused("payment_days", f"must be from 0 to {MAX_PAYMENT_DAYS}")
    yield from _prefixes(seller)


def _prefixes(seller: Seller) -> Iterator[Refused]:
    """What is wrong with the beginnings of a seller's numbers; credit notes have their own."""
    for name in ("invoice_prefix", "credit_note_prefix"):
        if not _PREFIX.fullmatch(getattr(seller, name)):
            yield Refused(name, PREFIX_RULE)
    if seller.invoice_prefix == seller.credit_note_prefix:
        yield Refused("credit_note_prefix", "must be another than that of invoices")


def _address(address: Address) -> Iterator[Refused]:
    """What is wrong with an address."""
    if len(address.lines) > MAX_ADDRESS_LINES:
        yield Refused("address/lines", f"must be at most {MAX_ADDRESS_LINES}")
    for index, line in enumerate(address.lines):
        yield from _line(f"address/lines/{index}", line)
    if address.postal_code or address.country not in WITHOUT_POSTAL_CODES:
        yield from _line("address/postal_code", address.postal_code)
    yield from _line("address/city", address.city)
    if address.country not in COUNTRIES:
        yield Refused("address/country", COUNTRY_RULE)


def _bank(bank: BankAccount) -> Iterator[Refused]:
    """What is wrong with a bank account, but for its numbers."""
    yield from _line("bank/holder", bank.holder)
    yield from _line_or_nothing("bank/bank", bank.bank)


def _line(field: str, text: str) -> Iterator[Refused]:
    """A text that is printed on one line."""
    if text.strip() != text or not text.isprintable() or not 0 < len(text) <= MAX_LINE:
        yield Refused(field, LINE_RULE)


def _line_or_nothing(field: str, text: str) -> Iterator[Refused]:
    """A line that may be left out."""
    if text:
        yield from _line(field, text)


def _email(field: str, text: str) -> Iterator[Refused]:
    """An e-mail address that may be left out."""
    if text and (len(text) > _MAX_EMAIL or not _EMAIL.fullmatch(text)):
        yield Refused(field, EMAIL_RULE)
