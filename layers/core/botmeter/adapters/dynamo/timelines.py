"""Timelines in the usage table: blind writes for ingest, the due index for the meter."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.conflicts import CONDITION_FAILED_ALONE, SOMEBODY_ELSE_DID
from botmeter.adapters.dynamo.errors import error_code
from botmeter.adapters.dynamo.items import PARTS, Item, from_timeline, further_parts, number
from botmeter.adapters.dynamo.keys import (
    DUE_SHARDS,
    PARTS_KEPT_S,
    PARTS_OUTLIVE_THE_FIRST_S,
    due_shard,
    part_of,
    subject_of,
    timeline_key,
)
from botmeter.adapters.dynamo.reads import batch_get, query_due
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import Subject
from botmeter.domain.settlement import Timeline
from botmeter.ports.metering import MarkAddition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A write costs a unit for each KB of the item that it changes, and none may exceed 400 KB: a timeline with
# more marks has further parts. A set of so many has some 36 KB.
MARKS_OF_A_PART = 4_096
HAS_ROOM = "attribute_not_exists(marks) OR size(marks) < :room"
# DynamoDB's own set union: commutative and idempotent. `due_at` is set only when nothing is due yet.
# A timeline with news must not expire before it is settled again.
IS_DUE = "SET due_shard = :shard, due_at = if_not_exists(due_at, :due) REMOVE expires_at"
ADD_MARKS = f"ADD marks :marks {IS_DUE}"
# A further part outlives the first one. One whose first part may be gone by now has marks that were billed,
# and nothing says so any more: it takes no others.
KEEP_PART = "SET expires_at = if_not_exists(expires_at, :kept_until)"
ADD_FURTHER_MARKS = f"ADD marks :marks {KEEP_PART}"
HAS_ROOM_BESIDE_A_FIRST = f"({HAS_ROOM}) AND (attribute_not_exists(expires_at) OR expires_at > :outlived)"
ADD_PART = f"ADD {PARTS} :part {IS_DUE}"
NOT_MOVED_MEANWHILE = "due_at = :seen"
_ATTEMPTS = 4
_BACKOFF_S = 0.02
# So many crowded timelines are remembered; of others the way to a part with room is found anew.
_REMEMBERED = 10_000


class DynamoTimelines:
    """Timelines in the table `table`; at most `in_flight` writes at a time."""

    def __init__(self, client: "DynamoDBClient", table: str, in_flight: int = 8) -> None:
        self._client = client
        self._table = table
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="timelines")
        self._parts_with_room: dict[Subject, int] = {}
        self._announced: dict[Subject, int] = {}

    def add_marks(self, additions: Sequence[MarkAddition]) -> set[Subject]:
        """One blind `UpdateItem` for each subject; returns the subjects that could not be written."""
        written = self._pool.map(self._add, additions)
        return {addition.subject for addition, ok in zip(additions, written, strict=True) if not ok}

    def _add(self, addition: MarkAddition) -> bool:
        """Whether the marks of one subject were written."""
        try:
            part = self._add_where_room_is(addition)
            if part:
                # Only now: a meter that settled without these marks has removed what was due.
                self._update(addition.subject, 0, ADD_PART, {":part": [part]}, _due(addition))
        except (ClientError, BotoCoreError):
            return False
        return True

    def _add_where_room_is(self, addition: MarkAddition) -> int:
        """Write marks to the first item of their subject that has room; returns which part that is."""
        subject, sets = addition.subject, {":marks": addition.marks}
        first = (ADD_MARKS, HAS_ROOM, _due(addition))
        further = (ADD_FURTHER_MARKS, HAS_ROOM_BESIDE_A_FIRST, _lifetime(addition))
        for part in count(self._parts_with_room.get(subject, 0)):
            update, condition, values = further if part else first
            values = values | {":room": number(MARKS_OF_A_PART)}
            try:
                if part and self._announced.get(subject) != part:
                    self._announce(addition, part, values)
                self._update(subject, part, update, sets, values, ConditionExpression=condition)
            except ClientError as error:
                if error_code(error) != CONDITION_FAILED_ALONE:
                    raise
                self._remember(subject, part + 1)
            else:
                return part
        raise AssertionError("numbers do not end")

    def _announce(self, addition: MarkAddition, part: int, values: Item) -> None:
        """Let the first item know of a part, if that has room, before anything is in it.

        Who died in between would leave marks there that nobody knows of: sent again, they would go to the
        first item if that has room by then, be billed and forgotten, and be billed again from here.
        """
        condition = HAS_ROOM_BESIDE_A_FIRST
        self._update(addition.subject, part, KEEP_PART, {}, values, ConditionExpression=condition)
        self._update(addition.subject, 0, ADD_PART, {":part": [part]}, _due(addition))
        self._announced[addition.subject] = part

    def _remember(self, subject: Subject, part: int) -> None:
        """Begin with `part` the next time. Any part will do: this only saves requests."""
        if len(self._parts_with_room) >= _REMEMBERED:
            self._parts_with_room.clear()
            self._announced.clear()
        self._parts_with_room[subject] = part

    def _update(
        self,
        subject: Subject,
        part: int,
        update: str,
        sets: Mapping[str, Iterable[int]],
        values: Item,
        **condition: str,
    ) -> None:
        """A write of ingest, again while the meter is settling this very timeline."""
        numbers = {name: {"NS": [str(number) for number in members]} for name, members in sets.items()}
        for attempt in range(_ATTEMPTS):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=timeline_key(subject, part),
                    UpdateExpression=update,
                    ExpressionAttributeValues=numbers | values,
                    **condition,  # type: ignore[arg-type]
                )
            except ClientError as error:
                if error_code(error) != "TransactionConflictException" or attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(_BACKOFF_S * 2**attempt)
            else:
                return

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
        keys = {item["pk"]["S"]: further_parts(item) for item in items}
        further = self._further(keys)
        return [from_timeline(item, subject_of(item["pk"]["S"]), further[item["pk"]["S"]]) for item in items]

    def _further(self, parts: Mapping[str, Sequence[int]]) -> dict[str, dict[int, Item]]:
        """The further parts of timelines, by partition key: an empty item for one that is not there."""
        found: dict[str, dict[int, Item]] = {pk: {n: {} for n in numbers} for pk, numbers in parts.items()}
        keys = [timeline_key(subject_of(pk), part) for pk, numbers in parts.items() for part in numbers]
        for item in batch_get(self._client, self._table, keys):
            found[item["pk"]["S"]][part_of(item["sk"]["S"])] = item
        return found

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


def _lifetime(addition: MarkAddition) -> Item:
    """Until when a new part is kept, and how long another one must live on to be of use, in seconds."""
    now_s = addition.due_at_ms // 1000
    return {
        ":kept_until": number(now_s + PARTS_KEPT_S),
        ":outlived": number(now_s + PARTS_OUTLIVE_THE_FIRST_S),
    }


def _due(addition: MarkAddition) -> Item:
    """When and where a subject is due."""
    subject = addition.subject
    return {
        ":shard": {"S": due_shard(subject.account_id, subject.bot_id)},
        ":due": {"N": str(addition.due_at_ms)},
    }
