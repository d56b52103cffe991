"""What was metered, read from the usage table."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from botmeter.adapters.dynamo.items import FREE_MICROS, Item, from_records
from botmeter.adapters.dynamo.keys import bot_key
from botmeter.adapters.dynamo.reads import query
from botmeter.domain.drafts import DayUse
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import UsageRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Sorts after every plan version and every settlement of a day.
_AFTER_ALL = "~"


class DynamoUsage:
    """Reads usage records and totals of the table `table`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def records(self, account_id: str, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        """Records of the windows that start in `period`, by start and id."""
        settled = self.settled_records(account_id, bot_id, period.first_day, period.last_day)
        return sorted(
            (record for _, record in settled), key=lambda record: (record.metered.start_ms, record.record_id)
        )

    def sessions(self, account_id: str, bot_id: str, period: BillingPeriod) -> dict[tuple[str, Unit], int]:
        """Sessions that start in `period`, by plan version and unit; units without any are left out."""
        counts: Counter[tuple[str, Unit]] = Counter()
        for (_, plan), hours in self.totals(account_id, bot_id, period).items():
            for (unit, _), count in hours.items():
                counts[plan, unit] += count
        return {key: count for key, count in counts.items() if count}

    def totals(
        self, account_id: str, bot_id: str, period: BillingPeriod
    ) -> dict[tuple[str, str], dict[tuple[Unit, int], int]]:
        """Totals of `period`: by day (`2026-10-05`) and plan version, then by unit and hour of the day."""
        found = self._totals(account_id, bot_id, period.first_day, period.last_day)
        return {tuple(item["sk"]["S"].split("#", 1)): _hours(item) for item in found}

    def day_use(self, account_id: str, bot_id: str, first: date, last: date) -> list[DayUse]:
        """What a bot used from the day `first` to `last`, by day and plan version, read consistently."""
        return [_to_day_use(item) for item in self._totals(account_id, bot_id, first, last)]

    def settled_records(
        self, account_id: str, bot_id: str, first: date, last: date
    ) -> Iterator[tuple[str, UsageRecord]]:
        """Records of the windows that start from `first` to `last`, each with its settlement's id."""
        month = BillingPeriod(first.year, first.month)
        while month.first_day <= last:
            for page in self._days(bot_key("USAGE", account_id, bot_id) + f"#{month.label}", first, last):
                _, settlement_id = page["sk"]["S"].split("#", 1)
                for record in from_records(page["records"], account_id, bot_id):
                    yield settlement_id, record
            month = month.next()

    def _totals(self, account_id: str, bot_id: str, first: date, last: date) -> Iterator[Item]:
        """The items of a bot's totals from the day `first` to `last`."""
        return self._days(bot_key("TOTAL", account_id, bot_id), first, last)

    def _days(self, pk: str, first: date, last: date) -> Iterator[Item]:
        """The items of a partition that belong to days from `first` to `last`, read consistently."""
        between = {
            ":pk": {"S": pk},
            ":first": {"S": first.isoformat()},
            ":last": {"S": f"{last.isoformat()}#{_AFTER_ALL}"},
        }
        condition = "pk = :pk AND sk BETWEEN :first AND :last"
        return query(self._client, self._table, condition, between, ConsistentRead=True)


def _to_day_use(item: Item) -> DayUse:
    """One day's item, its hours added up."""
    day, plan = item["sk"]["S"].split("#", 1)
    sessions: Counter[Unit] = Counter()
    for (unit, _), count in _hours(item).items():
        sessions[unit] += count
    free_micros = int(item[FREE_MICROS]["N"]) if FREE_MICROS in item else 0
    return DayUse(date.fromisoformat(day), plan, sessions, free_micros)


def _hours(item: Item) -> dict[tuple[Unit, int], int]:
    """Counts by unit and hour of one day's item."""
    hours: dict[tuple[Unit, int], int] = {}
    for name, value in sorted(item.items()):
        if name not in {"pk", "sk", FREE_MICROS} and value["N"] != "0":
            unit, hour = name.split("_")
            hours[Unit(unit), int(hour)] = int(value["N"])
    return hours
