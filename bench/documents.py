"""Milliseconds for an invoice's PDF beside bare WeasyPrint on the same HTML."""

import weasyprint

from bench.report import cpu_seconds, table
from invoice.pages import render_html
from invoice.rendering import render_pdf
from tests.fakes.documents import invoice, lines

LINES = (10, 1000)
XML = b"<invoice/>"


def run() -> None:
    """Measure and print."""
    table("Invoice as PDF", ["", "bare WeasyPrint, ms", "Botmeter, ms", "ratio"], [_row(n) for n in LINES])


def _row(count: int) -> list[str]:
    """Both times for an invoice of `count` lines, and their ratio."""
    one = invoice(lines(count))
    html = render_html(one)
    repetitions = max(2, 50 // count)
    bare = cpu_seconds(lambda: weasyprint.HTML(string=html).write_pdf(), repetitions)
    ours = cpu_seconds(lambda: render_pdf(one, XML), repetitions)
    return [f"{count:,} lines", f"{bare * 1000:,.0f}", f"{ours * 1000:,.0f}", f"{ours / bare:.2f}"]
