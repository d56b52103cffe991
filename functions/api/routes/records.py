"""Records: what was used, what became of the money, and who changed what."""

import csv
import io
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Answer, Call
from api.operation import ADMINS_AND_VIEWERS, BILLING_ADMINS, CSV, JSON, declare
from api.paging import page, stored_page
from api.parameters import (
    BOT,
    BY,
    CURSOR,
    EMPTY,
    FIRST_DAY,
    FIRST_HOUR,
    FORMAT,
    GROUP_BY,
    LAST_DAY,
    LIMIT,
    PAGING,
    PAGING_OF_NAMES,
    PERIOD,
    SINCE,
    START,
    TIME_ZONE,
    UNIT,
    UNTIL,
)
from api.schemas.common import BotId, Page
from api.schemas.records import AuditEntry, LedgerEntry, NamedBot, UsageRecord, Use
from api.views import records as views
from botmeter.domain.use_over_time import GroupBy
from botmeter.services.show_usage import AskedRecords, AskedUse

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


@operation("GET", "/bots/{bot_id}/sessions", query=(PERIOD, SINCE, UNTIL, UNIT, *PAGING))
def list_sessions(call: Call[None], bot_id: BotId) -> Page[UsageRecord]:
    """List the records that a bot's bill is made of, by start.

    Each window of a conversation, with the times at which its sessions begin. Those of windows that begin in
    a period, or with `from` and `to` those that have sessions which begin between two instants.
    """
    asked = AskedRecords(call.query(PERIOD), call.query(SINCE), call.query(UNTIL), call.query(UNIT))
    records = call.wiring.show_usage.records(call.member, bot_id, asked, call.now)
    return page(call, records, lambda record: record.record_id, views.usage_record)


@operation(
    "GET",
    "/usage",
    query=(FIRST_DAY, LAST_DAY, FIRST_HOUR, BY, GROUP_BY, BOT, TIME_ZONE, START, EMPTY, FORMAT, *PAGING),
    errors=(HTTPStatus.NOT_FOUND,),
    media_types=(JSON, CSV),
)
def list_usage(call: Call[None]) -> Answer[Page[Use]]:
    """Add up sessions by hour, day or month, or over all days, in any time zone.

    Of one bot, of each, or of all together; as pages of JSON, or whole as CSV with `format=csv`.
    """
    asked = AskedUse(
        first=call.query(FIRST_DAY),
        last=call.query(LAST_DAY),
        by=call.query(BY),
        group_by=call.query(GROUP_BY),
        bot_id=call.query(BOT),
        time_zone=call.query(TIME_ZONE),
        start=call.query(START),
        since=call.query(FIRST_HOUR),
        with_empty=call.query(EMPTY) == "include",
    )
    found = call.wiring.show_usage.totals(call.member, asked)
    if call.query(FORMAT) == "csv":
        return Answer.text(_csv(map(views.use, found), asked.group_by), CSV)
    return Answer(page(call, found, lambda use: f"{use.bot_id or ''}/{use.bucket.label}", views.use))


@operation("GET", "/usage/bots", query=PAGING_OF_NAMES)
def list_bots_of_usage(call: Call[None]) -> Page[NamedBot]:
    """List the bots whose use the caller sees, by name. It reads nothing else, so that it is fast."""
    bots = call.wiring.show_bots.named(call.member)
    return page(call, bots, lambda bot: bot.bot_id, views.named_bot)


def _currency(call: Call[None]) -> str:
    """The currency of all of the account's money."""
    return call.wiring.accounts.account(call.member.account_id).currency


def _csv(rows: Iterable[Use], group_by: GroupBy) -> str:
    """Rows for a spreadsheet."""
    text = io.StringIO()
    names = ["bot_id"] if group_by is GroupBy.BOT else []
    writer = csv.DictWriter(
        text, [*names, "start", "starts_at", "ends_at", "usage_sessions", "alert_sessions"]
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
