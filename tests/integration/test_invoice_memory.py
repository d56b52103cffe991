"""What documents of one process share, and what they leave behind."""

import gc
from typing import Any

import pytest

from invoice.documents import render
from invoice.rendering import _fonts, render_pdf
from tests.fakes.documents import credit_note, invoice, lines


def test_earlier_documents_change_no_later_one() -> None:
    """A document has the same bytes in a process that has made none and in one that has made others."""
    document = invoice(lines(7), locale="de-DE")
    _fonts.cache_clear()
    first = render(document)

    render(invoice(lines(40)))
    render(credit_note())
    assert render(document) == first


def test_documents_leave_no_garbage() -> None:
    """What was made for a document is gone when it is done: there are as many objects as before."""
    document = invoice(lines(40))
    render(document)
    gc.collect()
    before = len(gc.get_objects())

    for _ in range(3):
        render(document)
    assert len(gc.get_objects()) < before + 2_000


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_looked_for_as_before(enabled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes documents has Python's collector as it was, even when one fails."""

    def fail(_: Any) -> str:
        raise OSError("no templates")

    monkeypatch.setattr("invoice.pages.render_html", fail)
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(OSError, match="no templates"):
            render_pdf(invoice(), None)
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
