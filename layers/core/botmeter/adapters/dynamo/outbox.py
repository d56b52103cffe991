"""The outbox in the billing table: events to be sent, written with the changes that they tell of."""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from botmeter.adapters.dynamo.errors import store_errors
from botmeter.adapters.dynamo.instants import due_ms
from botmeter.adapters.dynamo.keys import DUE_INDEX, OUTBOX_DUE, key, name_in
from botmeter.adapters.dynamo.models import OutboxItem
from botmeter.adapters.dynamo.reads import batch_get, query
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH_WRITE_LIMIT = 25


class DynamoOutbox:
    """Events that wait in `table`. They leave it when they were sent, so one may be sent twice."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def waiting(self, limit: int) -> list[OutgoingEvent]:
        """The oldest events that were not sent; `limit` is at least 1."""
        shard = {":shard": {"S": OUTBOX_DUE}}
        found = query(
            self._client, self._table, "due_shard = :shard", shard, IndexName=DUE_INDEX, Limit=limit
        )
        keys = [key(item["pk"]["S"], item["sk"]["S"]) for item in islice(found, limit)]
        items = batch_get(self._client, self._table, keys)
        events = [_to_event(OutboxItem.from_raw_data(item)) for item in items]
        return sorted(events, key=lambda event: (event.occurred_at, event.event_id))

    def sent(self, events: Iterable[OutgoingEvent]) -> None:
        """Forget events that were sent."""
        wanted: list[Any] = [{"DeleteRequest": {"Key": key(*_key(event))}} for event in events]
        with store_errors():
            while wanted:
                asked, wanted = wanted[:_BATCH_WRITE_LIMIT], wanted[_BATCH_WRITE_LIMIT:]
                answer = self._client.batch_write_item(RequestItems={self._table: asked})
                wanted += answer["UnprocessedItems"].get(self._table, [])


def to_outbox_item(event: OutgoingEvent) -> OutboxItem:
    """An event as it is stored."""
    return OutboxItem(
        *_key(event),
        bot_id=event.bot_id,
        occurred_at=event.occurred_at,
        facts=event.data,
        due_shard=OUTBOX_DUE,
        due_at=due_ms(event.occurred_at),
    )


def _to_event(item: OutboxItem) -> OutgoingEvent:
    """A stored event."""
    kind, _, event_id = item.sk.partition("#")
    return OutgoingEvent(
        event_id=event_id,
        type=OutgoingType(kind),
        account_id=name_in(item.pk),
        bot_id=item.bot_id,
        occurred_at=item.occurred_at,
        data=item.facts,
    )


def _key(event: OutgoingEvent) -> tuple[str, str]:
    """Where an event waits: the same one always at the same place."""
    return f"OUTBOX#{event.account_id}", f"{event.type}#{event.event_id}"
