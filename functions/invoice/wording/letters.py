"""The words of the letter that an invoice is mailed with, by ISO 639 code as those of the documents."""

from collections.abc import Mapping

from botmeter.ports.invoices import Letter

LETTERS: Mapping[str, Letter] = {
    "en": Letter(
        subject="Invoice {number} of {seller}",
        text=(
            "Dear customer,\n\n"
            "please find attached our invoice {number} for {period}.\n\n"
            "Total: {total}\nStill to pay: {due}\nDue on: {due_on}\n\n"
            "Kind regards\n{seller}\n"
        ),
    ),
    "de": Letter(
        subject="Rechnung {number} von {seller}",
        text=(
            "Guten Tag,\n\n"
            "anbei erhalten Sie unsere Rechnung {number} für {period}.\n\n"
            "Gesamtbetrag: {total}\nNoch zu zahlen: {due}\nFällig am: {due_on}\n\n"
            "Mit freundlichen Grüßen\n{seller}\n"
        ),
    ),
}
