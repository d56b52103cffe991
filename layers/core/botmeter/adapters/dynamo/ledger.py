"""Entries of ledgers to stored items and back; nothing else knows their stored form."""

import re
from collections.abc import Sequence

from botmeter.adapters.dynamo.keys import bot_key
from botmeter.adapters.dynamo.models import LedgerItem
from botmeter.domain.credits import EntryReason, LedgerEntry

# Revision and number of an entry's sort key.
ENTRY_KEY = re.compile(r"\d{10,}#\d{2,}")


def ledger_key(account_id: str, bot_id: str) -> str:
    """The partition of a bot's ledger; with an empty bot, that of the account's shared credits."""
    return bot_key("LEDGER", account_id, bot_id)


def to_ledger_items(pk: str, revision: int, entries: Sequence[LedgerEntry]) -> list[LedgerItem]:
    """Entries that made a balance what it is at `revision`, which no others can have made."""
    return [
        LedgerItem(
            pk,
            f"{revision:010d}#{number:02d}",
            at=entry.at,
            reason=entry.reason.value,
            amount_micros=entry.amount_micros,
            balance_micros=entry.balance_micros,
            reference=entry.reference,
            bot_id=entry.bot_id,
            usage_sessions=entry.usage_sessions,
            alert_sessions=entry.alert_sessions,
        )
        for number, entry in enumerate(entries)
    ]


def to_entry(item: LedgerItem) -> LedgerEntry:
    """A stored entry."""
    return LedgerEntry(
        at=item.at,
        reason=EntryReason(item.reason),
        amount_micros=item.amount_micros,
        balance_micros=item.balance_micros,
        reference=item.reference,
        bot_id=item.bot_id,
        usage_sessions=item.usage_sessions,
        alert_sessions=item.alert_sessions,
    )
