"""From an invoice or a credit note to its documents: the PDF, and the electronic invoice."""

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from botmeter.ports.invoices import Documents
from invoice.einvoice import cii, is_representable, ubl
from invoice.rendering import render_pdf


def render(document: Invoice | CreditNote) -> Documents:
    """All forms of `document`, or a PDF alone where it can be no electronic invoice.

    The same document gives the same bytes.
    """
    if not is_representable(document):
        return Documents(render_pdf(document, None), None)
    return Documents(render_pdf(document, cii(document)), ubl(document))
