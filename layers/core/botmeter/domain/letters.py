"""Letters: what is written to a customer with an invoice, in the customer's language."""

from dataclasses import dataclass

from botmeter.domain.invoices import Invoice
from botmeter.domain.money import Money


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and text of a message."""

    subject: str
    text: str


_ENGLISH = Letter(
    subject="Invoice {number} of {seller}",
    text=(
        "Dear customer,\n\n"
        "please find attached our invoice {number} for {first} to {last}.\n\n"
        "Total: {total}\nStill to pay: {due}\nDue on: {due_on}\n\n"
        "Kind regards\n{seller}\n"
    ),
)
_GERMAN = Letter(
    subject="Rechnung {number} von {seller}",
    text=(
        "Guten Tag,\n\n"
        "anbei erhalten Sie unsere Rechnung {number} für den Zeitraum {first} bis {last}.\n\n"
        "Gesamtbetrag: {total}\nNoch zu zahlen: {due}\nFällig am: {due_on}\n\n"
        "Mit freundlichen Grüßen\n{seller}\n"
    ),
)


def invoice_letter(invoice: Invoice) -> Letter:
    """The letter that goes with an invoice: in German where the customer reads it, else in English."""
    letter = _GERMAN if invoice.customer.locale.partition("-")[0] == "de" else _ENGLISH
    facts = {
        "number": invoice.number,
        "seller": invoice.seller.name,
        "first": invoice.period.first_day.isoformat(),
        "last": invoice.period.last_day.isoformat(),
        "total": str(Money(invoice.total_minor, invoice.currency)),
        "due": str(Money(max(0, invoice.due_minor), invoice.currency)),
        "due_on": invoice.due_on.isoformat(),
    }
    return Letter(letter.subject.format(**facts), letter.text.format(**facts))
