"""Documents of many pages, drafts, credit notes and the chart."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pypdf.generic import Destination

from botmeter.domain.invoices import BilledTotal
from botmeter.domain.sessions import Unit
from invoice.charts import daily_chart
from invoice.pages import render_html
from tests.fakes.documents import OCTOBER, credit_note, daily_totals, invoice, line, lines
from tests.integration.pdf import pages_of, reader_of, structure, text_of

HEAD = "No. Description Quantity Unit price VAT Net (EUR)"


def test_long_invoices() -> None:
    """Every page has the table's head and its number; the last has the sums, and not the sums alone."""
    of = invoice(lines(300), totals=())
    pages = pages_of(of)

    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert HEAD in page
        assert "Invoice INV-2026-000042" in page
    numbers = [int(n) for page in pages for n in re.findall(r"(\d+) [A-Z][a-z ]+, \w+ 2026", page)]
    assert numbers == list(range(1, 301))
    assert re.search(r"Subtotal Orders 60 [\d.]+ Net total .* Amount due", pages[-1])


@pytest.mark.parametrize("rows", range(12, 36, 3))
def test_sums_are_never_alone_on_a_page(rows: int) -> None:
    """Wherever a page ends, a sum stands below a line that it adds up."""
    for page in pages_of(invoice([line(quantity=n + 1) for n in range(rows)], totals=())):
        if HEAD in page:
            charged = page.partition(HEAD)[2].strip()
            assert re.match(r"(Orders Essential plan · bot_orders )?\d+ Usage sessions", charged)


@pytest.mark.parametrize("rows", [1, 5])
def test_short_invoices_have_one_page(rows: int) -> None:
    """A small bill is one sheet of paper, in German too, which needs more room."""
    assert [len(pages_of(invoice(lines(1), locale=locale))) for locale in ("en", "de")] == [1, 1]
    assert len(pages_of(invoice(lines(rows), totals=()))) == 1


def test_bookmarks() -> None:
    """The outline has the document, and in it the bots and what follows them."""
    outline: list[Any] = reader_of(invoice()).outline
    document, parts = outline
    titles = [part.title for part in parts if isinstance(part, Destination)]

    assert document.title == "Invoice INV-2026-000042"
    assert titles == ["Orders 1", "Orders 2", "Payment", "Sessions by day, October 2026"]


def test_a_draft() -> None:
    """A draft cannot be taken for an invoice: it says so on every page, and nobody can pay it."""
    of = invoice(lines(40), number="")
    text = text_of(of)

    assert "Draft invoice This is a preview and not an invoice" in text
    assert "Number given when it is issued" in text
    assert all("DRAFT" in page for page in pages_of(of))
    assert not any(word in text for word in ("Due date", "Account holder", "Pay with your banking app"))
    assert reader_of(of).metadata.title == "Draft invoice"  # type: ignore[union-attr]
    assert "DRAFT" not in text_of(invoice())


def test_a_credit_note() -> None:
    """A credit note names its invoice and its reason, and shows the lines as they are numbered there."""
    note = credit_note(invoice(), 3, 8)
    text = text_of(note)

    assert "Credit note CN-2026-000007" in text
    assert "Issue date 9 November 2026 Corrects invoice INV-2026-000042 of 1 November 2026" in text
    assert "Reason Sessions of a test were billed" in text
    assert "3 Further usage sessions, October 2026 1,201 0.15 19% 180.15" in text
    assert "8 Further usage sessions, October 2026 1,202 0.15 19% 180.30" in text
    assert "Net total €360.45 VAT 19% on €360.45 €68.49 Total €428.94 Amount credited €428.94" in text
    assert "takes back the lines above of invoice INV-2026-000042 of 1 November 2026" in text
    assert not any(word in text for word in ("Essential monthly fee", "Sessions by day", "Account holder"))


def test_a_credit_note_of_what_was_given() -> None:
    """A credit note that takes back a credit charges, and says so."""
    note = credit_note(invoice([line(quantity=-2)]), number="")

    assert "Draft credit note" in text_of(note)
    assert "Total -€0.36 Amount charged €0.36" in text_of(note)


def test_the_chart() -> None:
    """The sessions of each day are drawn, and told to those who do not see them."""
    alternatives = [str(node["/Alt"]) for _, node in structure(invoice()) if "/Alt" in node]

    assert (
        "Bar chart of the sessions on each day of October 2026: 1,582 usage sessions and 185 alert sessions "
        "in all, at most 95 on 5 October 2026." in alternatives
    )
    assert "Usage sessions: 1,582" in text_of(invoice())
    assert render_html(invoice()).count("<rect") > 31


def test_the_chart_adds_up() -> None:
    """Bars stand on the axis, alerts on the usage, and none reaches beyond the top line."""
    chart = daily_chart(invoice())
    assert chart is not None
    base, top = chart.gridlines[0][1], chart.gridlines[-1][1]

    assert [count for count, _ in chart.gridlines] == [0, 50, 100]
    assert len(chart.bars) == 31
    for bar in chart.bars:
        assert bar.usage_y + bar.usage_height == base
        assert bar.alerts_y + bar.alerts_height == bar.usage_y
        assert top <= bar.alerts_y
    assert chart.bars[2].usage_height == chart.bars[2].alerts_height == 0


def test_other_periods_are_not_in_the_chart() -> None:
    """Adjustments of earlier months are not this month's sessions; without any there is no chart."""
    before = OCTOBER.first_day - timedelta(days=1)
    late = (BilledTotal("bot_1", "essential@1", Unit.USAGE, before, 7),)

    assert daily_chart(invoice(totals=late)) is None
    assert daily_chart(invoice(totals=daily_totals() + late)) == daily_chart(invoice())


def test_when_the_sessions_were_counted() -> None:
    """The chart says as of when it is, in the account's time zone."""
    of = invoice(usage_as_of_ms=1_793_489_400_000)

    assert "Sessions that were known on 1 November 2026, 00:30." in text_of(of)
