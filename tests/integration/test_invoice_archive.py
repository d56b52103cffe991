"""What PDF/A-3 and Factur-X ask of a document, rule by rule: nothing that runs here validates them whole."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from invoice.rendering import render_pdf
from tests.fakes.documents import ISSUED_AT, credit_note, invoice, lines
from tests.integration.pdf import XML, pdf_of, reader_of, structure

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"

INVOICE = invoice()
DOCUMENTS = pytest.mark.parametrize(
    "of",
    [INVOICE, invoice(lines(60), locale="de"), invoice(number=""), credit_note()],
    ids=["invoice", "long", "draft", "credit-note"],
)


def root_of(of: Invoice | CreditNote) -> Any:
    return reader_of(of).root_object


def xmp_of(of: Invoice | CreditNote) -> ET.Element:
    packet = root_of(of)["/Metadata"].get_data().decode()
    return ET.fromstring(re.sub(r"<\?xpacket.*?\?>", "", packet))  # noqa: S314 (our own)


def resources(reader: PdfReader) -> Iterator[Any]:
    """The resources of all pages and of the drawings on them."""
    waiting: list[Any] = [page["/Resources"] for page in reader.pages]
    while waiting:
        found = waiting.pop().get_object()
        yield found
        drawings = [one.get_object() for one in found.get("/XObject", {}).values()]
        waiting += [one["/Resources"] for one in drawings if "/Resources" in one]


@DOCUMENTS
def test_it_says_that_it_is_pdf_a_3a(of: Invoice | CreditNote) -> None:
    """ISO 19005-3, 6.6.4: the metadata name part and level."""
    described = [one.attrib for one in xmp_of(of).iter(f"{RDF}Description") if f"{PDFAID}part" in one.attrib]

    assert [(one[f"{PDFAID}part"], one[f"{PDFAID}conformance"]) for one in described] == [("3", "A")]
    assert pdf_of(of).startswith(b"%PDF-1.7\n%")


@DOCUMENTS
def test_metadata_are_one_rdf(of: Invoice | CreditNote) -> None:
    """XMP, 7.4: the packet holds a single RDF element."""
    assert [child.tag for child in xmp_of(of)] == [f"{RDF}RDF"]


@DOCUMENTS
def test_colours_are_defined(of: Invoice | CreditNote) -> None:
    """6.2.3: an output intent with an RGB profile says what the colours are."""
    (intent,) = root_of(of)["/OutputIntents"]

    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"]["/N"] == 3
    assert intent["/DestOutputProfile"].get_data()[36:40] == b"acsp"


@DOCUMENTS
def test_fonts_are_embedded_and_can_be_read(of: Invoice | CreditNote) -> None:
    """6.2.11.4 and 6.2.11.7: each font is in the file, with the characters of its glyphs."""
    fonts = [one.get_object() for held in resources(reader_of(of)) for one in held.get("/Font", {}).values()]

    assert fonts
    for font in fonts:
        (descendant,) = font["/DescendantFonts"]
        assert "/FontFile2" in descendant["/FontDescriptor"] or "/FontFile3" in descendant["/FontDescriptor"]
        assert "DejaVu-Sans" in font["/BaseFont"]
        assert font["/ToUnicode"].get_data()


@DOCUMENTS
def test_nothing_is_see_through(of: Invoice | CreditNote) -> None:
    """6.2.10: no blend modes, no soft masks, and everything is opaque."""
    for held in resources(reader_of(of)):
        for state in held.get("/ExtGState", {}).values():
            found = state.get_object()
            assert float(found.get("/ca", 1)) == float(found.get("/CA", 1)) == 1
            assert found.get("/BM", "/Normal") == "/Normal"
            assert found.get("/SMask", "/None") == "/None"


@DOCUMENTS
def test_it_is_open_and_inert(of: Invoice | CreditNote) -> None:
    """6.1.3, 6.6.1: no encryption, an identifier, no actions, scripts, forms, links or other annotations."""
    reader = reader_of(of)

    assert not reader.is_encrypted
    assert len(reader.trailer["/ID"]) == 2  # type: ignore[arg-type]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(reader.root_object)
    assert "/JavaScript" not in reader.root_object.get("/Names", {})
    assert not any("/Annots" in page for page in reader.pages)


@DOCUMENTS
def test_it_is_tagged(of: Invoice | CreditNote) -> None:
    """6.7: structure, language and title are there, and viewers show the title."""
    root = root_of(of)

    assert root["/MarkInfo"]["/Marked"] is not None
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/Lang"]
    assert reader_of(of).metadata.title  # type: ignore[union-attr]
    assert all(str(page["/Tabs"]) == "/S" for page in reader_of(of).pages)


@DOCUMENTS
def test_the_structure_can_be_followed(of: Invoice | CreditNote) -> None:
    """One heading at the top, no level skipped; each figure is described; heads say for which cells."""
    nodes = [node for _, node in structure(of) if "/S" in node]
    kinds = [str(node["/S"]) for node in nodes]
    levels = [int(kind[2]) for kind in kinds if re.fullmatch(r"/H\d", kind)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {"/Table", "/THead", "/TBody", "/TR", "/TH", "/TD", "/P"} <= set(kinds)
    assert all(node.get("/Alt") for node in nodes if node["/S"] == "/Figure")
    scopes = [str(node["/A"]["/Scope"]) for node in nodes if node["/S"] == "/TH"]
    assert set(scopes) == {"/Column", "/Row"}
    assert scopes.count("/Column") == 6 * kinds.count("/THead")


@DOCUMENTS
def test_all_that_is_drawn_is_marked(of: Invoice | CreditNote) -> None:
    """6.7: text and drawings belong to the structure or are marked as decoration."""
    painting = {b"Tj", b"TJ", b"f", b"f*", b"S", b"B", b"Do"}
    for page in reader_of(of).pages:
        depth = 0
        contents = page.get_contents()
        assert contents is not None
        for _, operator in contents.operations:
            depth += {b"BDC": 1, b"BMC": 1, b"EMC": -1}.get(operator, 0)
            assert depth > 0 or operator not in painting, operator


def test_the_electronic_invoice_is_attached() -> None:
    """6.8, Factur-X: one associated file that says the same as the pages, with its type, name and time."""
    root = root_of(INVOICE)
    (file,) = root["/AF"]
    names = root["/Names"]["/EmbeddedFiles"]["/Names"]
    stream = file["/EF"]["/F"]

    assert names[0] == "factur-x.xml"
    assert names[1] == file
    assert (file["/F"], file["/UF"], file["/AFRelationship"]) == (
        "factur-x.xml",
        "factur-x.xml",
        "/Alternative",
    )
    assert file["/Desc"]
    assert stream["/Subtype"] == "/text/xml"
    assert stream["/Params"]["/ModDate"] == "D:20261031233000Z"
    assert stream.get_data() == XML


def test_the_metadata_name_the_electronic_invoice() -> None:
    """Factur-X 1.0: file, type, version and profile, and the schema that PDF/A wants for such properties."""
    xmp = xmp_of(INVOICE)
    said = {child.tag.removeprefix(FX): child.text for child in xmp.iter() if child.tag.startswith(FX)}
    described = {one.text for one in xmp.iter(f"{PROPERTY}name")}

    assert said == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    assert described == set(said)
    assert [one.text for one in xmp.iter(f"{SCHEMA}prefix")] == ["fx"]
    assert [one.text for one in xmp.iter(f"{SCHEMA}namespaceURI")] == [FX.strip("{}")]


def test_a_document_without_an_electronic_invoice_claims_none() -> None:
    """A draft, or a currency that no electronic invoice can be in."""
    pdf = render_pdf(invoice(number=""), None)

    assert b"/AF " not in pdf
    assert b"/EmbeddedFiles" not in pdf
    assert b"factur-x" not in pdf


def test_metadata_are_those_of_the_document() -> None:
    """Title and author, and the time of issue rather than that of rendering."""
    about = reader_of(INVOICE).metadata

    assert about is not None
    assert (about.title, about.author) == ("Invoice INV-2026-000042", "Botmeter Cloud GmbH")
    assert (about.creation_date, about.modification_date) == (ISSUED_AT, ISSUED_AT)
    assert "2026-10-31T23:30:00Z" in ET.tostring(xmp_of(INVOICE), encoding="unicode")
