"""The usage table in memory, with the conditions that the real one has."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from botmeter.domain.drafts import DayUse
from botmeter.domain.events import Subject
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, Timeline, TotalKey, UsageRecord
from botmeter.domain.use_over_time import UseCount
from botmeter.ports.metering import BotSettlement, MarkAddition, SettlementRejected
from tests.fakes.billing import FakeBilling
from tests.fakes.demo import ACCOUNT


@dataclass
class FakeUsageTable:
    """Timelines, usage records and totals; `unwritable` subjects refuse marks.

    What settlements do to bots is written to `billing` in the same transaction.
    """

    billing: FakeBilling = field(default_factory=FakeBilling)
    timelines: dict[Subject, Timeline] = field(default_factory=dict)
    appended: list[UsageRecord] = field(default_factory=list)
    counts: Counter[tuple[str, TotalKey, Bucket]] = field(default_factory=Counter)
    free_micros: Counter[tuple[str, TotalKey]] = field(default_factory=Counter)
    transactions: list[BotSettlement] = field(default_factory=list)
    unwritable: set[Subject] = field(default_factory=set)
    read_by_day: list[date] = field(default_factory=list)
    read_by_hour: list[date] = field(default_factory=list)

    def add_marks(self, additions: Sequence[MarkAddition]) -> set[Subject]:
        for addition in additions:
            if addition.subject in self.unwritable:
                continue
            old = self.timelines.get(addition.subject) or Timeline(addition.subject, frozenset(), None)
            due = addition.due_at_ms if old.due_at_ms is None else old.due_at_ms
            self.timelines[addition.subject] = replace(
                old, marks=old.marks | set(addition.marks), due_at_ms=due
            )
        return self.unwritable & {addition.subject for addition in additions}

    def shards(self) -> Sequence[str]:
        return ["all"]

    def due(self, shard: str, now_ms: int) -> Iterator[Subject]:
        found = [t for t in self.timelines.values() if t.due_at_ms is not None and t.due_at_ms <= now_ms]
        return iter([t.subject for t in sorted(found, key=lambda t: (t.due_at_ms, t.subject))])

    def load(self, subjects: Sequence[Subject]) -> list[Timeline]:
        return [self.timelines[s] for s in subjects if s in self.timelines]

    def move_due(self, timeline: Timeline, due_at_ms: int) -> None:
        current = self.timelines[timeline.subject]
        if current.due_at_ms == timeline.due_at_ms:
            self.timelines[timeline.subject] = replace(current, due_at_ms=due_at_ms)

    def write(self, settlement: BotSettlement) -> None:
        with self.billing.transaction(settlement.change):
            read = [s.timeline for s in settlement.settlements]
            current = [self.timelines[t.subject] for t in read]
            changed = [
                t.subject
                for t, now in zip(read, current, strict=True)
                if (len(now.marks), now.revision) != (len(t.marks), t.revision)
            ]
            if changed:
                raise SettlementRejected(changed)
            self._apply(settlement)

    def _apply(self, settlement: BotSettlement) -> None:
        self.transactions.append(settlement)
        for s in settlement.settlements:
            current = self.timelines[s.timeline.subject]
            self.timelines[s.timeline.subject] = replace(
                current,
                marks=current.marks - s.forgotten,
                standing=s.standing,
                revision=s.timeline.revision + 1,
                due_at_ms=s.next_due_ms,
            )
            self.appended += s.appended
        for key, counts in settlement.totals.items():
            for bucket, count in counts.items():
                self.counts[settlement.bot.bot_id, key, bucket] += count
        for key, micros in settlement.free_micros.items():
            self.free_micros[settlement.bot.bot_id, key] += micros

    def records(self, account_id: str, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        of_bot = [
            r for r in self.appended if (r.subject.account_id, r.subject.bot_id) == (account_id, bot_id)
        ]
        in_period = [r for r in of_bot if period.first_day <= r.day(ACCOUNT.calendar) <= period.last_day]
        return sorted(in_period, key=lambda r: r.metered.start_ms)

    def sessions(self, account_id: str, bot_id: str, period: BillingPeriod) -> dict[tuple[str, Unit], int]:
        counts: Counter[tuple[str, Unit]] = Counter()
        for key, bucket, count in self._counts_of(bot_id, period):
            counts[key.plan, bucket.unit] += count
        return {key: count for key, count in counts.items() if count}

    def totals(
        self, account_id: str, bot_id: str, period: BillingPeriod
    ) -> dict[tuple[str, str], dict[tuple[Unit, int], int]]:
        days: dict[tuple[str, str], dict[tuple[Unit, int], int]] = {}
        for key, bucket, count in self._counts_of(bot_id, period):
            days.setdefault((key.day.isoformat(), key.plan), {})[bucket.unit, bucket.hour] = count
        return days

    def day_use(self, account_id: str, first: date, last: date) -> dict[str, list[DayUse]]:
        sessions: dict[tuple[str, TotalKey], Counter[Unit]] = {}
        for (bot_id, key, bucket), count in self.counts.items():
            if first <= key.day <= last:
                sessions.setdefault((bot_id, key), Counter())[bucket.unit] += count
        use: dict[str, list[DayUse]] = {}
        for (bot_id, key), counts in sorted(sessions.items()):
            of_day = DayUse(key.day, key.plan, counts, self.free_micros[bot_id, key])
            use.setdefault(bot_id, []).append(of_day)
        return use

    def settled_records(
        self, account_id: str, bot_id: str, first: date, last: date
    ) -> Iterator[tuple[str, UsageRecord]]:
        for written in self.transactions:
            for record in (record for s in written.settlements for record in s.appended):
                day = record.day(ACCOUNT.calendar)
                if record.subject.bot_id == bot_id and first <= day <= last:
                    yield written.settlement_id, record

    def records_of_sessions(self, account_id: str, bot_id: str, first: date, last: date) -> list[UsageRecord]:
        found = [
            r
            for r in self.appended
            if r.subject.bot_id == bot_id
            and any(
                first <= ACCOUNT.calendar.local_hour(ms).day <= last for ms in r.metered.session_starts_ms
            )
        ]
        return sorted(found, key=lambda r: (r.metered.start_ms, r.record_id))

    def days_of_use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        self.read_by_day += days
        for count in self._use(account_id, bot_ids, days):
            yield count._replace(hour=0)

    def hours_of_use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        self.read_by_hour += days
        yield from self._use(account_id, bot_ids, days)

    def _use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        for (bot_id, key, bucket), count in self.counts.items():
            seen = account_id == ACCOUNT.account_id if bot_ids is None else bot_id in bot_ids
            if seen and key.day in days:
                yield UseCount(bot_id, key.day, bucket.hour, bucket.unit, count)

    def _counts_of(self, bot_id: str, period: BillingPeriod) -> Iterator[tuple[TotalKey, Bucket, int]]:
        for (of_bot, key, bucket), count in self.counts.items():
            if of_bot == bot_id and period.first_day <= key.day <= period.last_day:
                yield key, bucket, count
