"""Event sources in the billing table."""

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from botmeter.adapters.dynamo.audit import to_audit_item
from botmeter.adapters.dynamo.models import EventSourceItem
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import Conflict
from botmeter.domain.event_sources import EventSource

# One partition: there are few, and all of them are published together.
_SOURCES = "EVENT_SOURCES"


class DynamoEventSources:
    """Reads and writes event sources. What is read is current."""

    @billing_errors()
    def all_sources(self) -> list[EventSource]:
        """Those of all accounts."""
        return [_to_source(item) for item in EventSourceItem.query(_SOURCES, consistent_read=True)]

    @billing_errors()
    def of_account(self, account_id: str) -> list[EventSource]:
        """Those of an account, by id."""
        of_account = EventSourceItem.sk.startswith(f"{account_id}#")
        return [
            _to_source(item) for item in EventSourceItem.query(_SOURCES, of_account, consistent_read=True)
        ]

    @billing_errors()
    def find(self, account_id: str, source_id: str) -> EventSource | None:
        """One of an account."""
        try:
            return _to_source(
                EventSourceItem.get(_SOURCES, f"{account_id}#{source_id}", consistent_read=True)
            )
        except DoesNotExist:
            return None

    def save(self, source: EventSource, entry: AuditEntry) -> None:
        """Add a source, or replace it as it was read, with its audit entry; raises `Conflict`."""
        try:
            with transaction() as writes:
                writes.save(_to_item(source), condition=_as_read(source))
                writes.save(to_audit_item(entry))
        except Conflict as error:
            raise Conflict("the event source was changed by somebody else at the same time") from error


def _as_read(source: EventSource) -> Condition:
    """Nobody has written the source since it was read, or it is new."""
    as_read: Condition = EventSourceItem.revision == source.revision
    return as_read if source.revision else EventSourceItem.pk.does_not_exist()


def _to_item(source: EventSource) -> EventSourceItem:
    """A source as it is stored."""
    return EventSourceItem(
        _SOURCES,
        f"{source.account_id}#{source.source_id}",
        name=source.name,
        key_hash=source.key_hash,
        key_hint=source.key_hint,
        created_at=source.created_at,
        created_by=source.created_by,
        revoked_at=source.revoked_at,
        revision=source.revision + 1,
    )


def _to_source(item: EventSourceItem) -> EventSource:
    """A stored source."""
    account_id, _, source_id = item.sk.partition("#")
    return EventSource(
        account_id=account_id,
        source_id=source_id,
        name=item.name,
        key_hash=item.key_hash,
        key_hint=item.key_hint,
        created_at=item.created_at,
        created_by=item.created_by,
        revoked_at=item.revoked_at,
        revision=item.revision,
    )
