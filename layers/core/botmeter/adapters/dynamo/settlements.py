"""Settlements in one transaction: timelines, usage pages and totals, and what follows for the billing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from botmeter.adapters.dynamo.billing import DynamoBilling
from botmeter.adapters.dynamo.items import ACCOUNT_DAY, BEGAN, FREE_MICROS, Item, number, to_records
from botmeter.adapters.dynamo.keys import account_day, bot_key, days_key, timeline_key
from botmeter.adapters.dynamo.writes import WRITTEN_ONCE, Cancelled, TooLarge, add, put, write_together
from botmeter.domain.errors import Conflict
from botmeter.domain.events import RETENTION_MS
from botmeter.domain.plans import PlanVersion
from botmeter.domain.settlement import Settlement, TotalKey, UsageRecord
from botmeter.domain.timeline import mark_instant_ms
from botmeter.domain.use_over_time import days_of_windows
from botmeter.ports.metering import BotSettlement, SettlementRejected, SettlementTooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A set that only grows: equal size means that nothing has arrived since it was read.
NOTHING_ARRIVED_MEANWHILE = "size(marks) = :seen"
NEVER_SETTLED = "attribute_not_exists(revision)"
SETTLED_AS_READ = "revision = :settled"

# Marks are kept well past the time for which late events are taken, then the table forgets them.
_KEPT_AFTER_LAST_MARK_MS = 2 * RETENTION_MS


class DynamoSettlements:
    """Writes settlements to `usage_table`, and what they do to a bot's billing as `billing` does."""

    def __init__(self, client: "DynamoDBClient", usage_table: str, billing: DynamoBilling) -> None:
        self._client = client
        self._usage_table = usage_table
        self._billing = billing

    def write(self, settlement: BotSettlement) -> None:
        """Write everything in one transaction.

        Raises `SettlementRejected` when timelines have changed, `Conflict` when the bot's billing has,
        `SettlementTooLarge` and `StoreUnavailable`.
        """
        pages = self._pages(settlement)
        # The order of the actions tells whose condition failed.
        actions = [self._settle_timeline(s) for s in settlement.settlements]
        actions += pages
        actions += self._totals(settlement)
        actions += self._billing.actions(settlement.change)
        try:
            write_together(self._client, actions)
        except TooLarge as error:
            raise SettlementTooLarge(str(error)) from error
        except Cancelled as error:
            raise _refusal(error.positions, settlement, len(pages)) from error

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
                by_day[record.day(settlement.account.calendar).isoformat()].append(record)
        bot = settlement.bot
        return [
            put(
                self._usage_table,
                {
                    "pk": {"S": bot_key("USAGE", bot.account_id, bot.bot_id) + f"#{day[:7]}"},
                    "sk": {"S": f"{day}#{settlement.settlement_id}"},
                    "records": to_records(records),
                    "prices": _prices(settlement.plans[ref] for ref in sorted({r.plan for r in records})),
                },
                WRITTEN_ONCE,
            )
            for day, records in sorted(by_day.items())
        ]

    def _totals(self, settlement: BotSettlement) -> list[Item]:
        """What is added to the totals: of each day and plan version, and of the days of each month."""
        records = (record for one in settlement.settlements for record in one.appended)
        began = days_of_windows(records, settlement.account.calendar)
        keys = sorted({*settlement.totals, *began})
        actions = [self._add_total(settlement, key, began.get(key, set())) for key in keys]
        return actions + self._add_days(settlement)

    def _add_total(self, settlement: BotSettlement, key: TotalKey, began: set[date]) -> Item:
        """Sessions of a day by unit and hour, what free credits have paid, when their windows began."""
        bot = settlement.bot
        counts = settlement.totals.get(key, {})
        added = {f"{bucket.unit}_{bucket.hour:02d}": number(count) for bucket, count in counts.items()}
        if key in settlement.free_micros:
            added[FREE_MICROS] = number(settlement.free_micros[key])
        if began:
            added[BEGAN] = {"SS": sorted(day.isoformat() for day in began)}
        total_key = {
            "pk": {"S": bot_key("TOTAL", bot.account_id, bot.bot_id)},
            "sk": {"S": f"{key.day.isoformat()}#{key.plan}"},
        }
        day = {ACCOUNT_DAY: {"S": account_day(bot.account_id, key.day)}}
        return add(self._usage_table, total_key, added, day)

    def _add_days(self, settlement: BotSettlement) -> list[Item]:
        """Sessions by unit and day, in an item for each month."""
        months: dict[str, Counter[str]] = defaultdict(Counter)
        for key, counts in settlement.totals.items():
            for bucket, count in counts.items():
                months[key.day.isoformat()[:7]][f"{bucket.unit}_{key.day.day:02d}"] += count
        bot = settlement.bot
        return [
            add(
                self._usage_table,
                {"pk": {"S": days_key(bot.account_id, month)}, "sk": {"S": bot.bot_id}},
                {name: number(count) for name, count in days.items()},
            )
            for month, days in sorted(months.items())
        ]


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


def _refusal(positions: Sequence[int], settlement: BotSettlement, pages: int) -> Exception:
    """What it means that the actions at `positions` stood in the way: timelines, then pages, then others."""
    subjects = [s.timeline.subject for s in settlement.settlements]
    changed = [subjects[n] for n in positions if n < len(subjects)]
    if changed:
        return SettlementRejected(changed)
    if any(n < len(subjects) + pages for n in positions):
        # Pages are named after their settlement: this very one was written before. Read all of it again.
        return SettlementRejected(subjects)
    return Conflict("somebody else changed the bot's billing first")
