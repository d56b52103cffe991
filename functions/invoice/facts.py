"""What stands at the head of a document: its title, and the facts that an accountant looks for."""

from datetime import date

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from invoice.language import Language

Fact = tuple[str, str]

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def kind_of(document: Invoice | CreditNote, language: Language) -> str:
    """What the document is called; a draft is called so."""
    words = language.words
    if isinstance(document, CreditNote):
        return words.credit_note if document.number else words.draft_credit_note
    return words.invoice if document.number else words.draft_invoice


def facts(document: Invoice | CreditNote, language: Language) -> list[Fact]:
    """Labels and values, in the order in which they are printed; none without a value."""
    if isinstance(document, CreditNote):
        found = _facts_of_credit_note(document, language)
    else:
        found = _facts_of_invoice(document, language)
    return [(label, value) for label, value in found if value]


def _facts_of_invoice(invoice: Invoice, language: Language) -> list[Fact]:
    """The facts of an invoice."""
    words = language.words
    return [
        (words.number, invoice.number or words.no_number),
        (words.issued_on, language.day(invoice.issued_on)),
        (words.due_on, language.day(invoice.due_on) if invoice.number and invoice.due_minor > 0 else ""),
        *_about_the_customer(invoice, language),
        (words.replaces, invoice.replaces),
    ]


def _facts_of_credit_note(note: CreditNote, language: Language) -> list[Fact]:
    """The facts of a credit note."""
    words = language.words
    return [
        (words.number, note.number or words.no_number),
        (words.issued_on, language.day(note.issued_on)),
        (words.corrects, _with_day(note.of.invoice.number, note.of.invoice.issued_on, language)),
        *_about_the_customer(note.of.invoice, language),
        (words.reason, note.reason),
    ]


def _about_the_customer(invoice: Invoice, language: Language) -> list[Fact]:
    """For when and for whom an invoice is."""
    words = language.words
    return [
        (words.service_period, language.days(invoice.period)),
        (words.time_zone, invoice.time_zone),
        (words.account, invoice.account_id),
        (words.customer_vat_id, invoice.customer.vat_id),
        (words.order_reference, invoice.customer.order_reference),
    ]


def _with_day(number: str, day: date, language: Language) -> str:
    """A document's number and its day."""
    return language.words.of_day.format(number=number, day=language.day(day).replace(" ", NO_BREAK_SPACE))
