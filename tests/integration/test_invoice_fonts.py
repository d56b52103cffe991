"""The fonts of documents, which a process finds once."""

from invoice.documents import render
from invoice.rendering import _fonts
from tests.fakes.documents import credit_note, invoice, lines


def test_earlier_documents_change_no_later_one() -> None:
    """A document has the same bytes in a process that has made none and in one that has made others."""
    document = invoice(lines(7), locale="de-DE")
    _fonts.cache_clear()
    first = render(document)

    render(invoice(lines(40)))
    render(credit_note())
    assert render(document) == first
