"""The books of an account for one period: records, totals, ledgers and invoices, as they are stored."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial

from botmeter.bootstrap import Wiring
from botmeter.domain.accounts import Account, Bot
from botmeter.domain.errors import Refused
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.explanations import Settled
from botmeter.domain.periods import BillingPeriod, to_ms, to_utc
from botmeter.domain.plans import PlanKind
from botmeter_cli.archive import days_between
from botmeter_cli.reconcile.differences import Difference, Measure, Place
from botmeter_cli.reconcile.invoices import BilledPeriod
from botmeter_cli.reconcile.ledgers import Ledgers
from botmeter_cli.reconcile.recount import Span, Window
from botmeter_cli.reconcile.windows import Name, concerns, recorded_window

# How far from a period its settlements may have records of others: late events, and long windows.
_SETTLED_WITH = timedelta(days=120)
_LOADED_AT_ONCE = 400
_KINDS = {Measure.USAGE: SubjectKind.CONVERSATION, Measure.ALERT: SubjectKind.ALERT_DELIVERY}


@dataclass(frozen=True)
class Books:
    """Reads what was billed of `period`. `span` is the period in ms."""

    services: Wiring
    account: Account
    period: BillingPeriod
    bots: Sequence[Bot]
    span: Span

    @classmethod
    def of(cls, services: Wiring, account_id: str, period: BillingPeriod) -> "Books":
        """The books of an account; raises `NotFound`, and `Refused` for a period that it does not have."""
        account = services.accounts.account(account_id)
        if period.anchor_day != account.anchor_day:
            example = BillingPeriod(period.year, period.month, account.anchor_day).label
            raise Refused("period", f"must be one of the account's, such as {example}")
        calendar = account.calendar
        span = Span(to_ms(period.start(calendar)), to_ms(period.end(calendar)))
        return cls(services, account, period, services.accounts.bots(account_id), span)

    @property
    def idle_timeouts_ms(self) -> dict[str, int]:
        """The bots that exist, and how long their conversations may be silent."""
        return {bot.bot_id: bot.idle_timeout_minutes * 60_000 for bot in self.bots}

    def settled(self, margin: timedelta) -> list[Settled]:
        """The records of windows that began in the period, or within `margin` before it."""
        return [one for bot in self.bots for one in self._records(bot.bot_id, margin, timedelta())]

    def _records(self, bot_id: str, before: timedelta, after: timedelta) -> list[Settled]:
        """The records of a bot, from so long before the period until so long after it."""
        first, last = self.period.first_day - before, self.period.last_day + after
        found = self.services.usage.settled_records(self.account.account_id, bot_id, first, last)
        return [Settled(settlement_id, record) for settlement_id, record in found]

    def still_due(self, names: Sequence[Name]) -> set[Name]:
        """Those whose marks the meter has still to look at."""
        subjects = {
            Subject(self.account.account_id, n.bot_id, _KINDS[Measure(n.unit)], n.name): n for n in names
        }
        asked = [*subjects]
        due: set[Name] = set()
        for first in range(0, len(asked), _LOADED_AT_ONCE):
            for timeline in self.services.timelines.load(asked[first : first + _LOADED_AT_ONCE]):
                if timeline.due_at_ms is not None:
                    due.add(subjects[timeline.subject])
        return due

    # ------------------------------------------------------------------------------------- sums

    @cached_property
    def _days(self) -> tuple[list[int], list[str]]:
        """The beginnings of the period's days, and their names."""
        days = days_between(self.period.first_day, self.period.last_day)
        starts = [to_ms(self.account.calendar.start_of_day(day)) for day in days]
        return starts, [day.isoformat() for day in days]

    def add(self, sums: Counter[Place], window: Window, plan: str, times: int = 1) -> None:
        """Add the sessions of a window to those of the days on which they begin."""
        starts, days = self._days
        for start_ms in window.session_starts_ms:
            if self.span.from_ms <= start_ms < self.span.to_ms:
                day = days[bisect_right(starts, start_ms) - 1]
                sums[Place(window.bot_id, Measure(window.unit), plan, day)] += times

    def totals(self) -> Counter[Place]:
        """The stored sums of the period's days."""
        sums: Counter[Place] = Counter()
        for bot in self.bots:
            found = self.services.usage.totals(self.account.account_id, bot.bot_id, self.period)
            for (day, plan), hours in found.items():
                for (unit, _), count in hours.items():
                    sums[Place(bot.bot_id, Measure(unit.value), plan, day)] += count
        return sums

    def days(self) -> Counter[Place]:
        """The sessions of the period's days as usage pages show them, whatever the plan."""
        days = days_between(self.period.first_day, self.period.last_day)
        sums: Counter[Place] = Counter()
        for use in self.services.usage.days_of_use(self.account.account_id, None, days):
            sums[Place(use.bot_id, Measure(use.unit.value), "", use.day.isoformat())] += use.sessions
        return sums

    def plan_at(self, window: Window) -> str:
        """The plan version on which a window's bot was when it began."""
        bot = next(bot for bot in self.bots if bot.bot_id == window.bot_id)
        return bot.plan_at(to_utc(window.start_ms)).ref

    # ------------------------------------------------------------------------------------ money

    def is_invoiced(self, plan: str) -> bool:
        """Whether invoices bill the sessions of a plan version: those of contracts are not."""
        return self.services.accounts.plan(plan).kind is not PlanKind.ENTERPRISE

    @cached_property
    def billed_period(self) -> BilledPeriod:
        """The invoices that could bill the period."""
        return BilledPeriod.of(self.period, self.services.invoices.of_account(self.account.account_id))

    @cached_property
    def is_billed(self) -> bool:
        """Whether a billing run is done with the period."""
        return self.period in self.services.invoices.billing(self.account.account_id).periods

    def ledger_differences(self, settled: Sequence[Settled]) -> Iterator[Difference]:
        """Where the ledgers have taken something else than the records cost."""
        accounts, billing = self.services.accounts, self.services.billing
        ledgers = Ledgers(accounts, billing, self.account, self.span)
        entries = ledgers.entries()
        of_bots: dict[str, list[Settled]] = defaultdict(list)
        for one in settled:
            of_bots[one.record.subject.bot_id].append(one)
        for bot_id in sorted({*entries, *of_bots}):
            records = of_bots.get(bot_id, [])
            concerned = (one for one in records if concerns(recorded_window(one), self.span))
            of_period = frozenset(one.settlement_id for one in concerned)
            more = partial(self._records, bot_id, _SETTLED_WITH, _SETTLED_WITH)
            yield from ledgers.differences(bot_id, entries.get(bot_id, []), of_period, records, more)
