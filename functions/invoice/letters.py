"""The letter that an invoice is mailed with, in the customer's language.

Babel is imported for the first letter, so that the handler starts without it.
"""

from botmeter.domain.invoices import Invoice
from botmeter.ports.invoices import Letter
from invoice.wording.letters import LETTERS


def write_letter(invoice: Invoice) -> Letter:
    """Subject and text, with dates and amounts as the customer writes them."""
    from invoice.language import language_of  # noqa: PLC0415 (see above)

    language = language_of(invoice.customer.locale)
    letter = LETTERS[language.tag.partition("-")[0]]
    facts = {
        "number": invoice.number,
        "seller": invoice.seller.name,
        "period": language.days(invoice.period),
        "total": language.money(invoice.total_minor, invoice.currency),
        "due": language.money(max(0, invoice.due_minor), invoice.currency),
        "due_on": language.day(invoice.due_on),
    }
    return Letter(letter.subject.format(**facts), letter.text.format(**facts))
