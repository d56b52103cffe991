"""Which business terms an e-invoice has, and what cannot be one."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from botmeter.domain.parties import Address
from invoice.einvoice import cii, is_representable, ubl
from invoice.einvoice.terms import terms_of
from tests.fakes.documents import (
    CUSTOMER,
    EXPORT,
    OCTOBER,
    REVERSE_CHARGE,
    SELLER,
    credit_note,
    invoice,
    line,
)
from tests.fakes.einvoice_cases import GIVEN_BACK, LATE, applied

UNREGISTERED = replace(SELLER, vat_id="", tax_number="")


@pytest.mark.parametrize("written", [cii, ubl])
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (invoice(number=""), "a draft: it has no number"),
        (invoice([]), "it has no lines"),
        (invoice([line(currency="KWD")], currency="KWD"), "KWD has more than 2 decimals"),
        (credit_note(invoice([line(currency="KWD")], currency="KWD")), "KWD has more than 2 decimals"),
        (invoice([line(currency="HRK")], currency="HRK"), "HRK is no currency of ISO 4217"),
        (invoice(customer=replace(CUSTOMER, name=" ")), "a party has no name or no country"),
        (invoice(seller=replace(SELLER, address=Address((), "", "", ""))), "no name or no country"),
        (invoice(seller=UNREGISTERED), "tax numbers that a party lacks"),
        (invoice([line(tax=EXPORT)], seller=replace(SELLER, vat_id="")), "tax numbers that a party lacks"),
        (
            invoice([line(tax=REVERSE_CHARGE)], customer=replace(CUSTOMER, vat_id="")),
            "tax numbers that a party lacks",
        ),
    ],
)
def test_what_cannot_be_an_e_invoice_is_refused_with_the_reason(
    document: Any, reason: str, written: Any
) -> None:
    """Nothing is written that the standard has no form for, and the error says why."""
    assert not is_representable(document)
    with pytest.raises(ValueError, match=reason):
        written(document)


def test_all_periods_of_lines_lie_in_the_invoicing_period() -> None:
    """The invoicing period begins with the first and ends with the last period that is charged for."""
    terms = terms_of(invoice([LATE, *invoice().lines]))
    assert (terms["BT-73"], terms["BT-74"]) == (date(2026, 9, 1), date(2026, 11, 30))


@pytest.mark.parametrize(("currency", "means"), [("EUR", "58"), ("USD", "30")])
def test_transfers_name_number_and_account(currency: str, means: str) -> None:
    """What is due is to be transferred, in euros within SEPA, with the number as remittance information."""
    terms = terms_of(invoice(currency=currency))
    assert terms["BT-9"] == date(2026, 11, 15)
    assert (terms["BT-81"], terms["BT-83"], terms["BT-84"]) == (
        means,
        "INV-2026-000042",
        "DE89370400440532013000",
    )


def test_nobody_is_asked_to_pay_what_is_paid() -> None:
    """An invoice with nothing due has neither a due date nor an account."""
    terms = terms_of(invoice(applied=applied(invoice().total_minor)))
    assert terms["BT-115"] == "0.00"
    assert not {"BT-9", "BT-81", "BT-84"} & terms.keys()


def test_a_replacement_names_the_void_invoice() -> None:
    """The preceding invoice of a replacement is the one that it replaces."""
    assert terms_of(invoice(replaces="INV-2026-000041"))["BG-3"] == [{"BT-25": "INV-2026-000041"}]


def test_a_credit_note_names_its_invoice_and_reason() -> None:
    """A credit note refers to its invoice by number and day, and says why it was given."""
    terms = terms_of(credit_note())
    assert terms["BG-3"] == [{"BT-25": "INV-2026-000042", "BT-26": date(2026, 11, 1)}]
    assert terms["BG-1"] == [{"BT-22": "Sessions of a test were billed"}]


def test_credited_lines_keep_their_numbers() -> None:
    """A line of a credit note has the number that it has on the invoice."""
    assert [one["BT-126"] for one in terms_of(credit_note(None, 3, 7))["BG-25"]] == ["3", "7"]


def test_a_line_that_takes_back_has_a_negative_quantity() -> None:
    """The quantity has the sign, the price never: the standard knows no negative price (BR-27)."""
    taken_back = terms_of(invoice([GIVEN_BACK]))["BG-25"][0]
    assert (taken_back["BT-129"], taken_back["BT-146"], taken_back["BT-131"]) == ("-1", "12.34", "-12.34")


def test_a_price_keeps_all_its_decimals() -> None:
    """A price has six decimals where it needs them, though amounts have two."""
    terms = terms_of(invoice([line(quantity=1_000, unit_price_micros=12_345_678)]))["BG-25"][0]
    assert (terms["BT-146"], terms["BT-131"]) == ("12.345678", "12345.68")


def test_a_line_says_what_it_is_for() -> None:
    """Item, bot, plan and period are in words, and what is special about the line in a note."""
    terms = terms_of(invoice([LATE, replace(GIVEN_BACK, service_period=OCTOBER)]))["BG-25"]
    assert terms[0]["BT-153"] == "Usage sessions, Orders"
    assert terms[0]["BT-154"] == "Essential plan, 2026-09-01 to 2026-09-30"
    assert terms[0]["BT-127-00"] == [
        {"BT-127": "Correction for sessions that were reported late."},
        {"BT-127": "Paid from balance."},
    ]
    assert terms[1]["BT-154"] == "Essential plan, 2026-10-01 to 2026-10-31, for 8 days"


@pytest.mark.parametrize(
    ("tax", "exemption"),
    [
        (REVERSE_CHARGE, ("AE", "0.00", "Reverse charge", "VATEX-EU-AE")),
        (EXPORT, ("G", "0.00", "Export outside the EU", "VATEX-EU-G")),
    ],
)
def test_what_is_not_taxed_says_why(tax: Any, exemption: tuple[str, ...]) -> None:
    """Reverse charge and export have a rate of zero and the reason in words and as a code."""
    group = terms_of(invoice([line(tax=tax)]))["BG-23"][0]
    assert tuple(group[term] for term in ("BT-118", "BT-119", "BT-120", "BT-121")) == exemption
