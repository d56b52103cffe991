"""Lines in the standard's terms, with short English names: the PDF has the wording for people."""

from typing import Any

from botmeter.domain.invoices import InvoiceLine, LineKind
from invoice.einvoice.amounts import amount, percent, price

# UN/ECE recommendation 20: one. A fee counts no months, it may be for a part of one.
UNIT = "C62"

_NAMES = {
    LineKind.FEE: "Plan fee",
    LineKind.PRORATION: "Plan fee, correction",
    LineKind.INCLUDED_USAGE: "Usage sessions, included",
    LineKind.USAGE: "Usage sessions",
    LineKind.INCLUDED_ALERTS: "Alert sessions, included",
    LineKind.ALERTS: "Alert sessions",
    LineKind.FREE_CREDITS: "Free credits",
}


def line_terms(number: int, line: InvoiceLine, *, late: bool) -> dict[str, Any]:
    """BG-25: the `number`-th line of an invoice. `late` marks the correction of a period billed before."""
    return {
        "BT-126": str(number),
        "BT-127-00": [{"BT-127": note} for note in _notes(line, late=late)],
        "BT-128": {None: line.bot_id},
        "BT-129": str(line.quantity),
        "BT-130": UNIT,
        "BT-131": amount(line.amount_minor, line.currency),
        "BT-134": line.service_period.first_day,
        "BT-135": line.service_period.last_day,
        "BT-146": price(line.unit_price_micros, line.currency),
        "BT-151": line.tax.category,
        "BT-152": percent(line.tax.rate_bp),
        "BT-153": item_name(line),
        "BT-154": item_description(line),
    }


def item_name(line: InvoiceLine) -> str:
    """What is charged for, and for which bot: `Usage sessions, Order desk`."""
    return f"{_NAMES[line.kind]}, {line.bot_name}" if line.bot_name else _NAMES[line.kind]


def item_description(line: InvoiceLine) -> str:
    """Plan and period: `Essential plan, 2026-10-01 to 2026-10-31`, and for how many days of it."""
    period = line.service_period
    whole = f"{line.plan_name} plan, {period.first_day.isoformat()} to {period.last_day.isoformat()}"
    return f"{whole}, for {line.days} days" if line.days else whole


def _notes(line: InvoiceLine, *, late: bool) -> list[str]:
    """What there is to remark on a line."""
    remarks = {"Correction for sessions that were reported late.": late, "Paid from balance.": line.prepaid}
    return [remark for remark, holds in remarks.items() if holds]
