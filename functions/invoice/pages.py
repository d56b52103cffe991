"""The HTML of a document, with its style sheet inside: what WeasyPrint is given.

Everything that decides what is printed is in the modules beside this one; the templates decide how.
"""

from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from botmeter.domain.periods import to_utc
from invoice import charts, payment_code
from invoice.charges import numbered_lines, sections
from invoice.facts import facts, kind_of
from invoice.language import Language, language_of
from invoice.sums import outcome, remarks, sums

TEMPLATES = Path(__file__).parent / "templates"


def render_html(document: Invoice | CreditNote) -> str:
    """The HTML of `document`: same document, same text."""
    invoice, _ = numbered_lines(document)
    language = language_of(invoice.customer.locale)
    return _template().render(
        _formats(language, invoice)
        | (_billing(invoice, language) if document is invoice else {})
        | {
            "document": document,
            "invoice": invoice,
            "kind": kind_of(document, language),
            "facts": facts(document, language),
            "sections": sections(document, language),
            "sums": list(sums(document, language)),
            "outcome": outcome(document, language),
            "remarks": remarks(document, language),
            "issued_at": w3c(document.issued_at),
        }
    )


def w3c(moment: datetime) -> str:
    """`2026-10-31T23:30:00Z`: how metadata have times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _formats(language: Language, invoice: Invoice) -> dict[str, Any]:
    """The language of a document, and its functions with the document's currency."""
    return {
        "language": language,
        "words": language.words,
        "amount": partial(language.amount, currency=invoice.currency),
        "price": partial(language.price, currency=invoice.currency),
        "money": partial(language.money, currency=invoice.currency),
    }


def _billing(invoice: Invoice, language: Language) -> dict[str, Any]:
    """What an invoice has beside its lines and sums: how to pay, orders, and sessions by day."""
    zone = ZoneInfo(invoice.time_zone)
    known = to_utc(invoice.usage_as_of_ms).astimezone(zone)
    return {
        "bank": invoice.seller.bank,
        "iban": payment_code.grouped_iban(invoice.seller.bank) if invoice.seller.bank else "",
        "code": payment_code.payment_code(invoice),
        "codes": payment_code,
        "orders": [
            (language.short_day(one.ordered_at.astimezone(zone).date()), one) for one in invoice.orders
        ],
        "chart": charts.daily_chart(invoice),
        "charts": charts,
        "usage_as_of": language.moment(known) if invoice.usage_as_of_ms else "",
    }


@cache
def _template() -> Template:
    """The template of all documents, compiled once."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("document.html")
