"""Documents as those who download them have them, and the amounts that they read in them."""

import io
import re
from dataclasses import dataclass
from typing import Any

import pypdf
import urllib3

from invoice.einvoice import cii, ubl
from invoice.language import language_of
from invoice.rendering import FACTURX_NAME
from tests.e2e.client import User, fulfilled
from tests.fakes.einvoices import Amounts, amounts_in

PDF, XML = "application/pdf", "application/xml"


@dataclass(frozen=True, slots=True)
class Download:
    """A file, with its type and the name under which a browser saves it."""

    content: bytes
    content_type: str
    name: str

    @property
    def text(self) -> str:
        """What a PDF says, in one line."""
        pages = pypdf.PdfReader(io.BytesIO(self.content)).pages
        return " ".join(" ".join(page.extract_text() for page in pages).split())

    @property
    def amounts(self) -> Amounts:
        """What the electronic invoice says: a UBL document, or the Factur-X inside of a PDF."""
        if self.content_type == XML:
            return amounts_in(self.content, ubl)
        (xml,) = pypdf.PdfReader(io.BytesIO(self.content)).attachments[FACTURX_NAME]
        return amounts_in(xml, cii)


def link(user: User, path: str, form: str = "pdf") -> str:
    """The link to a form of the document at `path`."""
    return str(fulfilled(user.send("GET", f"{path}/download?format={form}"))["url"])


def download(user: User, path: str, form: str = "pdf") -> Download:
    """A form of the document at `path`, through its link."""
    answer = urllib3.request("GET", link(user, path, form), timeout=30, retries=False)
    assert answer.status == 200, answer.data
    disposition = answer.headers["Content-Disposition"]
    found = re.fullmatch('attachment; filename="(.+)"', disposition)
    assert found is not None, disposition
    return Download(answer.data, answer.headers["Content-Type"], found[1])


def amounts_of(shown: dict[str, Any]) -> Amounts:
    """What the API says of an invoice or a credit note."""
    total = shown["total"]["amount"]
    return Amounts(
        currency=shown["total"]["currency"],
        net=shown["net"]["amount"],
        tax=shown["tax"]["amount"],
        total=total,
        applied=sum(payment["amount"]["amount"] for payment in shown.get("applied", [])),
        due=shown["amount_due"]["amount"] if "amount_due" in shown else total,
        taxes={
            (one["category"], one["rate_bp"]): (one["net"]["amount"], one["tax"]["amount"])
            for one in shown["taxes"]
        },
        lines=tuple(
            (str(line["line"]), line["quantity"], line["unit_price_micros"], line["amount"]["amount"])
            for line in shown["lines"]
        ),
    )


def not_printed(pdf: Download, amounts: Amounts, locale: str) -> set[str]:
    """The sums and lines that a PDF does not have, written as in `locale`."""
    language = language_of(locale)
    sums = (amounts.net, amounts.tax, amounts.total, abs(amounts.due))
    texts = [language.money(amount, amounts.currency) for amount in sums]
    texts += [language.amount(net, amounts.currency) for *_, net in amounts.lines]
    wanted = {" ".join(text.split()) for text in texts}
    return {text for text in wanted if f" {text} " not in f" {pdf.text} "}
