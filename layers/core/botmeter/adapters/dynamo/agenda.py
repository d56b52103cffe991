"""The agenda: what the due index of the billing table says."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.accounts import DynamoAccounts
from botmeter.adapters.dynamo.conflicts import SOMEBODY_ELSE_DID
from botmeter.adapters.dynamo.errors import error_code
from botmeter.adapters.dynamo.instants import due_ms, to_us
from botmeter.adapters.dynamo.items import Item
from botmeter.adapters.dynamo.keys import (
    BALANCE_DUE,
    EXTENSION_DUE,
    ORDER_DUE,
    SHARED,
    SHARED_DUE,
    Key,
    account_key,
    key,
    name_in,
)
from botmeter.adapters.dynamo.reads import EVER, query_due
from botmeter.domain.accounts import Bot
from botmeter.domain.balances import SharedCredits
from botmeter.domain.errors import NotFound, StoreUnavailable
from botmeter.domain.extensions import ExtensionStatus
from botmeter.domain.orders import Order
from botmeter.domain.periods import to_ms

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AS_SEEN = "revision = :seen"
STILL_DUE = "attribute_exists(due_shard)"


class DynamoAgenda:
    """What is due in `table`; `accounts` knows the bots. The index may be some milliseconds behind."""

    def __init__(self, client: "DynamoDBClient", table: str, accounts: DynamoAccounts) -> None:
        self._client = client
        self._table = table
        self._accounts = accounts

    def balances_due(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Account and bot of balances whose standing changes by `now`, the longest overdue first."""
        return self._due(BALANCE_DUE, to_ms(now))

    def shared_credits_due(self, now: datetime) -> Iterator[str]:
        """Accounts whose shared credits ask for a look at all of their bots."""
        return (account_id for account_id, _ in self._due(SHARED_DUE, to_ms(now)))

    def orders_due(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Account and id of pending orders whose payment is to be looked up by `now`."""
        return self._due(ORDER_DUE, to_ms(now))

    def pending_extensions(self) -> Iterator[Bot]:
        """Bots whose extension request waits, the oldest first."""
        for account_id, bot_id in self._due(EXTENSION_DUE, EVER):
            try:
                bot = self._accounts.bot(account_id, bot_id)
            except NotFound:
                continue
            if bot.extension is not None and bot.extension.status is ExtensionStatus.PENDING:
                yield bot

    def shared_credits_seen(self, account_id: str, seen: SharedCredits, due_at: datetime | None) -> None:
        """Look at shared credits again at `due_at`, unless they have changed since they were `seen`."""
        where, as_seen = key(account_key(account_id), SHARED), {":seen": {"N": str(seen.revision)}}
        if due_at is None:
            self._update(where, "REMOVE due_shard, due_at, look_at", AS_SEEN, as_seen)
            return
        values = {
            **as_seen,
            ":shard": {"S": SHARED_DUE},
            ":due": {"N": str(due_ms(due_at))},
            ":look": {"N": str(to_us(due_at))},
        }
        self._update(where, "SET due_shard = :shard, due_at = :due, look_at = :look", AS_SEEN, values)

    def order_seen(self, order: Order, due_at: datetime) -> None:
        """Look a pending order up again at `due_at`; nothing if it is not pending any more."""
        where = key(account_key(order.account_id), f"ORDER#{order.order_id}")
        self._update(where, "SET due_at = :due", STILL_DUE, {":due": {"N": str(due_ms(due_at))}})

    def _due(self, shard: str, now_ms: int) -> Iterator[tuple[str, str]]:
        """Account, and name of what it has that is due."""
        for item in query_due(self._client, self._table, shard, now_ms):
            yield name_in(item["pk"]["S"]), name_in(item["sk"]["S"])

    def _update(self, where: Key, update: str, condition: str, values: Item) -> None:
        """Move something in the index, unless somebody else is changing it."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=where,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error_code(error) not in SOMEBODY_ELSE_DID:
                raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
