"""What an e-invoice is made from."""

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice

Document = Invoice | CreditNote


def invoice_of(document: Document) -> Invoice:
    """The invoice that `document` is or takes back."""
    return document.of.invoice if isinstance(document, CreditNote) else document
