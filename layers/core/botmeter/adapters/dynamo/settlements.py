"""Settlements in one transaction: timelines, usage pages and totals; balance and ledger beside them."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.errors import error_code
from botmeter.adapters.dynamo.items import Item, to_records
from botmeter.adapters.dynamo.keys import bot_key, timeline_key
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import RETENTION_MS, Subject
from botmeter.domain.plans import PlanVersion
from botmeter.domain.settlement import Bucket, Settlement, TotalKey, UsageRecord
from botmeter.domain.timeline import mark_instant_ms
from botmeter.ports import BotSettlement, SettlementRejected, SettlementTooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A set that only grows: equal size means that nothing has arrived since it was read.
NOTHING_ARRIVED_MEANWHILE = "size(marks) = :seen"
NEVER_SETTLED = "attribute_not_exists(revision)"
SETTLED_AS_READ = "revision = :settled"
WRITTEN_ONCE = "attribute_not_exists(pk)"
ADD_TO_BALANCE = "ADD remaining_micros :credit, usage_sessions :usage, alert_sessions :alerts"

# An item over 400 KB.
_TOO_LARGE = {"ValidationError", "ItemCollectionSizeLimitExceeded"}
_ATTEMPTS = 5
_BACKOFF_S = 0.05
# Marks are kept well past the time for which late events are taken, then the table forgets them.
_KEPT_AFTER_LAST_MARK_MS = 2 * RETENTION_MS


class DynamoSettlements:
    """Writes settlements to `usage_table` and `billing_table`."""

    def __init__(self, client: "DynamoDBClient", usage_table: str, billing_table: str) -> None:
        self._client = client
        self._usage_table = usage_table
        self._billing_table = billing_table

    def write(self, settlement: BotSettlement) -> None:
        """Write everything in one transaction; raises `SettlementRejected` when timelines have changed."""
        actions = self._actions(settlement)
        for attempt in range(_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]
            except ClientError as error:
                changed = _changed(error, settlement)
                if changed or attempt == _ATTEMPTS - 1:
                    raise SettlementRejected(changed or _subjects(settlement)) from error
                time.sleep(_BACKOFF_S * 2**attempt)
            except BotoCoreError as error:
                raise StoreUnavailable(str(error)) from error
            else:
                return

    def _actions(self, settlement: BotSettlement) -> list[Item]:
        """The timelines come first, so that a cancellation reason's position tells whose it is."""
        actions = [self._settle_timeline(s) for s in settlement.settlements]
        actions += self._pages(settlement)
        actions += [self._add_total(settlement, key, counts) for key, counts in settlement.totals.items()]
        change = settlement.change
        if change.debit_micros or change.usage_sessions or change.alert_sessions:
            actions.append(self._change_balance(settlement))
        if change.debit_micros:
            actions.append(self._ledger_entry(settlement))
        return actions

    def _settle_timeline(self, settlement: Settlement) -> Item:
        """What was settled of a timeline, on condition that it is as it was read."""
        timeline = settlement.timeline
        values = {
            ":seen": {"N": str(len(timeline.marks))},
            ":standing": to_records(settlement.standing),
            ":revision": {"N": str(timeline.revision + 1)},
            ":expires": {"N": str((mark_instant_ms(max(timeline.marks)) + _KEPT_AFTER_LAST_MARK_MS) // 1000)},
        }
        update = "SET standing = :standing, revision = :revision, expires_at = :expires"
        if settlement.next_due_ms is None:
            update += " REMOVE due_at"
        else:
            update += ", due_at = :due"
            values[":due"] = {"N": str(settlement.next_due_ms)}
        as_read = NEVER_SETTLED
        if timeline.revision:
            as_read = SETTLED_AS_READ
            values[":settled"] = {"N": str(timeline.revision)}
        return {
            "Update": {
                "TableName": self._usage_table,
                "Key": timeline_key(timeline.subject),
                "UpdateExpression": update,
                "ConditionExpression": f"{NOTHING_ARRIVED_MEANWHILE} AND {as_read}",
                "ExpressionAttributeValues": values,
            }
        }

    def _pages(self, settlement: BotSettlement) -> list[Item]:
        """Usage records, those of windows that start on the same day in one item."""
        by_day: dict[str, list[UsageRecord]] = defaultdict(list)
        for one in settlement.settlements:
            for record in one.appended:
                by_day[record.day(settlement.account.zone).isoformat()].append(record)
        bot = settlement.bot
        return [
            self._put(
                self._usage_table,
                {
                    "pk": {"S": bot_key("USAGE", bot.account_id, bot.bot_id) + f"#{day[:7]}"},
                    "sk": {"S": f"{day}#{settlement.settlement_id}"},
                    "records": to_records(records),
                    "prices": _prices(settlement.plans[ref] for ref in sorted({r.plan for r in records})),
                },
            )
            for day, records in sorted(by_day.items())
        ]

    def _add_total(self, settlement: BotSettlement, key: TotalKey, counts: Mapping[Bucket, int]) -> Item:
        """Sessions of a day by unit and hour."""
        bot = settlement.bot
        names = {f"#{n}": f"{bucket.unit}_{bucket.hour:02d}" for n, bucket in enumerate(counts)}
        return {
            "Update": {
                "TableName": self._usage_table,
                "Key": {
                    "pk": {"S": bot_key("TOTAL", bot.account_id, bot.bot_id)},
                    "sk": {"S": f"{key.day.isoformat()}#{key.plan}"},
                },
                "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n in range(len(counts))),
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": {f":{n}": {"N": str(c)} for n, c in enumerate(counts.values())},
            }
        }

    def _change_balance(self, settlement: BotSettlement) -> Item:
        """The debit, and the counts of all that the bot ever used."""
        change = settlement.change
        return {
            "Update": {
                "TableName": self._billing_table,
                "Key": self._bot_item(settlement, "BALANCE"),
                "UpdateExpression": ADD_TO_BALANCE,
                "ExpressionAttributeValues": {
                    ":credit": {"N": str(-change.debit_micros)},
                    ":usage": {"N": str(change.usage_sessions)},
                    ":alerts": {"N": str(change.alert_sessions)},
                },
            }
        }

    def _ledger_entry(self, settlement: BotSettlement) -> Item:
        """A debit as an entry that is never edited."""
        change = settlement.change
        entry = {
            **self._bot_item(settlement, f"LEDGER#{settlement.settlement_id}"),
            "amount_micros": {"N": str(-change.debit_micros)},
            "usage_sessions": {"N": str(change.usage_sessions)},
            "alert_sessions": {"N": str(change.alert_sessions)},
            "at_ms": {"N": str(settlement.settled_at_ms)},
            "reason": {"S": "settlement"},
        }
        return self._put(self._billing_table, entry)

    def _bot_item(self, settlement: BotSettlement, sort_key: str) -> Item:
        """Key of an item of the bot in the billing table."""
        bot = settlement.bot
        return {"pk": {"S": bot_key("BOT", bot.account_id, bot.bot_id)}, "sk": {"S": sort_key}}

    def _put(self, table: str, item: Item) -> Item:
        """Append an item that must not exist."""
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": WRITTEN_ONCE}}


def _prices(plans: Iterable[PlanVersion]) -> Item:
    """What the page's sessions cost, by plan version: currency, usage and alert price (micro-units)."""
    return {
        "M": {
            plan.ref: {
                "L": [
                    {"S": plan.currency},
                    {"N": str(plan.usage_price_micros)},
                    {"N": str(plan.alert_price_micros)},
                ]
            }
            for plan in plans
        }
    }


def _subjects(settlement: BotSettlement) -> list[Subject]:
    """All subjects of a transaction, in the order of its first actions."""
    return [s.timeline.subject for s in settlement.settlements]


def _changed(error: ClientError, settlement: BotSettlement) -> list[Subject]:
    """The subjects whose condition failed; none if others were only in the way for a moment.

    All of them if something else had been written before. Raises what is neither.
    """
    code = error_code(error)
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    if code == "ValidationException" or _TOO_LARGE & set(reasons):
        raise SettlementTooLarge(str(error)) from error
    if code != "TransactionCanceledException":
        raise StoreUnavailable(str(error)) from error
    subjects = _subjects(settlement)
    failed = [n for n, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]
    if any(n >= len(subjects) for n in failed):
        return subjects
    return [subjects[n] for n in failed]
