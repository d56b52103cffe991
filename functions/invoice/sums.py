"""What a document comes to: its sums, and what the law wants said about the tax."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from botmeter.domain.tax import TaxTotal
from invoice.charges import numbered_lines
from invoice.language import Language


class Weight(StrEnum):
    """How a sum is set."""

    PLAIN = "plain"
    TOTAL = "total"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum, in words and in minor units."""

    label: str
    amount_minor: int
    weight: Weight = Weight.PLAIN


def sums(document: Invoice | CreditNote, language: Language) -> Iterator[Sum]:
    """Net, the taxes, the total, and what remains of it."""
    words = language.words
    invoice, _ = numbered_lines(document)
    yield Sum(words.net_total, document.net_minor, Weight.TOTAL)
    for total in document.taxes:
        yield Sum(_describe_tax(total, invoice, language), total.tax_minor)
    yield Sum(words.total, document.total_minor, Weight.TOTAL)
    if isinstance(document, Invoice):
        yield from _payments(document, language)
    yield outcome(document, language)


def outcome(document: Invoice | CreditNote, language: Language) -> Sum:
    """What is left: to pay, or in the customer's favour; never a negative amount."""
    words = language.words
    if isinstance(document, CreditNote):
        label = words.credited if document.total_minor >= 0 else words.charged_back
        return Sum(label, abs(document.total_minor), Weight.DUE)
    label = words.amount_due if document.due_minor >= 0 else words.in_favour
    return Sum(label, abs(document.due_minor), Weight.DUE)


def remarks(document: Invoice | CreditNote, language: Language) -> list[str]:
    """What the law wants said: why there is no tax, and which invoice is corrected."""
    words = language.words
    wanted = [words.tax_remarks[total.tax.category] for total in document.taxes]
    if isinstance(document, CreditNote):
        of = document.of.invoice
        wanted.append(words.credit_note_remark.format(number=of.number, day=language.day(of.issued_on)))
    return [remark for remark in dict.fromkeys(wanted) if remark]


def _describe_tax(total: TaxTotal, invoice: Invoice, language: Language) -> str:
    """The category and rate of a tax, whose it is if it is not the seller's, and on what."""
    words, tax = language.words, total.tax
    name = words.tax_names[tax.category].format(rate=language.percent(tax.rate_bp))
    if tax.rate_bp and tax.country != invoice.seller.address.country:
        name = words.tax_of_country.format(tax=name, country=language.country(tax.country))
    return words.tax_on.format(tax=name, net=language.money(total.net_minor, invoice.currency))


def _payments(invoice: Invoice, language: Language) -> Iterator[Sum]:
    """What balances and orders have paid before; a balance by the name of its bot."""
    names = {line.bot_id: line.bot_name for line in invoice.lines}
    for payment in invoice.applied:
        reference = names.get(payment.reference, payment.reference)
        label = language.words.applied[payment.source].format(reference=reference)
        yield Sum(label, -payment.amount_minor)
