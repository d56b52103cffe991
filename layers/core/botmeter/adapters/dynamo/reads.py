"""Reads of either table in DynamoDB's wire form."""

import base64
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.conflicts import IN_THE_WAY, cancellation_reasons, pauses
from botmeter.adapters.dynamo.errors import store_errors
from botmeter.adapters.dynamo.items import Item
from botmeter.adapters.dynamo.keys import DUE_INDEX, Key
from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Due later than every instant: a query up to it finds all of a shard.
EVER = 10**15

_BATCH_GET_LIMIT = 100


def query(
    client: "DynamoDBClient", table: str, condition: str, values: Item, **options: Any
) -> Iterator[Item]:
    """All items of a query; `options` are DynamoDB's own, such as `ScanIndexForward`."""
    pages = client.get_paginator("query").paginate(
        TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **options
    )
    with store_errors():
        for page in pages:
            yield from page["Items"]


def query_due(client: "DynamoDBClient", table: str, shard: str, now_ms: int) -> Iterator[Item]:
    """Keys of what is due in a shard of the due index at `now_ms`, the longest overdue first."""
    values = {":shard": {"S": shard}, ":now": {"N": str(now_ms)}}
    return query(client, table, "due_shard = :shard AND due_at <= :now", values, IndexName=DUE_INDEX)


def batch_get(client: "DynamoDBClient", table: str, keys: Sequence[Key]) -> list[Item]:
    """The items of `keys`, read consistently, in any order; those that do not exist are left out."""
    wanted: list[Any] = list(keys)
    items: list[Item] = []
    with store_errors():
        while wanted:
            asked, wanted = wanted[:_BATCH_GET_LIMIT], wanted[_BATCH_GET_LIMIT:]
            answer = client.batch_get_item(RequestItems={table: {"Keys": asked, "ConsistentRead": True}})
            items += answer["Responses"].get(table, [])
            if table in answer["UnprocessedKeys"]:
                wanted += answer["UnprocessedKeys"][table]["Keys"]
    return items


def read_together(client: "DynamoDBClient", table: str, keys: Sequence[Key]) -> list[Item | None]:
    """The items of `keys` as they are at one moment, None where there is none; two read units for each.

    No transaction is seen by half. Waits while one is writing them; raises `StoreUnavailable` if that
    does not end.
    """
    gets: list[Any] = [{"Get": {"TableName": table, "Key": key}} for key in keys]
    turns = pauses()
    while True:
        try:
            answer = client.transact_get_items(TransactItems=gets)
        except ClientError as error:
            if IN_THE_WAY not in cancellation_reasons(error) or not next(turns, False):
                raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        else:
            return [response.get("Item") for response in answer["Responses"]]


def newest_first(
    client: "DynamoDBClient", table: str, pk: str, *, limit: int, cursor: str | None, pattern: re.Pattern[str]
) -> tuple[list[Item], str | None]:
    """The last `limit` items of a partition before `cursor`, and the cursor for more if there is more.

    Raises `ValueError` for a cursor that is none: it is a sort key in disguise, which `pattern` describes.
    """
    condition, values = "pk = :pk", {":pk": {"S": pk}}
    if cursor is not None:
        condition += " AND sk < :last"
        values[":last"] = {"S": _from_cursor(cursor, pattern)}
    found = query(client, table, condition, values, ScanIndexForward=False, Limit=limit + 1)
    items = list(islice(found, limit + 1))
    if len(items) <= limit:
        return items, None
    return items[:limit], _to_cursor(items[limit - 1]["sk"]["S"])


def _to_cursor(sk: str) -> str:
    """A sort key as text that nobody reads anything into, and that can stand in a URL."""
    return base64.urlsafe_b64encode(sk.encode()).decode().rstrip("=")


def _from_cursor(cursor: str, pattern: re.Pattern[str]) -> str:
    """The sort key of a cursor; raises `ValueError`."""
    padded = cursor + "=" * (-len(cursor) % 4)
    sk = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    if not pattern.fullmatch(sk):
        raise ValueError("this is no cursor of this list")
    return sk
