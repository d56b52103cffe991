"""What the documents of an invoice cost beside bare WeasyPrint on the same HTML, and a worker's memory."""

from typing import TYPE_CHECKING

import weasyprint

from bench.processes import in_a_new_process
from bench.report import interleaved, table
from invoice.documents import render
from invoice.einvoice import cii, ubl
from invoice.pages import render_html
from invoice.rendering import render_pdf
from tests.fakes.documents import invoice, lines

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = (1, 10, 40, 1_500)
IN_A_ROW = 10

# A worker with all that the invoice function loads, and the clients that it makes; its peak in MB before
# the first document and after each.
_WORKER = """
import sys
from bench.processes import peak_mb
from botmeter.bootstrap import wiring
from invoice.handler import render, write_letter
from tests.fakes.documents import invoice, lines

wiring().work_billing_queue(render, write_letter)
print(peak_mb(), file=sys.stderr)
for _ in range(int(sys.argv[2])):
    render(invoice(lines(int(sys.argv[1]))))
    print(peak_mb(), file=sys.stderr)
"""


def run() -> None:
    """Measure and print."""
    seconds = {f"{count:,}": _seconds(count) for count in LINES}
    table(
        "Invoice, milliseconds of processor time",
        ["lines", "bare, plain", "bare, PDF/A-3", "HTML", "HTML and PDF", "CII and UBL", "all"],
        [[lines, *(f"{s * 1000:,.0f}" for s in of.values())] for lines, of in seconds.items()],
    )
    table(
        "HTML and PDF x bare WeasyPrint; all documents a second, and the share of XML in their time",
        ["lines", "x bare, plain", "x bare, PDF/A-3", "invoices/s and core", "XML, %"],
        [[lines, *_ratios(of)] for lines, of in seconds.items()],
    )
    _print_memory()


def _seconds(count: int) -> dict[str, float]:
    """The time that each part takes for an invoice of `count` lines."""
    document = invoice(lines(count))
    html, xml = render_html(document), cii(document)
    works: dict[str, Callable[[], object]] = {
        "plain": lambda: weasyprint.HTML(string=html).write_pdf(),
        "pdf/a": lambda: weasyprint.HTML(string=html).write_pdf(
            pdf_variant="pdf/a-3a", attachments=[weasyprint.Attachment(string=xml, name="factur-x.xml")]
        ),
        "html": lambda: render_html(document),
        "pdf": lambda: render_pdf(document, xml),
        "xml": lambda: (cii(document), ubl(document)),
        "all": lambda: render(document),
    }
    return interleaved(works, 2 if count > 100 else 10)


def _ratios(of: dict[str, float]) -> list[str]:
    """What the times come to."""
    return [
        f"{of['pdf'] / of['plain']:.2f}",
        f"{of['pdf'] / of['pdf/a']:.2f}",
        f"{1 / of['all']:.2f}",
        f"{of['xml'] / of['all'] * 100:.0f}",
    ]


def _print_memory() -> None:
    """The memory of workers that make one invoice after another."""
    rows = []
    for count in LINES[-2:]:
        before, *after = map(float, in_a_new_process(_WORKER, str(count), str(IN_A_ROW)))
        rows.append([f"{count:,}", *(f"{mb:,.0f}" for mb in (before, after[0], after[1], after[-1]))])
    table(
        "Peak memory of a worker, MB",
        ["lines", "ready", "after the first invoice", "the second", f"the {IN_A_ROW}th"],
        rows,
    )
