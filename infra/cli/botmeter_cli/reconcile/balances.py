"""Balances beside their ledgers: each entry and the one before it, and the last one and what is left."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from botmeter.domain.credits import LedgerEntry
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter_cli.reconcile.differences import Difference, Measure, Where

# What the differences of an account's shared credits, and of what free credits have paid, are of.
SHARED_CREDITS = "shared credits"
FREE_CREDITS = "free credits"


def balance_differences(
    ledgers: Mapping[str, Sequence[LedgerEntry]], balances_micros: Mapping[str, int]
) -> Iterator[Difference]:
    """Where entries do not add up, or not to the balance; by bot id ("" is the account's shared credits).

    `ledgers` are whole, newest first. If nothing differs, a balance is the sum of its ledger.
    """
    for bot_id in sorted({*ledgers, *balances_micros}):
        before_micros = 0
        for entry in reversed(ledgers.get(bot_id, [])):
            at = to_rfc3339(to_ms(entry.at))
            after_micros = before_micros + entry.amount_micros
            yield from _difference(bot_id, after_micros, entry.balance_micros, at, entry.reference)
            before_micros = entry.balance_micros
        yield from _difference(bot_id, before_micros, balances_micros.get(bot_id, 0))


def free_credit_differences(
    paid: Iterable[LedgerEntry], stored_micros: Mapping[str, int]
) -> Iterator[Difference]:
    """Where the days of a bot, ever, had another amount `paid` by shared credits, which all are free."""
    taken: Counter[str] = Counter()
    for entry in paid:
        taken[entry.bot_id] -= entry.amount_micros
    for bot_id in sorted({*taken, *stored_micros}):
        should, is_ = taken[bot_id], stored_micros.get(bot_id, 0)
        if should != is_:
            yield Difference(Where.DAYS, bot_id, Measure.MICROS, FREE_CREDITS, "", should, is_)


def _difference(
    bot_id: str, should: int, is_: int, at: str = "", reference: str = ""
) -> Iterator[Difference]:
    """A difference of a balance, if there is one."""
    if should != is_:
        subject = "" if bot_id else SHARED_CREDITS
        yield Difference(Where.BALANCE, bot_id, Measure.MICROS, subject, at, should, is_, reference)
