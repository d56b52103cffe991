"""The billing of bots in the billing table: read at one moment, written all together or not at all."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pynamodb.models import Model

from botmeter.adapters.dynamo.accounts import DynamoAccounts
from botmeter.adapters.dynamo.audit import to_audit_item
from botmeter.adapters.dynamo.balances import to_balance, to_balance_item, to_shared, to_shared_item
from botmeter.adapters.dynamo.bots import to_bot, to_bot_item
from botmeter.adapters.dynamo.errors import store_errors
from botmeter.adapters.dynamo.items import Item
from botmeter.adapters.dynamo.keys import SHARED, Key, account_key, key, name_in
from botmeter.adapters.dynamo.ledger import ENTRY_KEY, ledger_key, to_entry, to_ledger_items
from botmeter.adapters.dynamo.models import BalanceItem, BotItem, LedgerItem, SharedCreditsItem
from botmeter.adapters.dynamo.orders import to_order_item
from botmeter.adapters.dynamo.outbox import to_outbox_item
from botmeter.adapters.dynamo.reads import newest_first, query, read_together
from botmeter.adapters.dynamo.writes import WRITTEN_ONCE, Cancelled, put, write_together
from botmeter.domain.accounts import Account
from botmeter.domain.balances import Balance, SharedCredits
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import LedgerEntry
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.orders import Order, OrderStatus
from botmeter.ports.billing import Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AS_READ = "revision = :seen"
# Nobody closed the order, and nobody noted another payment for it than the one that is known.
STILL_PENDING = "#status = :pending AND #reference IN (:none, :known)"


class DynamoBilling:
    """The state of bots in `table`; `accounts` knows the plans that they name."""

    def __init__(self, client: "DynamoDBClient", table: str, accounts: DynamoAccounts) -> None:
        self._client = client
        self._table = table
        self._accounts = accounts

    def state(self, account: Account, bot_id: str) -> BotState:
        """Bot, balance and shared credits as they are at one moment: six read units.

        Read one by one, they could be from before and after a change of plan, and the standing that is
        computed from them would be wrong although no condition fails.
        """
        keys = [
            key(account_key(account.account_id), f"BOT#{bot_id}"),
            _balance_key(account.account_id, bot_id),
            _shared_key(account.account_id),
        ]
        bot, balance, shared = read_together(self._client, self._table, keys)
        if bot is None:
            raise NotFound(f"there is no bot {bot_id}")
        return BotState(
            account,
            to_bot(BotItem.from_raw_data(bot), self._accounts.plan),
            to_balance(BalanceItem.from_raw_data(balance)) if balance else Balance(),
            _shared(shared),
        )

    def save(self, change: Change) -> None:
        """Write a change, all of it or nothing; an empty one writes nothing. Raises `Conflict`."""
        if change.is_empty:
            return
        try:
            write_together(self._client, self.actions(change))
        except Cancelled as error:
            raise Conflict("somebody else changed the bot's billing first") from error

    def actions(self, change: Change) -> list[Item]:
        """What writes a change in a transaction, on condition that `change.before` is what is stored."""
        return [
            *self._states(change),
            *self._histories(change),
            *(self._append(to_order_item(order)) for order in change.placed),
            *(self._close(order) for order in change.closed),
            *(put(self._table, to_outbox_item(event).serialize()) for event in change.events),
        ]

    def balance(self, account_id: str, bot_id: str) -> Balance:
        """The balance of a bot, half a read unit; it may be some milliseconds old. Raises `NotFound`."""
        with store_errors():
            answer = self._client.get_item(TableName=self._table, Key=_balance_key(account_id, bot_id))
        if "Item" not in answer:
            raise NotFound(f"there is no bot {bot_id}")
        return to_balance(BalanceItem.from_raw_data(answer["Item"]))

    def balances(self, account_id: str) -> Mapping[str, Balance]:
        """The balances of an account's bots, by bot id."""
        values = {":pk": {"S": account_key(account_id)}, ":balance": {"S": "BALANCE#"}}
        condition = "pk = :pk AND begins_with(sk, :balance)"
        found = query(self._client, self._table, condition, values, ConsistentRead=True)
        return {name_in(i["sk"]["S"]): to_balance(BalanceItem.from_raw_data(i)) for i in found}

    def shared_credits(self, account_id: str) -> SharedCredits:
        """The credits that an account's bots share; empty if it never had any."""
        with store_errors():
            answer = self._client.get_item(
                TableName=self._table, Key=_shared_key(account_id), ConsistentRead=True
            )
        return _shared(answer.get("Item"))

    def ledger(self, account_id: str, bot_id: str, limit: int, cursor: str | None) -> Page[LedgerEntry]:
        """Entries of a bot's ledger, newest first; of the account's shared credits where `bot_id` is empty.

        A cursor that is none raises `ValueError`.
        """
        pk = ledger_key(account_id, bot_id)
        items, more = newest_first(
            self._client, self._table, pk, limit=limit, cursor=cursor, pattern=ENTRY_KEY
        )
        return Page([to_entry(LedgerItem.from_raw_data(item)) for item in items], more)

    def _states(self, change: Change) -> list[Item]:
        """Bot, balance and shared credits, those of them that have a new revision."""
        before, after = change.before, change.after
        account_id, bot_id = after.bot.account_id, after.bot.bot_id
        items: list[tuple[BotItem | BalanceItem | SharedCreditsItem, int]] = [
            (to_bot_item(after.bot), before.bot.revision),
            (to_balance_item(account_id, bot_id, after.balance), before.balance.revision),
            (to_shared_item(account_id, after.shared), before.shared.revision),
        ]
        return [self._replace(item, seen) for item, seen in items if item.revision != seen]

    def _histories(self, change: Change) -> list[Item]:
        """What is appended and never changed: both ledgers and the audit trail."""
        after = change.after
        account_id, bot_id = after.bot.account_id, after.bot.bot_id
        own, shared = ledger_key(account_id, bot_id), ledger_key(account_id, "")
        items: list[Model] = [
            *to_ledger_items(own, after.balance.revision, change.ledger),
            *to_ledger_items(shared, after.shared.revision, change.shared_ledger),
            *(to_audit_item(entry) for entry in change.audit),
        ]
        return [self._append(item) for item in items]

    def _append(self, item: Model) -> Item:
        """Write an item that must not exist."""
        return put(self._table, item.serialize(), WRITTEN_ONCE)

    def _replace(self, item: Model, seen: int) -> Item:
        """Write an item that must be at the revision `seen`; none was there at 0."""
        if not seen:
            return self._append(item)
        values = {":seen": {"N": str(seen)}}
        return put(self._table, item.serialize(), AS_READ, ExpressionAttributeValues=values)

    def _close(self, order: Order) -> Item:
        """Write the end of an order that is pending."""
        values = {
            ":pending": {"S": OrderStatus.PENDING.value},
            ":none": {"S": ""},
            ":known": {"S": order.reference},
        }
        return put(
            self._table,
            to_order_item(order).serialize(),
            STILL_PENDING,
            ExpressionAttributeNames={"#status": "status", "#reference": "reference"},
            ExpressionAttributeValues=values,
        )


def _balance_key(account_id: str, bot_id: str) -> Key:
    """Where a balance is."""
    return key(account_key(account_id), f"BALANCE#{bot_id}")


def _shared_key(account_id: str) -> Key:
    """Where the shared credits of an account are."""
    return key(account_key(account_id), SHARED)


def _shared(item: Item | None) -> SharedCredits:
    """Stored shared credits, or none."""
    return to_shared(SharedCreditsItem.from_raw_data(item)) if item else SharedCredits()
