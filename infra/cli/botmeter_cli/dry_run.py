"""`botmeter bill --dry-run`: what a billing run would issue, drawn up here and written nowhere."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botmeter.bootstrap import Wiring
from botmeter.domain.drafts import is_unusual
from botmeter.domain.errors import BotmeterError, StoreUnavailable
from botmeter.ports.invoices import BillingRequest
from botmeter_cli import invoice_views as views
from botmeter_cli.wiring import wiring_for
from botmeter_local import Stack


def would_bill(stack: Stack, now: datetime) -> list[dict[str, Any]]:
    """A row for each account whose period is over at `now`, and for those whose bill is parked."""
    services = wiring_for(stack)
    return [*_parked(services), *(_row(services, request) for request in services.find_due_bills(now))]


def _parked(services: Wiring) -> Iterator[dict[str, Any]]:
    """The bills that no run takes up."""
    for bill in services.parked.parked():
        request = BillingRequest(bill.account_id, bill.period, bill.parked_at)
        yield views.would_bill(request, None, f"stays parked: {bill.reason}")


def _row(services: Wiring, request: BillingRequest) -> dict[str, Any]:
    """What would become of one request."""
    try:
        draft = services.draft_invoices(request.account_id, request.period, request.requested_at)
    except StoreUnavailable:
        raise
    except BotmeterError as error:
        return views.would_bill(request, None, f"would be parked: {error}")
    if draft.is_empty:
        return views.would_bill(request, draft.invoice, "nothing to bill")
    outcome = "would be parked for approval" if is_unusual(draft.invoice, draft.issued) else "would be issued"
    return views.would_bill(request, draft.invoice, outcome)
