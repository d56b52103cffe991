"""Ledgers beside the records: what each settlement took from a balance, and what its sessions cost."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from botmeter.domain.accounts import Account
from botmeter.domain.credits import EntryReason, LedgerEntry
from botmeter.domain.explanations import Settled
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import BillingStore
from botmeter_cli.reconcile.balances import balance_differences, free_credit_differences
from botmeter_cli.reconcile.differences import Difference, Measure, Where
from botmeter_cli.reconcile.recount import Span
from botmeter_cli.reconcile.tariff import debit_micros

_PAGE = 1000
_OF_USE = {EntryReason.USAGE, EntryReason.CORRECTION}

# What a settlement took, or should have: sessions by unit, and micro-units.
Taken = Counter[Measure]


@dataclass(frozen=True)
class Ledgers:
    """Reads the ledgers of an account, whole: `period` is the one whose settlements are looked at."""

    accounts: AccountRepository
    billing: BillingStore
    account: Account
    period: Span

    @cached_property
    def whole(self) -> Mapping[str, Sequence[LedgerEntry]]:
        """The entries of each bot's ledger and ("") of the account's shared credits, newest first."""
        bot_ids = [bot.bot_id for bot in self.accounts.bots(self.account.account_id)]
        return {of: list(self._read(of)) for of in (*bot_ids, "")}

    def _read(self, bot_id: str) -> Iterator[LedgerEntry]:
        """The entries of one ledger."""
        cursor = None
        while True:
            page = self.billing.ledger(self.account.account_id, bot_id, _PAGE, cursor)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def entries(self) -> dict[str, list[LedgerEntry]]:
        """What the sessions of each bot took, from its own balance and from the account's, since the period.

        A session is settled after it has begun.
        """
        found: dict[str, list[LedgerEntry]] = defaultdict(list)
        for ledger in self.whole.values():
            for entry in ledger:
                if entry.reason in _OF_USE and to_ms(entry.at) >= self.period.from_ms:
                    found[entry.bot_id].append(entry)
        return found

    def balance_differences(self) -> Iterator[Difference]:
        """Where balances are not the sums of their ledgers."""
        account_id = self.account.account_id
        wallets = {of: balance.wallet for of, balance in self.billing.balances(account_id).items()}
        wallets[""] = self.billing.shared_credits(account_id).wallet
        left_micros = {
            of: sum(grant.remaining_micros for grant in wallet.grants) - wallet.overdraft_micros
            for of, wallet in wallets.items()
        }
        return balance_differences(self.whole, left_micros)

    def free_credit_differences(self, stored_micros: Mapping[str, int]) -> Iterator[Difference]:
        """Where free credits paid something else than the days of a bot have noted (`stored_micros`)."""
        paid = (entry for entry in self.whole[""] if entry.reason in _OF_USE)
        return free_credit_differences(paid, stored_micros)

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
            unit = Measure(record.unit.value)
            cost[unit] += record.sessions
            cost[Measure.MICROS] += debit_micros(self.accounts.plan(record.plan), unit, record.sessions)
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
