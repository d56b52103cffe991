"""Reading documents back."""

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

from pypdf import PdfReader

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice
from invoice.rendering import render_pdf

Document = Invoice | CreditNote

XML = b"<?xml version='1.0' encoding='UTF-8'?>\n<invoice/>"


@cache
def pdf_of(document: Document) -> bytes:
    return render_pdf(document, XML)


def reader_of(document: Document) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_of(document)))


@cache
def pages_of(document: Document) -> list[str]:
    """The text of each page, with single spaces, unbreakable ones too."""
    return [" ".join(page.extract_text().split()) for page in reader_of(document).pages]


def text_of(document: Document) -> str:
    return " ".join(pages_of(document))


def structure(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    """The elements of the structure tree, each with its depth, in reading order."""

    def walk(node: Any, depth: int) -> Iterator[tuple[int, dict[str, Any]]]:
        node = node.get_object()
        if isinstance(node, list):
            for one in node:
                yield from walk(one, depth)
        elif isinstance(node, dict):
            yield depth, node
            yield from walk(node.get("/K", []), depth + 1)

    root: Any = reader_of(document).root_object
    yield from walk(root["/StructTreeRoot"]["/K"], 0)
