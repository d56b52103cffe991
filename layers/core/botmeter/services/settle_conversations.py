"""Settle conversations: turn what has become idle into usage records, totals and debits."""

import hashlib
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import groupby, islice
from typing import Self

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import BotState, Draft
from botmeter.domain.debits import balance_change, free_by_day
from botmeter.domain.errors import BotmeterError, Conflict, NotFound
from botmeter.domain.events import Subject
from botmeter.domain.payments import reload
from botmeter.domain.periods import BillingPeriod, to_utc
from botmeter.domain.settlement import Settlement, Terms, Timeline, usage_totals
from botmeter.domain.settling import settle
from botmeter.domain.use_over_time import days_of_windows
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import BillingStore
from botmeter.ports.metering import (
    BotSettlement,
    SettlementRejected,
    SettlementStore,
    SettlementTooLarge,
    Timelines,
)

# DynamoDB takes a hundred actions in a transaction; some may be the balance, its ledger, and what follows.
MAX_ACTIONS = 84
_PAGE = 400
_LOOK_AGAIN_MS = 3_600_000
_ATTEMPTS = 5

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class SettlementRun:
    """What a run did.

    `settled` subjects with `records` written, `moved` due times of conversations still active,
    `conflicts` left to the next run because marks arrived meanwhile, `stuck` put off for an hour since
    their bot is unknown or they fit no transaction, `failed` left because a store did not answer. `due`
    are all that are due and not done: conflicts, failures, further portions, and what time did not allow.
    """

    settled: int = 0
    records: int = 0
    moved: int = 0
    conflicts: int = 0
    stuck: int = 0
    failed: int = 0
    due: int = 0

    def __iadd__(self, other: Self) -> Self:
        """Add the counts of another run."""
        for counter in fields(self):
            setattr(self, counter.name, getattr(self, counter.name) + getattr(other, counter.name))
        return self


@dataclass(frozen=True, slots=True)
class SettleConversations:
    """Settles what is due. May run twice at once and die anywhere: a timeline is settled or it is not.

    `grace_ms` is how long past its idle timeout a conversation is left alone.
    """

    timelines: Timelines
    accounts: AccountRepository
    billing: BillingStore
    store: SettlementStore
    grace_ms: int

    def __call__(
        self, shard: str, now_ms: int, out_of_time: Callable[[], bool] = lambda: False
    ) -> SettlementRun:
        """Settle the subjects of one shard that are due at `now_ms`, until `out_of_time`."""
        run = SettlementRun()
        due = self.timelines.due(shard, now_ms)
        while page := sorted(islice(due, _PAGE)):
            if out_of_time():
                run.due += len(page)
                break
            for (account_id, bot_id), subjects in groupby(page, key=lambda s: (s.account_id, s.bot_id)):
                run += self._try_bot(account_id, bot_id, list(subjects), now_ms)
        run.due += run.conflicts + run.failed
        return run

    def _try_bot(
        self, account_id: str, bot_id: str, subjects: Sequence[Subject], now_ms: int
    ) -> SettlementRun:
        """Settle subjects of one bot; a bot that fails does not hold up the others."""
        try:
            timelines = self.timelines.load(subjects)
            current = [t for t in timelines if t.due_at_ms is not None and t.due_at_ms <= now_ms]
            return self._settle_bot(account_id, bot_id, current, now_ms)
        except BotmeterError:
            _logger.exception("bot %s of account %s was not settled", bot_id, account_id)
            return SettlementRun(failed=len(subjects))

    def _settle_bot(
        self, account_id: str, bot_id: str, timelines: Sequence[Timeline], now_ms: int
    ) -> SettlementRun:
        """Settle timelines of one bot in as few transactions as hold them."""
        try:
            account, bot = self.accounts.account(account_id), self.accounts.bot(account_id, bot_id)
        except NotFound:
            return self._put_off(timelines, now_ms)
        terms = Terms(bot.rule, bot.subscription, self.grace_ms)
        settlements = [settle(t, terms, now_ms) for t in sorted(timelines, key=lambda t: min(t.marks))]
        run = SettlementRun()
        for chunk in _transactions([s for s in settlements if not s.is_postponed], account):
            if len(_items(chunk[0], account)) > MAX_ACTIONS:
                run += self._put_off_too_large(chunk[0].timeline, now_ms)
            else:
                run += self._write(account, bot, chunk, now_ms)
        for settlement in settlements:
            if settlement.is_postponed and settlement.next_due_ms is not None:
                self.timelines.move_due(settlement.timeline, settlement.next_due_ms)
                run.moved += 1
        return run

    def _put_off(self, timelines: Sequence[Timeline], now_ms: int) -> SettlementRun:
        """Look at timelines again later: nothing that needs a person holds up the rest."""
        for timeline in timelines:
            self.timelines.move_due(timeline, now_ms + _LOOK_AGAIN_MS)
        return SettlementRun(stuck=len(timelines))

    def _put_off_too_large(self, timeline: Timeline, now_ms: int) -> SettlementRun:
        """Name in the log what fits no transaction, and put it off."""
        _logger.error("%s fits no transaction", timeline.subject)
        return self._put_off([timeline], now_ms)

    def _write(
        self, account: Account, bot: Bot, settlements: Sequence[Settlement], now_ms: int
    ) -> SettlementRun:
        """Write one transaction, without the timelines that have changed meanwhile if there are such."""
        run = SettlementRun()
        while settlements:
            try:
                self._write_all(account, bot, settlements, now_ms)
            except SettlementRejected as rejected:
                remaining = [s for s in settlements if s.timeline.subject not in rejected.subjects]
                run.conflicts += len(settlements) - len(remaining)
                settlements = remaining
            except Conflict:
                run.conflicts += len(settlements)
                break
            except SettlementTooLarge:
                run += self._write_halves(account, bot, settlements, now_ms)
                break
            else:
                run.settled += len(settlements)
                run.records += sum(len(s.appended) for s in settlements)
                run.due += sum(s.next_due_ms is not None and s.next_due_ms <= now_ms for s in settlements)
                break
        return run

    def _write_all(self, account: Account, bot: Bot, settlements: Sequence[Settlement], now_ms: int) -> None:
        """Write one transaction; again if the bot's billing was changed by others in between."""
        for attempt in range(_ATTEMPTS):
            state = self.billing.state(account, bot.bot_id)
            try:
                self.store.write(self._bot_settlement(state, settlements, now_ms))
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def _write_halves(
        self, account: Account, bot: Bot, settlements: Sequence[Settlement], now_ms: int
    ) -> SettlementRun:
        """Write what is too large in two parts; what cannot be divided is put off."""
        if len(settlements) == 1:
            return self._put_off_too_large(settlements[0].timeline, now_ms)
        middle = len(settlements) // 2
        run = self._write(account, bot, settlements[:middle], now_ms)
        run += self._write(account, bot, settlements[middle:], now_ms)
        return run

    def _bot_settlement(
        self, state: BotState, settlements: Sequence[Settlement], now_ms: int
    ) -> BotSettlement:
        """Everything that one transaction writes."""
        appended = [record for s in settlements for record in s.appended]
        plans = {ref: self.accounts.plan(ref) for ref in {r.plan for r in appended}}
        settlement_id = _settlement_id(settlements, now_ms)
        draft = Draft(state, to_utc(now_ms), SYSTEM)
        draft.use(balance_change(appended, plans), settlement_id)
        reload(draft)
        return BotSettlement(
            account=state.account,
            bot=state.bot,
            settlement_id=settlement_id,
            settlements=settlements,
            totals=usage_totals(appended, state.account.calendar),
            free_micros=free_by_day(appended, plans, state.account.calendar, draft.free_micros),
            plans=plans,
            change=draft.done(),
        )


def _transactions(settlements: Iterable[Settlement], account: Account) -> Iterator[list[Settlement]]:
    """Cut settlements into runs that fit a transaction each; one that fits none comes alone."""
    chunk: list[Settlement] = []
    written: set[Hashable] = set()
    for settlement in settlements:
        items = _items(settlement, account)
        if chunk and len(written | items) > MAX_ACTIONS:
            yield chunk
            chunk, written = [], set()
        chunk.append(settlement)
        written |= items
    if chunk:
        yield chunk


def _items(settlement: Settlement, account: Account) -> set[Hashable]:
    """What a settlement writes: its timeline, each day's page of records and totals, each month's days."""
    records, calendar = settlement.appended, account.calendar
    pages = {record.day(calendar) for record in records}
    totals = {*usage_totals(records, calendar), *days_of_windows(records, calendar)}
    months = {BillingPeriod(key.day.year, key.day.month) for key in totals}
    timeline = settlement.timeline
    parts = {(timeline.subject, part) for part in timeline.parts if part}
    return {timeline.subject, *parts, *pages, *totals, *months}


def _settlement_id(settlements: Sequence[Settlement], now_ms: int) -> str:
    """Sortable by time, and different for different contents."""
    contents = "\n".join(f"{s.timeline.subject}{s.timeline.revision}" for s in settlements)
    return f"{now_ms:013d}-{hashlib.sha256(contents.encode()).hexdigest()[:12]}"
