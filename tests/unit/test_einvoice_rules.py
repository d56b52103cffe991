"""E-invoices in both syntaxes: valid by the official rules, with the amounts of the domain."""

from typing import Any

import pytest
from lxml import etree

from invoice.einvoice import cii, is_representable, ubl
from tests.fakes.documents import credit_note, invoice
from tests.fakes.einvoice_cases import cases
from tests.fakes.einvoices import NAMESPACES, SYNTAXES, amounts_of, broken_rules, read_back

CASES = cases()
ONE_RATE_OF_TWO_COUNTRIES = "one rate of two countries"


@pytest.mark.parametrize("case", CASES)
def test_every_document_keeps_the_official_rules(case: str) -> None:
    """Neither an XML Schema nor a business rule of EN 16931 has a word against a document."""
    assert is_representable(CASES[case])
    assert broken_rules(CASES[case]) == []


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("case", sorted(CASES.keys() - {ONE_RATE_OF_TWO_COUNTRIES}))
def test_amounts_read_back_are_those_of_the_domain(case: str, syntax: Any) -> None:
    """Each line, tax and total in the XML is to the last digit what the domain computed."""
    assert read_back(CASES[case], syntax) == amounts_of(CASES[case])


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_equal_rates_of_two_countries_are_one_group(syntax: Any) -> None:
    """The breakdown has one group for each category and rate, with the sum of both taxes."""
    document = CASES[ONE_RATE_OF_TWO_COUNTRIES]
    assert read_back(document, syntax).taxes == {("S", 2_100): (document.net_minor, document.tax_minor)}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_same_document_gives_the_same_bytes(syntax: Any) -> None:
    """A second run does not change a byte."""
    assert syntax(invoice()) == syntax(invoice())


@pytest.mark.parametrize(
    ("document", "root", "code"), [(invoice(), "Invoice", "380"), (credit_note(), "CreditNote", "381")]
)
def test_ubl_has_a_document_of_its_own_for_credit_notes(document: Any, root: str, code: str) -> None:
    """A credit note is a UBL CreditNote of type 381, an invoice an Invoice of type 380."""
    read = etree.fromstring(ubl(document))
    assert etree.QName(read).localname == root
    assert read.findtext(f"cbc:{root}TypeCode", None, NAMESPACES) == code


@pytest.mark.parametrize(
    ("syntax", "path"),
    [
        (cii, "//ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"),
        (ubl, "/*/cbc:CustomizationID"),
    ],
)
def test_documents_name_the_standard(syntax: Any, path: str) -> None:
    """Both syntaxes say that they keep the rules of EN 16931 and no others."""
    found = etree.fromstring(syntax(invoice())).xpath(path, namespaces=NAMESPACES)
    assert [one.text for one in found] == ["urn:cen.eu:en16931:2017"]
