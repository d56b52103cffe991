"""Writes of either table that happen all together or not at all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.conflicts import CONDITION_FAILED, IN_THE_WAY, cancellation_reasons, pauses
from botmeter.adapters.dynamo.errors import error_code
from botmeter.adapters.dynamo.items import Item
from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITTEN_ONCE = "attribute_not_exists(pk)"

# An item over 400 KB.
_TOO_LARGE = {"ValidationError", "ItemCollectionSizeLimitExceeded"}


class Cancelled(Exception):
    """Nothing was written. `positions` are those of the actions that others were in the way of."""

    def __init__(self, positions: Sequence[int]) -> None:
        super().__init__("others were faster")
        self.positions = positions


class TooLarge(StoreUnavailable):
    """Nothing was written, since it is more than one transaction takes."""


def put(table: str, item: Item, condition: str = "", **expression: Item) -> Item:
    """An action that writes an item whole; `expression` holds what the condition names."""
    action: Item = {"TableName": table, "Item": item, **expression}
    return {"Put": {**action, "ConditionExpression": condition} if condition else action}


def add(table: str, key: Item, added: Item, stamped: Item | None = None) -> Item:
    """An action that adds numbers and members of sets to an item, and stamps it with what never changes."""
    names = {f"#{n}": name for n, name in enumerate([*added, *(stamped or {})])}
    values = {f":{n}": value for n, value in enumerate([*added.values(), *(stamped or {}).values()])}
    update = "ADD " + ", ".join(f"#{n} :{n}" for n in range(len(added)))
    if stamped:
        update += " SET " + ", ".join(f"#{n} = :{n}" for n in range(len(added), len(names)))
    return {
        "Update": {
            "TableName": table,
            "Key": key,
            "UpdateExpression": update,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def write_together(client: "DynamoDBClient", actions: Sequence[Item]) -> None:
    """Write all of `actions`, at most a hundred, or none.

    Waits while other transactions are in the way. Raises `Cancelled` when a condition failed or they stay
    in the way, `TooLarge`, `StoreUnavailable`.
    """
    turns = pauses()
    while True:
        try:
            client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]
        except ClientError as error:
            failed, in_the_way = _positions(error, CONDITION_FAILED), _positions(error, IN_THE_WAY)
            if failed or not in_the_way:
                raise _refusal(error, failed) from error
            if not next(turns, False):
                raise Cancelled(in_the_way) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        else:
            return


def _positions(error: ClientError, reason: str) -> list[int]:
    """The positions of actions that were cancelled for `reason`."""
    return [n for n, code in enumerate(cancellation_reasons(error)) if code == reason]


def _refusal(error: ClientError, failed: Sequence[int]) -> Exception:
    """An error of DynamoDB's in our words."""
    if error_code(error) == "ValidationException" or _TOO_LARGE & set(cancellation_reasons(error)):
        return TooLarge(str(error))
    return Cancelled(failed) if failed else StoreUnavailable(str(error))
