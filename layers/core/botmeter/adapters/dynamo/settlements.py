"""Settlements in one transaction: timelines, usage pages and totals, and what follows for the billing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from botmeter.adapters.dynamo.billing import DynamoBilling
from botmeter.adapters.dynamo.items import ACCOUNT_DAY, BEGAN, FREE_MICROS, Item, number, to_records
from botmeter.adapters.dynamo.keys import account_day, bot_key, days_key, key, month_of, month_sk
from botmeter.adapters.dynamo.settled_timelines import settle_timeline
from botmeter.adapters.dynamo.writes import WRITTEN_ONCE, Cancelled, TooLarge, add, put, write_together
from botmeter.domain.errors import Conflict
from botmeter.domain.events import Subject
from botmeter.domain.plans import PlanVersion
from botmeter.domain.settlement import TotalKey, UsageRecord
from botmeter.domain.use_over_time import days_of_windows
from botmeter.ports.metering import BotSettlement, SettlementRejected, SettlementTooLarge

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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
        timelines = [
            (s.timeline.subject, action)
            for s in settlement.settlements
            for action in settle_timeline(s, self._usage_table)
        ]
        actions = [action for _, action in timelines]
        actions += pages
        actions += self._totals(settlement)
        actions += self._billing.actions(settlement.change)
        try:
            write_together(self._client, actions)
        except TooLarge as error:
            raise SettlementTooLarge(str(error)) from error
        except Cancelled as error:
            raise _refusal(error.positions, [subject for subject, _ in timelines], len(pages)) from error

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
        """What is added to the totals of each day and to the days of each month, by plan version."""
        records = (record for one in settlement.settlements for record in one.appended)
        began = days_of_windows(records, settlement.account.calendar)
        totals = sorted({*settlement.totals, *began})
        actions = [self._add_total(settlement, total, began.get(total, set())) for total in totals]
        return actions + self._add_days(settlement)

    def _add_total(self, settlement: BotSettlement, total: TotalKey, began: set[date]) -> Item:
        """Sessions of a day by unit and hour, and when their windows began."""
        bot = settlement.bot
        counts = settlement.totals.get(total, {})
        added = {f"{bucket.unit}_{bucket.hour:02d}": number(count) for bucket, count in counts.items()}
        if began:
            added[BEGAN] = {"SS": sorted(day.isoformat() for day in began)}
        place = key(bot_key("TOTAL", bot.account_id, bot.bot_id), f"{total.day.isoformat()}#{total.plan}")
        day = {ACCOUNT_DAY: {"S": account_day(bot.account_id, total.day)}}
        return add(self._usage_table, place, added, day)

    def _add_days(self, settlement: BotSettlement) -> list[Item]:
        """Sessions by unit and day, and what free credits have paid of them, in an item for each month."""
        months: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for total, counts in settlement.totals.items():
            for bucket, count in counts.items():
                months[month_of(total.day), total.plan][f"{bucket.unit}_{total.day.day:02d}"] += count
        for total, micros in settlement.free_micros.items():
            months[month_of(total.day), total.plan][f"{FREE_MICROS}_{total.day.day:02d}"] += micros
        bot = settlement.bot
        return [
            add(
                self._usage_table,
                key(days_key(bot.account_id), month_sk(month, bot.bot_id, plan)),
                {name: number(count) for name, count in days.items()},
            )
            for (month, plan), days in sorted(months.items())
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


def _refusal(positions: Sequence[int], subjects: Sequence[Subject], pages: int) -> Exception:
    """What it means that the actions at `positions` stood in the way: timelines', then pages, then others.

    `subjects` are those of the timelines' actions.
    """
    changed = [subjects[n] for n in positions if n < len(subjects)]
    if changed:
        return SettlementRejected(changed)
    if any(n < len(subjects) + pages for n in positions):
        # Pages are named after their settlement: this very one was written before. Read all of it again.
        return SettlementRejected(subjects)
    return Conflict("somebody else changed the bot's billing first")
