"""Records: what was used, what became of the money, and who changed what."""

import csv
import io
from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Answer, Call
from api.operation import ADMINS_AND_VIEWERS, BILLING_ADMINS, CSV, JSON, declare
from api.paging import page, stored_page
from api.parameters import BOT, BY, CURSOR, FIRST_DAY, FORMAT, LAST_DAY, LIMIT, PAGING, PERIOD
from api.schemas.common import BotId, Page
from api.schemas.records import AuditEntry, LedgerEntry, UsageRecord, UseOfBot
from api.views import records as views

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Records")


@operation("GET", "/bots/{bot_id}/ledger", query=PAGING)
def list_ledger(call: Call[None], bot_id: BotId) -> Page[LedgerEntry]:
    """List the changes of a bot's balance, newest first, each with the balance after it."""
    found = stored_page(
        lambda: call.wiring.show_records.ledger(call.member, bot_id, call.query(LIMIT), call.query(CURSOR))
    )
    return found(lambda entry: views.ledger_entry(entry, _currency(call)))


@operation("GET", "/ledger", query=PAGING, roles=ADMINS_AND_VIEWERS)
def list_shared_ledger(call: Call[None]) -> Page[LedgerEntry]:
    """List the changes of the free credits that all bots of the account share, newest first."""
    found = stored_page(
        lambda: call.wiring.show_records.shared_ledger(call.member, call.query(LIMIT), call.query(CURSOR))
    )
    return found(lambda entry: views.ledger_entry(entry, _currency(call)))


@operation("GET", "/audit", query=PAGING, roles=BILLING_ADMINS)
def list_audit_trail(call: Call[None]) -> Page[AuditEntry]:
    """List who changed what in the account, newest first."""
    found = stored_page(
        lambda: call.wiring.show_records.audit_trail(call.member, call.query(LIMIT), call.query(CURSOR))
    )
    return found(views.audit_entry)


@operation("GET", "/bots/{bot_id}/sessions", query=(PERIOD, *PAGING))
def list_sessions(call: Call[None], bot_id: BotId) -> Page[UsageRecord]:
    """List the records that a bot's bill is made of, by start.

    Each window of a conversation, with the times at which its sessions begin.
    """
    calendar = call.wiring.accounts.account(call.member.account_id).calendar
    period = call.query(PERIOD) or calendar.period_containing(call.now)
    records = call.wiring.show_usage.records(call.member, bot_id, period)
    return page(call, records, lambda record: record.record_id, views.usage_record)


@operation(
    "GET",
    "/usage",
    query=(FIRST_DAY, LAST_DAY, BY, BOT, FORMAT, *PAGING),
    errors=(HTTPStatus.NOT_FOUND,),
    media_types=(JSON, CSV),
)
def list_usage(call: Call[None]) -> Answer[Page[UseOfBot]]:
    """Add up sessions by hour, day or month, in the account's time zone.

    Of one bot or of all; as pages of JSON, or whole as CSV with `format=csv`.
    """
    first, last = call.query(FIRST_DAY), call.query(LAST_DAY)
    hours = call.wiring.show_usage.totals(call.member, first, last, call.query(BOT))
    rows = views.use_of_bots(hours, call.query(BY))
    if call.query(FORMAT) == "csv":
        return Answer.text(_csv(rows), CSV)
    return Answer(page(call, rows, lambda row: f"{row['bot_id']}/{row['start']}", lambda row: row))


def _currency(call: Call[None]) -> str:
    """The currency of all of the account's money."""
    return call.wiring.accounts.account(call.member.account_id).currency


def _csv(rows: list[UseOfBot]) -> str:
    """Rows for a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=["bot_id", "start", "usage_sessions", "alert_sessions"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
