"""Documents of every kind that an e-invoice must be able to show."""

from dataclasses import replace

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import AppliedPayment, Invoice, LineKind, PaymentSource
from botmeter.domain.parties import Address, CustomerKind
from botmeter.domain.tax import Tax, TaxCategory
from tests.fakes import documents
from tests.fakes.documents import CUSTOMER, EXPORT, OCTOBER, REVERSE_CHARGE, SELLER, line, lines

REDUCED = Tax(TaxCategory.STANDARD, 700, "DE")
DUTCH = Tax(TaxCategory.STANDARD, 2_100, "NL")
BELGIAN = Tax(TaxCategory.STANDARD, 2_100, "BE")
UNTAXED = Tax(TaxCategory.ZERO, 0, "DE")

FRENCH = replace(CUSTOMER, address=Address(("1 rue X",), "75001", "Paris", "FR"), vat_id="FR83404833048")
JAPANESE = replace(CUSTOMER, address=Address((), "100-0001", "東京", "JP"), vat_id="", email="")
CONSUMER = replace(CUSTOMER, kind=CustomerKind.CONSUMER, vat_id="", order_reference="")
ODD = replace(CUSTOMER, name="A & B <\x0bC>\n GmbH ", address=Address(tuple("12345"), "1", "B", "DE"))
BARE_SELLER = replace(SELLER, vat_id="", registration="", email="", phone="", website="", bank=None)
GIVEN_BACK = line(LineKind.PRORATION, -1, unit_price_micros=12_340_000, days=8)
LATE = line(LineKind.USAGE, -3, service_period=OCTOBER.previous(), prepaid=True)


def applied(amount_minor: int) -> tuple[AppliedPayment, ...]:
    """One payment before issue."""
    return (AppliedPayment(PaymentSource.BALANCE, "bot_1", amount_minor),)


def cases() -> dict[str, Invoice | CreditNote]:
    """Documents by what is special about them."""
    make, plain = documents.invoice, documents.invoice()
    small = make([line(LineKind.ALERTS, 3, unit_price_micros=12_345, tax=tax) for tax in (REDUCED, REDUCED)])
    return {
        "domestic": plain,
        "several rates": make([*lines(5), line(tax=REDUCED), line(tax=UNTAXED)]),
        "one rate of two countries": make([line(tax=DUTCH), line(tax=BELGIAN)]),
        "reverse charge": make(lines(5, tax=REVERSE_CHARGE), customer=FRENCH),
        "export": make(lines(5, tax=EXPORT), customer=JAPANESE),
        "yen": make(lines(5, currency="JPY", tax=EXPORT), customer=JAPANESE, currency="JPY"),
        "dollars": make(currency="USD"),
        "adjustments": make([*lines(5), GIVEN_BACK, LATE]),
        "free credits": make([*lines(5), line(LineKind.FREE_CREDITS, -1, unit_price_micros=5_000_000)]),
        "partly paid": make(applied=applied(5_000)),
        "paid": make(applied=applied(plain.total_minor)),
        "in the customer's favour": make([GIVEN_BACK], applied=applied(-100)),
        "nothing to charge": make([line(LineKind.INCLUDED_USAGE, 9, unit_price_micros=0)]),
        "1,500 lines": make(lines(1_500)),
        "replaced": make(replaces="INV-2026-000041"),
        "consumer": make(customer=CONSUMER),
        "odd texts": make([line(bot_name="A\x00&\ud800<b>")], customer=ODD),
        "no bot name": make([line(bot_name=" ")]),
        "seller with a tax number only": make(seller=BARE_SELLER),
        "seller without e-mail": make(seller=replace(SELLER, email="")),
        "whole credit note": documents.credit_note(plain),
        "partial credit note": documents.credit_note(plain, 3, 7),
        "credit note for what was given back": documents.credit_note(make([GIVEN_BACK, line()]), 1),
        "last credit note": replace(
            documents.credit_note(small, 2),
            of=replace(documents.credit_note(small).of, credited_lines=frozenset({1})),
        ),
        "reverse charge credit note": documents.credit_note(
            make(lines(5, tax=REVERSE_CHARGE), customer=FRENCH), 1
        ),
    }
