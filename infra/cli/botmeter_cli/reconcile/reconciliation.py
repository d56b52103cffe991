"""Reconcile: count a period from the archive, and lay it beside all that was stored of it. Reads only."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from botmeter.bootstrap import Wiring
from botmeter.domain.periods import BillingPeriod
from botmeter_cli.archive import Archive
from botmeter_cli.reconcile.books import Books
from botmeter_cli.reconcile.charges import left_out
from botmeter_cli.reconcile.differences import (
    Difference,
    Measure,
    OpenConversation,
    Place,
    Where,
    sums_that_differ,
)
from botmeter_cli.reconcile.reading import Reading, read
from botmeter_cli.reconcile.windows import sessions_in

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the archive counts of a period, and where the books say something else.

    `sessions` are the archive's, by unit, `events` the different ones of conversations that were read.
    `invoices` have billed the period (empty: none has), `waiting` are sessions that the next one has to
    bill. `days` were read on either side of the period, `damaged` are objects of no use.
    """

    account_id: str
    period: BillingPeriod
    days: int
    events: int
    sessions: Counter[Measure]
    invoices: str
    waiting: int
    differences: Sequence[Difference]
    open: Sequence[OpenConversation]
    damaged: Sequence[str]

    @property
    def agrees(self) -> bool:
        """Whether all could be read, and nothing differs."""
        return not self.differences and not self.damaged


def reconcile(
    services: Wiring, archive: Archive, account_id: str, period: BillingPeriod, *, now: datetime, tell: Tell
) -> Reconciliation:
    """Reconcile a period of an account as of `now`; `tell` is told how far it is.

    Raises `NotFound`, and `Refused` for a period that the account does not have.
    """
    books = Books.of(services, account_id, period, now)
    with TemporaryDirectory(prefix="botmeter-") as folder:
        reading = read(books, archive, Path(folder), tell)
    tell("comparing")
    return _Comparison(books, reading).result(sorted(set(archive.damaged)))


class _Comparison:
    """What was read of the archive beside the books."""

    def __init__(self, books: Books, reading: Reading) -> None:
        self._books = books
        self._reading = reading
        self._matched = reading.matched
        due = books.still_due(self._matched.names)
        self._settled = [name for name in self._matched.names if name not in due]
        self._overdue = [n for n in due if books.is_overdue(n, self._matched.ended_ms(n))]
        self._open = sorted(due.difference(self._overdue))

    def result(self, damaged: Sequence[str]) -> Reconciliation:
        """Everything."""
        archived = self._archived()
        invoiced = self._invoiced(archived)
        waiting = self._waiting(invoiced)
        return Reconciliation(
            account_id=self._books.account.account_id,
            period=self._books.period,
            days=self._reading.days,
            events=self._reading.events,
            sessions=self._sessions(),
            invoices=self._books.billed_period.numbers,
            waiting=sum(waiting.values()),
            differences=[*self._differences(archived), *self._of_invoices(invoiced, waiting)],
            open=[self._matched.open(name) for name in self._open],
            damaged=damaged,
        )

    def _differences(self, archived: Counter[Place]) -> Iterator[Difference]:
        """Those of records, totals and ledgers."""
        books, settled = self._books, self._reading.settled
        for name in self._settled:
            yield from self._matched.differences(name)
        yield from self._matched.plan_differences()
        yield from books.price_differences(settled)
        for name in sorted(self._overdue):
            yield self._matched.overdue(name)
        yield from sums_that_differ(Where.TOTALS, archived, books.totals())
        yield from sums_that_differ(Where.DAYS, archived, books.days())
        yield from books.ledger_differences(settled)

    def _waiting(self, invoiced: Counter[Place]) -> Counter[Place]:
        """Sessions that are the next invoice's to bill, if one is to come."""
        books = self._books
        if not books.will_be_billed:
            return Counter()
        if not books.is_billed:
            return invoiced
        return books.billed_period.waiting(invoiced, self._reading.settled, books.span)

    def _of_invoices(self, invoiced: Counter[Place], waiting: Counter[Place]) -> Iterator[Difference]:
        """Those of invoices: sessions, each line's price and amount, and what free credits take off."""
        books, billed = self._books, self._books.billed_period
        to_bill = Counter(invoiced)
        to_bill.subtract(waiting)
        charges = books.charges(to_bill)
        yield from sums_that_differ(Where.INVOICE, charges.by_kind(), billed.sessions(), billed.numbers)
        yield from billed.line_differences(books.plan)
        # What was settled since may have been paid by free credits, too: that is the next invoice's.
        since = {
            (one.record.subject.bot_id, one.record.plan)
            for one in billed.settled_since(self._reading.settled)
            if books.will_be_billed
        }
        should, is_ = charges.free_credits(books.free_micros()), billed.free_credits()
        yield from sums_that_differ(
            Where.INVOICE, left_out(should, since), left_out(is_, since), billed.numbers
        )

    def _invoiced(self, archived: Counter[Place]) -> Counter[Place]:
        """What invoices should have billed, for the period as a whole."""
        sums: Counter[Place] = Counter()
        for place, sessions in archived.items():
            if self._books.is_invoiced(place.plan):
                sums[replace(place, at=self._books.period.label)] += sessions
        return sums

    def _archived(self) -> Counter[Place]:
        """What the books should have, by day. Of what is still to be settled, what they have already."""
        sums: Counter[Place] = Counter()
        for window in self._matched.same:
            self._books.add(sums, window, self._matched.plans[window])
        for name in self._settled:
            for window in self._matched.archived.get(name, ()):
                plan = self._matched.plan_of(window) or self._books.plan_at(window)
                self._books.add(sums, window, plan)
        for name in (*self._open, *self._overdue):
            for window, count in self._matched.recorded.get(name, Counter()).items():
                self._books.add(sums, window, self._matched.plans[window], count)
        return sums

    def _sessions(self) -> Counter[Measure]:
        """What the archive counts, be it settled or not."""
        sessions: Counter[Measure] = Counter()
        for windows in (self._matched.same, *self._matched.archived.values()):
            for window in windows:
                sessions[Measure(window.unit)] += sessions_in(window, self._books.span)
        return sessions
