"""Ledgers beside the records: what each settlement took from a balance, and what its sessions cost."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from botmeter.domain.accounts import Account
from botmeter.domain.credits import EntryReason, LedgerEntry
from botmeter.domain.explanations import Settled
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.sessions import Unit
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import BillingStore
from botmeter_cli.reconcile.differences import Difference, Measure, Where
from botmeter_cli.reconcile.recount import Span

_PAGE = 1000
_OF_USE = {EntryReason.USAGE, EntryReason.CORRECTION}

# What a settlement took, or should have: sessions by unit, and micro-units.
Taken = Counter[Measure]


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Reads the entries of sessions in an account's ledgers, from the beginning of a period on."""

    accounts: AccountRepository
    billing: BillingStore
    account: Account
    period: Span

    def entries(self) -> dict[str, list[LedgerEntry]]:
        """What the sessions of each bot took, from its own balance and from the account's."""
        found: dict[str, list[LedgerEntry]] = defaultdict(list)
        bot_ids = [bot.bot_id for bot in self.accounts.bots(self.account.account_id)]
        for of in (*bot_ids, ""):
            for entry in self._since(of):
                if entry.reason in _OF_USE:
                    found[entry.bot_id].append(entry)
        return found

    def _since(self, bot_id: str) -> Iterator[LedgerEntry]:
        """The entries of one ledger: a session is settled after it has begun."""
        cursor = None
        while True:
            page = self.billing.ledger(self.account.account_id, bot_id, _PAGE, cursor)
            for entry in page.items:
                if to_ms(entry.at) < self.period.from_ms:
                    return
                yield entry
            cursor = page.next_cursor
            if cursor is None:
                return

    def differences(
        self,
        bot_id: str,
        entries: Iterable[LedgerEntry],
        of_period: frozenset[str],
        settled: Iterable[Settled],
        more: Callable[[], Iterable[Settled]],
    ) -> Iterator[Difference]:
        """Settlements of a bot whose entries are not what their records cost.

        Looked at are the settlements `of_period`, and all that took something within it. `settled` are the
        records of a bot that were read; `more` reads those of other periods, for settlements of both.
        """
        taken = _taken(entries)
        asked = of_period | {e.reference for e in entries if self._is_of_period(e)}
        costs = self._costs(settled)
        if any(_differs(costs.get(one, Counter()), taken.get(one)) for one in asked):
            costs = self._costs(more())
        for one in sorted(asked):
            should, is_ = costs.get(one, Counter()), taken.get(one)
            for measure in _differs(should, is_):
                at = to_rfc3339(int(one[:13])) if one[:13].isdigit() else ""
                billed = (is_ or Counter())[measure]
                yield Difference(Where.LEDGER, bot_id, measure, "", at, should[measure], billed, one)

    def _is_of_period(self, entry: LedgerEntry) -> bool:
        """Whether an entry was written in the period."""
        return self.period.from_ms <= to_ms(entry.at) < self.period.to_ms

    def _costs(self, settled: Iterable[Settled]) -> Mapping[str, Taken]:
        """What the records of each settlement count and cost."""
        costs: dict[str, Taken] = defaultdict(Counter)
        for one in settled:
            record, cost = one.record, costs[one.settlement_id]
            cost[Measure(record.unit.value)] += record.sessions
            plan = self.accounts.plan(record.plan)
            cost[Measure.MICROS] += plan.debit_micros(Unit(record.unit), record.sessions)
        return costs


def _taken(entries: Iterable[LedgerEntry]) -> Mapping[str, Taken]:
    """What each settlement took."""
    taken: dict[str, Taken] = defaultdict(Counter)
    for entry in entries:
        took = taken[entry.reference]
        took[Measure.MICROS] -= entry.amount_micros
        took[Measure.USAGE] += entry.usage_sessions
        took[Measure.ALERT] += entry.alert_sessions
    return taken


def _differs(should: Taken, is_: Taken | None) -> list[Measure]:
    """The measures that are not the same. What costs nothing has no entry, which then counts no sessions."""
    if is_ is None:
        return [Measure.MICROS] if should[Measure.MICROS] else []
    return [measure for measure in Measure if should[measure] != is_[measure]]
