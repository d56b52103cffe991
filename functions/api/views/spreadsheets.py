"""Orders & Invoices as CSV, for spreadsheets and bookkeeping."""

import csv
import io
from collections.abc import Iterable

from api.schemas.common import Money
from api.views.orders import history_entry
from botmeter.domain.history import Entry, billing_day
from botmeter.domain.money import minor_exponent
from botmeter.domain.periods import Calendar

COLUMNS = (
    "order_id",
    "type",
    "billing_date",
    "period",
    "net",
    "tax",
    "cost",
    "due",
    "currency",
    "payment_method",
    "payment_status",
    "invoice",
)


def spreadsheet(entries: Iterable[Entry], calendar: Calendar) -> str:
    """A row for each entry; days of orders are those of the account's `calendar`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS)
    writer.writeheader()
    writer.writerows(_row(entry, calendar) for entry in entries)
    return text.getvalue()


def _row(entry: Entry, calendar: Calendar) -> dict[str, str]:
    """An entry, amounts with a point; those of a credit note are negative."""
    shown = history_entry(entry)
    sign = -1 if shown["type"] == "credit_note" else 1
    return {
        "order_id": shown["number"],
        "type": shown["type"],
        "billing_date": billing_day(entry, calendar).isoformat(),
        "period": shown["period"] if shown["type"] == "invoice" else "",
        "net": "" if shown["type"] == "order" else _amount(shown["net"], sign),
        "tax": "" if shown["type"] == "order" else _amount(shown["tax"], sign),
        "cost": _amount(shown["total"], sign),
        "due": "" if shown["type"] == "credit_note" else _amount(shown["due"], sign),
        "currency": shown["total"]["currency"],
        "payment_method": "" if shown["type"] == "credit_note" else shown["payment_method"],
        "payment_status": "" if shown["type"] == "credit_note" else shown["status"],
        "invoice": (shown["number"] if shown["type"] == "invoice" else shown["invoice"]) or "",
    }


def _amount(money: Money, sign: int) -> str:
    """An amount as a number that every spreadsheet reads: `-1234.50`."""
    exponent, amount = minor_exponent(money["currency"]), sign * money["amount"]
    whole, fraction = divmod(abs(amount), 10**exponent)
    decimals = f".{fraction:0{exponent}d}" if exponent else ""
    return f"{'-' if amount < 0 else ''}{whole}{decimals}"
