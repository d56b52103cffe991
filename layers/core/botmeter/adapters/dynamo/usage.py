"""What was metered, read from the usage table."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, groupby
from typing import TYPE_CHECKING

from botmeter.adapters.dynamo.items import ACCOUNT_DAY, BEGAN, FREE_MICROS, Item, from_records
from botmeter.adapters.dynamo.keys import (
    DAY_INDEX,
    account_day,
    bot_key,
    days_key,
    month_of,
    month_sk,
    name_in,
)
from botmeter.adapters.dynamo.reads import query
from botmeter.domain.drafts import DayUse
from botmeter.domain.periods import BillingPeriod, days_between
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import UsageRecord
from botmeter.domain.use_over_time import UseCount

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Sorts after every plan version and every settlement of a day, and after every bot.
_AFTER_ALL = "~"
# Faster than the enum itself, and asked thousands of times for a large account.
_UNITS = {unit.value: unit for unit in Unit}
# What an item of totals has beside its hours.
_NO_HOURS = {"pk", "sk", BEGAN, ACCOUNT_DAY}


class DynamoUsage:
    """Reads usage records and totals of the table `table`."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def records(self, account_id: str, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        """Records of the windows that start in `period`, by start and id."""
        settled = self.settled_records(account_id, bot_id, period.first_day, period.last_day)
        return _by_start(record for _, record in settled)

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
        return {_day_and_plan(item): _hours(item) for item in found}

    def day_use(self, account_id: str, first: date, last: date) -> dict[str, list[DayUse]]:
        """What each bot used from the day `first` to `last`, by day and plan version, read consistently."""
        use: dict[str, list[DayUse]] = defaultdict(list)
        for item in self._months(account_id, None, days_between(first, last)):
            month, bot_id, plan = item["sk"]["S"].split("#")
            if days := [of for of in _day_use(item, month, plan) if first <= of.day <= last]:
                use[bot_id] += days
        return {bot_id: sorted(days, key=lambda of: (of.day, of.plan)) for bot_id, days in use.items()}

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

    def records_of_sessions(self, account_id: str, bot_id: str, first: date, last: date) -> list[UsageRecord]:
        """Records that may have sessions which start from the day `first` to `last`, by start and id.

        The totals of these days name the days on which their windows began: no other is read.
        """
        days: set[date] = set()
        for item in self._totals(account_id, bot_id, first, last):
            began = item.get(BEGAN, {"SS": []})["SS"]
            days.update(map(date.fromisoformat, (_day_and_plan(item)[0], *began)))
        settled = chain.from_iterable(
            self.settled_records(account_id, bot_id, *ends) for ends in _runs(sorted(days))
        )
        return _by_start(record for _, record in settled)

    def days_of_use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        """Sessions of bots on `days`, from an item for each bot, month and plan version."""
        wanted: dict[str, dict[str, date]] = defaultdict(dict)
        for day in days:
            wanted[month_of(day)][f"{day.day:02d}"] = day
        for item in self._months(account_id, bot_ids, days):
            month, bot_id, _ = item["sk"]["S"].split("#")
            if bot_ids is None or bot_id in bot_ids:
                yield from _days(item, bot_id, wanted[month])

    def hours_of_use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        """Sessions of bots on `days` by hour: a query for each bot or for each day, whichever are fewer."""
        wanted = {day.isoformat(): day for day in days}
        if bot_ids is not None and len(bot_ids) <= len(wanted):
            parts = [self._totals(account_id, bot_id, days[0], days[-1]) for bot_id in bot_ids]
        else:
            parts = [self._totals_of_day(account_id, day) for day in days]
        for item in chain.from_iterable(parts):
            bot_id, day = name_in(name_in(item["pk"]["S"])), _day_and_plan(item)[0]
            if day in wanted and (bot_ids is None or bot_id in bot_ids):
                for (unit, hour), count in _hours(item).items():
                    yield UseCount(bot_id, wanted[day], hour, unit, count)

    def _months(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[Item]:
        """The items of the months of `days`: of all bots by one query, else of the bots asked for."""
        months = sorted({month_of(day) for day in days})
        if bot_ids is None:
            spans = [(months[0], f"{months[-1]}#{_AFTER_ALL}")] if months else []
        else:
            ends = min(bot_ids, default=""), max(bot_ids, default="")
            spans = [(f"{month}#{ends[0]}", month_sk(month, ends[1], _AFTER_ALL)) for month in months]
        for first, last in spans:
            yield from self._between(days_key(account_id), {":first": {"S": first}, ":last": {"S": last}})

    def _totals_of_day(self, account_id: str, day: date) -> Iterator[Item]:
        """The items of all bots' totals of a day, from an index: what was written just now may be missing."""
        values = {":day": {"S": account_day(account_id, day)}}
        return query(self._client, self._table, f"{ACCOUNT_DAY} = :day", values, IndexName=DAY_INDEX)

    def _totals(self, account_id: str, bot_id: str, first: date, last: date) -> Iterator[Item]:
        """The items of a bot's totals from the day `first` to `last`."""
        return self._days(bot_key("TOTAL", account_id, bot_id), first, last)

    def _days(self, pk: str, first: date, last: date) -> Iterator[Item]:
        """The items of a partition that belong to days from `first` to `last`, read consistently."""
        between = {":first": {"S": first.isoformat()}, ":last": {"S": f"{last.isoformat()}#{_AFTER_ALL}"}}
        return self._between(pk, between)

    def _between(self, pk: str, between: Item) -> Iterator[Item]:
        """The items of a partition from the sort key `:first` to `:last`, read consistently."""
        condition = "pk = :pk AND sk BETWEEN :first AND :last"
        values = {":pk": {"S": pk}, **between}
        return query(self._client, self._table, condition, values, ConsistentRead=True)


def _by_start(records: Iterable[UsageRecord]) -> list[UsageRecord]:
    """Records by start and id."""
    return sorted(records, key=lambda record: (record.metered.start_ms, record.record_id))


def _runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """The first and last day of each run of days that follow one another."""
    for _, run in groupby(enumerate(days), key=lambda numbered: numbered[1].toordinal() - numbered[0]):
        of_run = [day for _, day in run]
        yield of_run[0], of_run[-1]


def _days(item: Item, bot_id: str, wanted: Mapping[str, date]) -> Iterator[UseCount]:
    """Counts of one bot's month by unit, on the days that are wanted (by day of the month)."""
    for name, value in item.items():
        unit, _, day = name.partition("_")
        if unit in _UNITS and day in wanted and value["N"] != "0":
            yield UseCount(bot_id, wanted[day], 0, _UNITS[unit], int(value["N"]))


def _day_use(item: Item, month: str, plan: str) -> Iterator[DayUse]:
    """What one bot used on the days of a month, in no order."""
    sessions: dict[str, dict[Unit, int]] = defaultdict(dict)
    free_micros: Counter[str] = Counter()
    for name, value in item.items():
        unit, _, day = name.partition("_")
        if unit == FREE_MICROS:
            free_micros[day] = int(value["N"])
        elif unit in _UNITS:
            sessions[day][_UNITS[unit]] = int(value["N"])
    for day, counts in sessions.items():
        yield DayUse(date.fromisoformat(f"{month}-{day}"), plan, counts, free_micros[day])


def _day_and_plan(item: Item) -> tuple[str, str]:
    """The day (`2026-10-05`) and plan version of an item of totals."""
    day, plan = item["sk"]["S"].split("#", 1)
    return day, plan


def _hours(item: Item) -> dict[tuple[Unit, int], int]:
    """Counts by unit and hour of one day's item."""
    hours: dict[tuple[Unit, int], int] = {}
    for name, value in sorted(item.items()):
        if name not in _NO_HOURS and value["N"] != "0":
            unit, hour = name.split("_")
            hours[Unit(unit), int(hour)] = int(value["N"])
    return hours
