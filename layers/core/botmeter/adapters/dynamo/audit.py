"""The audit trail in the billing table."""

import re
from typing import TYPE_CHECKING

from botmeter.adapters.dynamo.errors import store_errors
from botmeter.adapters.dynamo.keys import name_in
from botmeter.adapters.dynamo.models import AuditItem
from botmeter.adapters.dynamo.reads import newest_first
from botmeter.domain.audit import Actor, AuditEntry
from botmeter.domain.periods import to_ms
from botmeter.ports.billing import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Time (ms) and id of an entry's sort key.
_ENTRY_KEY = re.compile(r"\d{13,}#.+")


class DynamoAudit:
    """The audit trail. What changes the table writes its entries together with the change itself."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def of_account(self, account_id: str, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Entries of an account, newest first. A cursor that is none raises `ValueError`."""
        items, more = newest_first(
            self._client, self._table, _key(account_id), limit=limit, cursor=cursor, pattern=_ENTRY_KEY
        )
        return Page([_to_entry(AuditItem.from_raw_data(item)) for item in items], more)

    @store_errors()
    def append(self, entry: AuditEntry) -> None:
        """Add an entry for what happens elsewhere; the same entry again changes nothing."""
        self._client.put_item(TableName=self._table, Item=to_audit_item(entry).serialize())


def to_audit_item(entry: AuditEntry) -> AuditItem:
    """An entry as it is stored."""
    return AuditItem(
        _key(entry.account_id),
        f"{to_ms(entry.at):013d}#{entry.entry_id}",
        at=entry.at,
        actor_id=entry.actor.actor_id,
        actor_role=entry.actor.role,
        operation=entry.operation,
        bot_id=entry.bot_id,
        before=entry.before,
        after=entry.after,
    )


def _to_entry(item: AuditItem) -> AuditEntry:
    """A stored entry."""
    return AuditEntry(
        entry_id=name_in(item.sk),
        at=item.at,
        actor=Actor(item.actor_id, item.actor_role),
        operation=item.operation,
        account_id=name_in(item.pk),
        bot_id=item.bot_id,
        before=item.before,
        after=item.after,
    )


def _key(account_id: str) -> str:
    """The partition of an account's trail."""
    return f"AUDIT#{account_id}"
