"""The books of an account for one period: records, totals, ledgers and invoices, as they are stored."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial

from botmeter.bootstrap import Wiring
from botmeter.domain.accounts import Account, Bot
from botmeter.domain.drafts import DayUse
from botmeter.domain.errors import Refused
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.explanations import Settled
from botmeter.domain.periods import BillingPeriod, days_between, to_ms, to_utc
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter_cli.reconcile.charges import Charges
from botmeter_cli.reconcile.deadlines import Billing
from botmeter_cli.reconcile.differences import Difference, Measure, Place
from botmeter_cli.reconcile.invoices import BilledPeriod
from botmeter_cli.reconcile.ledgers import Ledgers
from botmeter_cli.reconcile.plans import days_on, plan_at
from botmeter_cli.reconcile.recount import Span, Window
from botmeter_cli.reconcile.stamps import Page, price_differences
from botmeter_cli.reconcile.windows import Name, concerns, recorded_window

_DAY = timedelta(days=1)
# How far from a period its settlements may have records of others: late events, and long windows.
_SETTLED_WITH = timedelta(days=120)
# No event is so much older than the account's first period.
_BEFORE_ALL = timedelta(days=400)
# How long after its idle timeout a window has been settled for sure: the meter waits for minutes.
_TIME_TO_SETTLE = _DAY
_LOADED_AT_ONCE = 400
_KINDS = {Measure.USAGE: SubjectKind.CONVERSATION, Measure.ALERT: SubjectKind.ALERT_DELIVERY}


@dataclass(frozen=True)
class Books:
    """Reads what was billed of `period` as of `now`. `span` is the period in ms."""

    services: Wiring
    account: Account
    period: BillingPeriod
    bots: Mapping[str, Bot]
    span: Span
    now: datetime

    @classmethod
    def of(cls, services: Wiring, account_id: str, period: BillingPeriod, now: datetime) -> "Books":
        """The books of an account; raises `NotFound`, and `Refused` for a period that it does not have."""
        account = services.accounts.account(account_id)
        if period.anchor_day != account.anchor_day:
            example = BillingPeriod(period.year, period.month, account.anchor_day).label
            raise Refused("period", f"must be one of the account's, such as {example}")
        calendar = account.calendar
        span = Span(to_ms(period.start(calendar)), to_ms(period.end(calendar)))
        bots = {bot.bot_id: bot for bot in services.accounts.bots(account_id)}
        return cls(services, account, period, bots, span, now)

    @property
    def idle_timeouts_ms(self) -> dict[str, int]:
        """The bots that exist, and how long their conversations may be silent."""
        return {bot_id: bot.idle_timeout_minutes * 60_000 for bot_id, bot in self.bots.items()}

    def settled(self, margin: timedelta) -> list[Settled]:
        """The records of windows that began in the period, or within `margin` before it."""
        return [one for bot_id in self.bots for one in self._records(bot_id, margin, timedelta())]

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

    def is_overdue(self, name: Name, ended_ms: int) -> bool:
        """Whether the meter should have settled a window that ended then, by far."""
        idle_ms = self.idle_timeouts_ms[name.bot_id] if name.unit == Measure.USAGE else 0
        return to_utc(ended_ms + idle_ms) + _TIME_TO_SETTLE < self.now

    # ------------------------------------------------------------------------------------- sums

    @cached_property
    def _days(self) -> list[str]:
        """The names of the period's days."""
        return [day.isoformat() for day in days_between(self.period.first_day, self.period.last_day)]

    @cached_property
    def _bounds(self) -> list[datetime]:
        """The beginnings of the period's days, and the end of the last."""
        period = self.period
        days = days_between(period.first_day, period.next().first_day)
        return [self.account.calendar.start_of_day(day) for day in days]

    @cached_property
    def _starts_ms(self) -> list[int]:
        """The beginnings of the period's days, in ms."""
        return [to_ms(bound) for bound in self._bounds[:-1]]

    def _day(self, instant_ms: int) -> str | None:
        """The day of an instant; None outside of the period."""
        if not self.span.from_ms <= instant_ms < self.span.to_ms:
            return None
        return self._days[bisect_right(self._starts_ms, instant_ms) - 1]

    def add(self, sums: Counter[Place], window: Window, plan: str, times: int = 1) -> None:
        """Add the sessions of a window to those of the days on which they begin."""
        for start_ms in window.session_starts_ms:
            if day := self._day(start_ms):
                sums[Place(window.bot_id, Measure(window.unit), plan, day)] += times

    def totals(self) -> Counter[Place]:
        """The stored sums of the period's days."""
        sums: Counter[Place] = Counter()
        for bot_id in self.bots:
            found = self.services.usage.totals(self.account.account_id, bot_id, self.period)
            for (day, plan), hours in found.items():
                for (unit, _), count in hours.items():
                    sums[Place(bot_id, Measure(unit.value), plan, day)] += count
        return sums

    @cached_property
    def _use(self) -> Mapping[str, Sequence[DayUse]]:
        """What the bots used on all days that there can be, as it is stored."""
        first = min(self.account.first_period, self.period).first_day - _BEFORE_ALL
        last = max(self.now.date() + _DAY, self.period.last_day)
        return self.services.usage.day_use(self.account.account_id, first, last)

    def _use_of_period(self) -> Iterator[tuple[str, DayUse]]:
        """The same of the period's days, each with its bot."""
        for bot_id, days in self._use.items():
            for of in days:
                if self.period.first_day <= of.day <= self.period.last_day:
                    yield bot_id, of

    def days(self) -> Counter[Place]:
        """The sessions of the period's days as usage pages show them and invoices bill them."""
        sums: Counter[Place] = Counter()
        for bot_id, of in self._use_of_period():
            for unit, count in of.sessions.items():
                sums[Place(bot_id, Measure(unit.value), of.plan, of.day.isoformat())] += count
        return sums

    def free_micros(self) -> Counter[Place]:
        """What free credits have paid of the period's sessions, as it is stored: for invoices to take off."""
        sums: Counter[Place] = Counter()
        for bot_id, of in self._use_of_period():
            if self.is_invoiced(of.plan):
                sums[Place(bot_id, Measure.FREE_CREDITS, of.plan, self.period.label)] += of.free_micros
        return sums

    def plan_at(self, window: Window) -> str:
        """The plan version on which a window's bot was when it began."""
        return plan_at(self.bots[window.bot_id], window.start_ms)

    # ------------------------------------------------------------------------------------ money

    def plan(self, ref: str) -> PlanVersion:
        """A plan version of the catalogue; raises `NotFound`."""
        return self.services.accounts.plan(ref)

    def is_invoiced(self, plan: str) -> bool:
        """Whether invoices bill the sessions of a plan version: those of contracts are not."""
        return self.plan(plan).kind is not PlanKind.ENTERPRISE

    def charges(self, sessions: Mapping[Place, int]) -> Charges:
        """What invoices should charge for sessions of the period."""

        def days_on_plan(bot_id: str, plan: str) -> int:
            return days_on(self.bots[bot_id], plan, self._bounds)

        return Charges(sessions, self.period.days, self.plan, days_on_plan)

    @cached_property
    def billed_period(self) -> BilledPeriod:
        """The invoices that could bill the period."""
        return BilledPeriod.of(self.period, self.services.invoices.of_account(self.account.account_id))

    @cached_property
    def _billing(self) -> Billing:
        """How far the account is billed."""
        account, grace = self.account, self.account.invoice_grace
        if grace is None:
            grace = self.services.settings.invoice_grace
        return Billing(account, self.services.invoices.billing(account.account_id).periods, grace, self.now)

    @property
    def is_billed(self) -> bool:
        """Whether a billing run is done with the period."""
        return self._billing.is_done(self.period)

    @property
    def will_be_billed(self) -> bool:
        """Whether an invoice to come will bill what of the period is not billed yet."""
        return self._billing.goes_on(self.period)

    def price_differences(self, settled: Iterable[Settled]) -> Iterator[Difference]:
        """Where records that begin in the period were not stamped with the catalogue's prices."""
        recorded = {
            Page(one.record.subject.bot_id, day, one.settlement_id, one.record.plan)
            for one in settled
            if (day := self._day(one.record.metered.start_ms))
        }
        stamped = {
            Page(bot_id, one.day.isoformat(), one.settlement_id, one.plan): one
            for bot_id in self.bots
            for one in self.services.stamped_prices.of_bot(
                self.account.account_id, bot_id, self.period.first_day, self.period.last_day
            )
        }
        return price_differences(recorded, stamped, self.plan)

    def ledger_differences(self, settled: Sequence[Settled]) -> Iterator[Difference]:
        """Where the ledgers have taken something else than the records cost, or do not add up."""
        ledgers = Ledgers(self.services.accounts, self.services.billing, self.account, self.span)
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
        yield from ledgers.balance_differences()
        free = {bot_id: sum(of.free_micros for of in days) for bot_id, days in self._use.items()}
        yield from ledgers.free_credit_differences(free)
