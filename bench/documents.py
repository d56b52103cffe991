"""Milliseconds for an invoice's PDF beside bare WeasyPrint on the same HTML."""

from datetime import UTC, datetime

import weasyprint

from bench.report import cpu_seconds, table
from botmeter.domain.invoices import Invoice, Party
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.rating import rate_fees, rate_sessions
from botmeter.domain.sessions import Unit
from invoice.rendering import render_html, render_invoice
from tests.fakes.demo import ACCOUNT, ESSENTIAL, PLANS, bot

LINES = (10, 1000)
_OCTOBER = BillingPeriod(2026, 10)


def run() -> None:
    """Measure and print."""
    table("Invoice as PDF", ["", "bare WeasyPrint, ms", "Botmeter, ms", "ratio"], [_row(n) for n in LINES])


def _row(count: int) -> list[str]:
    """Both times for an invoice of `count` lines, and their ratio."""
    invoice = _invoice(count)
    html = render_html(invoice)
    repetitions = max(2, 50 // count)
    bare = cpu_seconds(lambda: weasyprint.HTML(string=html).write_pdf(), repetitions)
    ours = cpu_seconds(lambda: render_invoice(invoice), repetitions)
    return [f"{count:,} lines", f"{bare * 1000:,.0f}", f"{ours * 1000:,.0f}", f"{ours / bare:.2f}"]


def _invoice(count: int) -> Invoice:
    """An invoice of `count` lines, five for each bot."""
    quantities = {(ESSENTIAL.ref, Unit.USAGE): 1_300, (ESSENTIAL.ref, Unit.ALERT): 7}
    lines = []
    for number in range(count // 5):
        one = bot(ESSENTIAL, f"bot_{number}")
        lines += rate_fees(one, [_OCTOBER.next()], ACCOUNT.calendar, billed=[], orders=[])
        lines += rate_sessions(one, quantities, PLANS, _OCTOBER, ACCOUNT.calendar)
    return Invoice(
        number="INV-000001",
        account_id=ACCOUNT.account_id,
        period=_OCTOBER,
        currency="EUR",
        time_zone=ACCOUNT.time_zone,
        issued_at=datetime(2026, 11, 4, tzinfo=UTC),
        seller=Party("Botmeter Ltd", ("1 Example Street",)),
        customer=Party(ACCOUNT.name, ACCOUNT.address),
        lines=tuple(lines),
    )
