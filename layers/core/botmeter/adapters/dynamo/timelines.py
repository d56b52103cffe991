"""Timelines in the usage table: blind writes for ingest, the due index for the meter."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.conflicts import SOMEBODY_ELSE_DID
from botmeter.adapters.dynamo.errors import error_code
from botmeter.adapters.dynamo.items import from_timeline
from botmeter.adapters.dynamo.keys import DUE_SHARDS, due_shard, subject_of, timeline_key
from botmeter.adapters.dynamo.reads import batch_get, query_due
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import Subject
from botmeter.domain.settlement import Timeline
from botmeter.ports.metering import MarkAddition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# DynamoDB's own set union: commutative and idempotent. `due_at` is set only when nothing is due yet.
# A timeline with news must not expire before it is settled again.
ADD_MARKS = "ADD marks :marks SET due_shard = :shard, due_at = if_not_exists(due_at, :due) REMOVE expires_at"
NOT_MOVED_MEANWHILE = "due_at = :seen"
_ATTEMPTS = 4
_BACKOFF_S = 0.02


class DynamoTimelines:
    """Timelines in the table `table`; at most `in_flight` writes at a time."""

    def __init__(self, client: "DynamoDBClient", table: str, in_flight: int = 8) -> None:
        self._client = client
        self._table = table
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="timelines")

    def add_marks(self, additions: Sequence[MarkAddition]) -> set[Subject]:
        """One blind `UpdateItem` for each subject; returns the subjects that could not be written."""
        written = self._pool.map(self._add, additions)
        return {addition.subject for addition, ok in zip(additions, written, strict=True) if not ok}

    def _add(self, addition: MarkAddition) -> bool:
        """Whether the marks of one subject were written."""
        for attempt in range(_ATTEMPTS):
            try:
                self._update(addition)
            except ClientError as error:
                # The meter is settling this very timeline: it will be done in a moment.
                if error_code(error) != "TransactionConflictException":
                    return False
                time.sleep(_BACKOFF_S * 2**attempt)
            except BotoCoreError:
                return False
            else:
                return True
        return False

    def _update(self, addition: MarkAddition) -> None:
        """The one write of ingest."""
        subject = addition.subject
        self._client.update_item(
            TableName=self._table,
            Key=timeline_key(subject),
            UpdateExpression=ADD_MARKS,
            ExpressionAttributeValues={
                ":marks": {"NS": [str(mark) for mark in addition.marks]},
                ":shard": {"S": due_shard(subject.account_id, subject.bot_id)},
                ":due": {"N": str(addition.due_at_ms)},
            },
        )

    def shards(self) -> Sequence[str]:
        """Names of the shards of the due index."""
        return DUE_SHARDS

    def due(self, shard: str, now_ms: int) -> Iterator[Subject]:
        """The subjects of `shard` that are due, the longest overdue first."""
        for item in query_due(self._client, self._table, shard, now_ms):
            yield subject_of(item["pk"]["S"])

    def load(self, subjects: Sequence[Subject]) -> list[Timeline]:
        """The timelines of `subjects`, read consistently; those that do not exist are left out."""
        items = batch_get(self._client, self._table, [timeline_key(subject) for subject in subjects])
        return [from_timeline(item, subject_of(item["pk"]["S"])) for item in items]

    def move_due(self, timeline: Timeline, due_at_ms: int) -> None:
        """Look at `timeline` again at `due_at_ms`, unless somebody has moved it already."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=timeline_key(timeline.subject),
                UpdateExpression="SET due_at = :due",
                ConditionExpression=NOT_MOVED_MEANWHILE,
                ExpressionAttributeValues={
                    ":due": {"N": str(due_at_ms)},
                    ":seen": {"N": str(timeline.due_at_ms)},
                },
            )
        except ClientError as error:
            if error_code(error) not in SOMEBODY_ELSE_DID:
                raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
