"""A reconciliation as JSON, and as people read it."""

from dataclasses import asdict
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from botmeter_cli.output import Columns, as_text, facts, table
from botmeter_cli.reconcile.differences import Measure
from botmeter_cli.reconcile.reconciliation import Reconciliation

# In a word each, so that the column stays narrow.
_WORDS = {"not_billed": "unbilled", "not_in_archive": "unarchived", "differs": "differs"}


def shown(found: Reconciliation) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "account_id": found.account_id,
        "period": found.period.label,
        "agrees": found.agrees,
        "days_around": found.days,
        "events": found.events,
        "usage_sessions": found.sessions[Measure.USAGE],
        "alert_sessions": found.sessions[Measure.ALERT],
        "invoices": found.invoices,
        "sessions_for_next_invoice": found.waiting,
        "differences": [{"what": one.what, **asdict(one)} for one in found.differences],
        "open": [asdict(one) for one in found.open],
        "damaged_objects": list(found.damaged),
    }


def for_people(found: Reconciliation) -> list[RenderableType]:
    """The sums, and tables of what differs or is still open."""
    result = shown(found)
    lines: list[RenderableType] = [
        facts(
            {
                "Account": found.account_id,
                "Period": found.period.label,
                "In the archive": f"{found.events:,} events of conversations, read with "
                f"{found.days} days on either side",
                "Usage sessions": as_text(found.sessions[Measure.USAGE]),
                "Alert sessions": as_text(found.sessions[Measure.ALERT]),
                "Billed by": found.invoices or "no invoice yet",
                "For the next invoice": as_text(found.waiting),
                "Still to be settled": f"{len(found.open):,} conversations and alerts",
                "Damaged objects": as_text(", ".join(found.damaged) or None),
                "Differences": as_text(len(found.differences)),
            }
        )
    ]
    tables = ((result["differences"], COLUMNS), (result["open"], OPEN_COLUMNS))
    for rows, columns in tables:
        if rows:
            lines += [Text(""), table(rows, columns)]
    return lines


COLUMNS: Final[Columns] = {
    "In": lambda one: one["where"],
    "What": lambda one: _WORDS[one["what"]],
    "Bot": lambda one: one["bot_id"],
    "Of": lambda one: one["measure"],
    "Conversation, alert or plan": lambda one: one["subject"],
    "When": lambda one: one["at"],
    "Archive": lambda one: as_text(one["archived"]),
    "Billed": lambda one: as_text(one["billed"]),
    "By": lambda one: one["reference"],
}
OPEN_COLUMNS: Final[Columns] = {
    "Still to be settled": lambda one: one["subject"],
    "Bot": lambda one: one["bot_id"],
    "Of": lambda one: one["measure"],
    "Archive": lambda one: as_text(one["archived"]),
    "Billed": lambda one: as_text(one["billed"]),
}
