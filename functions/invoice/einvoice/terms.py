"""The business terms of EN 16931 that an invoice or a credit note has.

Terms are keyed as the standard numbers them; `factur-x` reads them under these keys. Amounts are decimal
text from integers: a float never comes near them.
"""

from typing import Any

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from invoice.einvoice.amounts import amount
from invoice.einvoice.document import Document, invoice_of
from invoice.einvoice.lines import line_terms
from invoice.einvoice.parties import buyer, delivered_to, seller
from invoice.einvoice.taxes import breakdown

Terms = dict[str, Any]

# UNTDID 1001.
COMMERCIAL_INVOICE = "380"
CREDIT_NOTE = "381"
# UNTDID 4461: within SEPA, and anywhere else.
SEPA_TRANSFER = "58"
TRANSFER = "30"


def terms_of(document: Document) -> Terms:
    """All terms of `document`; empty texts and lists stand for terms that it lacks."""
    invoice = invoice_of(document)
    special = _of_credit_note(document) if isinstance(document, CreditNote) else _of_invoice(document)
    return {
        "BT-1": document.number,
        "BT-2": document.issued_on,
        "BT-5": invoice.currency,
        "BT-13": invoice.customer.order_reference,
        "BG-4": seller(invoice.seller),
        "BG-7": buyer(invoice.customer, invoice.account_id),
        "BG-13": delivered_to(invoice.customer),
        **_period(document),
        "BG-23": breakdown(document.taxes, invoice.currency),
        "BT-106": amount(document.net_minor, invoice.currency),
        "BT-109": amount(document.net_minor, invoice.currency),
        "BT-110": amount(document.tax_minor, invoice.currency),
        "BT-112": amount(document.total_minor, invoice.currency),
        **special,
    }


def _period(document: Document) -> Terms:
    """The days from the first to the last that is charged for: every line's period lies in it."""
    periods = [line.service_period for line in document.lines]
    return {
        "BT-73": min(period.first_day for period in periods),
        "BT-74": max(period.last_day for period in periods),
    }


def _of_invoice(invoice: Invoice) -> Terms:
    """What only an invoice has: what is paid, what is due and how to pay it."""
    lines = enumerate(invoice.lines, start=1)
    return {
        "BT-3": COMMERCIAL_INVOICE,
        "BG-3": [{"BT-25": invoice.replaces}] if invoice.replaces else [],
        "BT-113": amount(invoice.applied_minor, invoice.currency) if invoice.applied_minor else "",
        "BT-115": amount(invoice.due_minor, invoice.currency),
        "BG-25": [line_terms(number, line, late=invoice.is_adjustment(line)) for number, line in lines],
        **(_payment(invoice) if invoice.due_minor > 0 else {}),
    }


def _payment(invoice: Invoice) -> Terms:
    """When to pay (BR-CO-25 wants it where something is due), and by transfer to where."""
    terms: Terms = {"BT-9": invoice.due_on}
    if bank := invoice.seller.bank:
        terms |= {
            "BT-81": SEPA_TRANSFER if invoice.currency == "EUR" else TRANSFER,
            "BT-83": invoice.number,
            "BT-84": bank.iban,
            "BT-85": bank.holder,
            "BT-86": bank.bic,
        }
    return terms


def _of_credit_note(note: CreditNote) -> Terms:
    """What only a credit note has: why, and of which invoice. Its lines keep the numbers they have there."""
    invoice = note.of.invoice
    lines = zip(note.line_numbers, note.lines, strict=True)
    return {
        "BT-3": CREDIT_NOTE,
        "BG-1": [{"BT-22": note.reason}],
        "BG-3": [{"BT-25": invoice.number, "BT-26": invoice.issued_on}],
        "BT-20": f"Reduces what is to be paid of invoice {invoice.number}; what is paid already is returned.",
        "BT-115": amount(note.total_minor, invoice.currency),
        "BG-25": [line_terms(number, line, late=invoice.is_adjustment(line)) for number, line in lines],
    }
