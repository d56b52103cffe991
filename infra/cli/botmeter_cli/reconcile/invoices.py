"""Invoices beside the archive: the sessions of a period that they have billed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from botmeter.domain.billed import counted
from botmeter.domain.explanations import Settled
from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.periods import BillingPeriod
from botmeter_cli.reconcile.differences import Difference, Measure, Place, Where, sums_that_differ
from botmeter_cli.reconcile.recount import Span
from botmeter_cli.reconcile.windows import recorded_window, sessions_in


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """The invoices that could bill sessions of a period: its own, and later ones that correct it."""

    period: BillingPeriod
    invoices: Sequence[Invoice]

    @classmethod
    def of(cls, period: BillingPeriod, issued: Iterable[IssuedInvoice]) -> "BilledPeriod":
        """Those of all invoices that count."""
        found = [one.invoice for one in counted(issued)]
        return cls(period, [invoice for invoice in found if invoice.period >= period])

    @property
    def numbers(self) -> str:
        """Those that have lines for its sessions."""
        return ", ".join(sorted(invoice.number for invoice in self.invoices if any(self._lines(invoice))))

    def sessions(self) -> Counter[Place]:
        """What was billed, included or not, less what was taken back."""
        sessions: Counter[Place] = Counter()
        for invoice in self.invoices:
            for place, quantity in self._lines(invoice):
                sessions[place] += quantity
        return sessions

    def _lines(self, invoice: Invoice) -> list[tuple[Place, int]]:
        """The sessions on the lines for the period."""
        return [
            (Place(line.bot_id, Measure(line.kind.unit.value), line.plan, self.period.label), line.quantity)
            for line in invoice.lines
            if line.service_period == self.period and line.kind.unit is not None
        ]

    def waiting(self, archived: Counter[Place], settled: Iterable[Settled], period: Span) -> Counter[Place]:
        """Sessions that were settled after the last of these invoices was drawn up: the next one's to bill.

        Only where they are all that is missing: what was settled meanwhile may be billed already.
        """
        read_at_ms = max((invoice.usage_as_of_ms for invoice in self.invoices), default=0)
        since: Counter[Place] = Counter()
        for one in settled:
            if one.at_ms > read_at_ms:
                window = recorded_window(one)
                place = Place(window.bot_id, Measure(window.unit), one.record.plan, self.period.label)
                since[place] += sessions_in(window, period) * (-1 if one.record.reverses else 1)
        missing = Counter(archived)
        missing.subtract(self.sessions())
        return Counter({place: n for place, n in since.items() if n and n == missing[place]})

    def differences(self, archived: Counter[Place], waiting: Counter[Place]) -> Iterator[Difference]:
        """Where other sessions are billed than are in the archive, but for those that wait."""
        billed = self.sessions()
        billed.update(waiting)
        return sums_that_differ(Where.INVOICE, archived, billed, self.numbers)
