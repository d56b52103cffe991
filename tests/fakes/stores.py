"""The usage and billing tables in memory, with the conditions that the real ones have."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from botmeter.domain.accounts import Account, Balance, Bot
from botmeter.domain.errors import NotFound
from botmeter.domain.events import Subject
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, Timeline, TotalKey, UsageRecord
from botmeter.ports import BotSettlement, MarkAddition, SettlementRejected
from tests.fakes.demo import ACCOUNT, ENTERPRISE, ESSENTIAL, PLANS, STANDARD, TRIAL, bot


@dataclass
class FakeAccounts:
    """Accounts, bots and balances."""

    known: dict[str, Account] = field(default_factory=lambda: {ACCOUNT.account_id: ACCOUNT})
    known_bots: dict[str, Bot] = field(
        default_factory=lambda: {b.bot_id: b for b in map(bot, (ENTERPRISE, ESSENTIAL, STANDARD, TRIAL))}
    )
    balances: dict[str, Balance] = field(default_factory=dict)

    def accounts(self) -> Iterator[Account]:
        return iter(self.known.values())

    def account(self, account_id: str) -> Account:
        if account_id not in self.known:
            raise NotFound(account_id)
        return self.known[account_id]

    def bots(self, account_id: str) -> list[Bot]:
        return [b for b in self.known_bots.values() if b.account_id == account_id]

    def bot(self, account_id: str, bot_id: str) -> Bot:
        found = [b for b in self.bots(account_id) if b.bot_id == bot_id]
        if not found:
            raise NotFound(bot_id)
        return found[0]

    def plan(self, ref: str) -> PlanVersion:
        return PLANS[ref]

    def balance(self, account_id: str, bot_id: str) -> Balance:
        return self.balances.get(bot_id, Balance())


@dataclass
class FakeUsageTable:
    """Timelines, usage records and totals; `unwritable` subjects refuse marks."""

    timelines: dict[Subject, Timeline] = field(default_factory=dict)
    appended: list[UsageRecord] = field(default_factory=list)
    totals: Counter[tuple[str, TotalKey, Bucket]] = field(default_factory=Counter)
    debits: Counter[str] = field(default_factory=Counter)
    transactions: list[BotSettlement] = field(default_factory=list)
    unwritable: set[Subject] = field(default_factory=set)

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
            self.timelines[s.timeline.subject] = replace(
                self.timelines[s.timeline.subject],
                standing=s.standing,
                revision=s.timeline.revision + 1,
                due_at_ms=s.next_due_ms,
            )
            self.appended += s.appended
        for key, counts in settlement.totals.items():
            for bucket, count in counts.items():
                self.totals[settlement.bot.bot_id, key, bucket] += count
        self.debits[settlement.bot.bot_id] += settlement.change.debit_micros

    def records(self, account_id: str, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        of_bot = [r for r in self.appended if r.subject.bot_id == bot_id]
        return [r for r in of_bot if period.first_day <= r.day(ACCOUNT.zone) <= period.last_day]

    def sessions(self, account_id: str, bot_id: str, period: BillingPeriod) -> dict[tuple[str, Unit], int]:
        counts: Counter[tuple[str, Unit]] = Counter()
        for (of_bot, key, bucket), count in self.totals.items():
            if of_bot == bot_id and period.first_day <= key.day <= period.last_day:
                counts[key.plan, bucket.unit] += count
        return {key: count for key, count in counts.items() if count}
