"""From an invoice or a credit note to its PDF: Jinja2 writes the HTML, WeasyPrint sets it.

The PDF is PDF/A-3 with level A: for archives, and tagged for those who have it read aloud. The electronic
invoice travels in it, as Factur-X and ZUGFeRD ask. A document is rendered to the same bytes every time:
nothing here asks for the time, and the document loads nothing from outside. Jinja2, Babel and WeasyPrint
are imported when the first document is rendered, so that the handler starts without them.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice

# Where Lambda unpacks layers/pango: its fonts are the only ones there.
LAYER_FONT_CONFIGURATION = Path("/opt/etc/fonts/fonts.conf")
FACTURX_METADATA = Path(__file__).parent / "templates" / "facturx.xml"
FACTURX_NAME = "factur-x.xml"


def render_pdf(document: Invoice | CreditNote, facturx_xml: bytes | None) -> bytes:
    """The PDF of `document`, its electronic invoice `facturx_xml` (profile EN 16931) in it if it has one.

    The same arguments give the same bytes.
    """
    from invoice.pages import render_html  # noqa: PLC0415 (see above)

    weasyprint = _weasyprint()
    # The document is complete in itself: whatever else it might name is refused.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    with _garbage_afterwards():
        pdf: bytes = weasyprint.HTML(string=render_html(document), url_fetcher=nothing).write_pdf(
            font_config=_fonts(),
            pdf_variant="pdf/a-3a",
            attachments=[_attachment(document, facturx_xml)] if facturx_xml else None,
            finisher=_finish,
        )
    return pdf


@contextmanager
def _garbage_afterwards() -> Iterator[None]:
    """Look for garbage once, when the document is done.

    WeasyPrint keeps what it makes until then: to search all of that again and again takes a fifth of the time
    and finds nothing to speak of. What Python has not looked at yet is young to it, and is found without a
    look at anything else; what it has looked at, and could not free then, would stay for several documents.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if was_enabled:
            gc.enable()


def _attachment(document: Invoice | CreditNote, facturx_xml: bytes) -> Any:
    """The electronic invoice as a file that says the same as the pages."""
    issued_at = document.issued_at.astimezone(UTC)
    return _weasyprint().Attachment(
        string=facturx_xml,
        name=FACTURX_NAME,
        description=f"Factur-X {document.number}",
        created=issued_at,
        modified=issued_at,
        relationship="Alternative",
    )


def _finish(_document: Any, pdf: Any) -> None:
    """Correct what WeasyPrint leaves open, just before the PDF is written."""
    _scope_heads(pdf)
    if "AF" in pdf.catalog:
        _describe_invoice(pdf)


def _scope_heads(pdf: Any) -> None:
    """Say of which cells a head of a table is the head: of its column or its row.

    WeasyPrint gives heads names instead, and the same ones on each page.
    """
    for element in pdf.objects:
        kind = element.get("S") if isinstance(element, dict) else None
        if kind == "/TH":
            group = _parent(pdf, _parent(pdf, element))
            element["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"
            element.pop("ID", None)
        elif kind == "/TD":
            element["A"].pop("Headers", None)


def _parent(pdf: Any, element: Any) -> Any:
    """The structure element around `element`."""
    return pdf.objects[int(element["P"].split()[0])]


def _describe_invoice(pdf: Any) -> None:
    """Say in the metadata what the attached file is, and name it once among the associated files."""
    del pdf.catalog["AF"][1:]
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    # XMP knows one RDF: WeasyPrint would append another one, which readers may pass over.
    metadata.stream[0] = metadata.stream[0].replace(
        b"</rdf:RDF>", FACTURX_METADATA.read_bytes() + b"</rdf:RDF>"
    )


@cache
def _weasyprint() -> Any:
    """WeasyPrint, which reads its surroundings when it is imported: they are prepared first."""
    if LAYER_FONT_CONFIGURATION.exists():
        os.environ.setdefault("FONTCONFIG_FILE", str(LAYER_FONT_CONFIGURATION))
    # Without HarfBuzz-Subset, fontTools makes the fonts, and stamps them with the time unless told otherwise.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    import weasyprint  # noqa: PLC0415 (see above)

    return weasyprint


@cache
def _fonts() -> Any:
    """The fonts of all documents.

    WeasyPrint looks for them anew for each document unless told otherwise, and never gives all of that
    memory back: a quarter of a megabyte for each. No document brings fonts of its own.
    """
    _weasyprint()
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 (see above)

    return FontConfiguration()
