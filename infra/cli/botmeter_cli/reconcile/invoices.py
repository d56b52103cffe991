"""Invoices beside the archive: the sessions of a period that they have billed, and at what."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from botmeter.domain.billed import counted
from botmeter.domain.explanations import Settled
from botmeter.domain.invoices import Invoice, InvoiceLine, IssuedInvoice, LineKind
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion
from botmeter_cli.reconcile.differences import Difference, Measure, Place, Where
from botmeter_cli.reconcile.recount import Span
from botmeter_cli.reconcile.tariff import INCLUDED, PRICE, price_micros, rounded
from botmeter_cli.reconcile.windows import recorded_window, sessions_in

_SESSIONS: Final = {
    LineKind.INCLUDED_USAGE: Measure.INCLUDED_USAGE,
    LineKind.USAGE: Measure.USAGE,
    LineKind.INCLUDED_ALERTS: Measure.INCLUDED_ALERT,
    LineKind.ALERTS: Measure.ALERT,
}
_UNITS: Final = {included: unit for unit, included in INCLUDED.items()}

PlanOf = Callable[[str], PlanVersion]
NumberedLine = tuple[Invoice, int, InvoiceLine]


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
        return ", ".join(sorted({invoice.number for invoice, _, _ in self._lines()}))

    def _lines(self) -> Iterator[NumberedLine]:
        """The lines of sessions for the period, each with its invoice and its number (1, 2, …)."""
        for invoice in self.invoices:
            for number, line in enumerate(invoice.lines, start=1):
                if line.service_period == self.period and line.kind in _SESSIONS:
                    yield invoice, number, line

    def sessions(self) -> Counter[Place]:
        """What was billed, less what was taken back; sessions within an allowance apart."""
        sessions: Counter[Place] = Counter()
        for _, _, line in self._lines():
            sessions[self._place(line, _SESSIONS[line.kind])] += line.quantity
        return sessions

    def free_credits(self) -> Counter[Place]:
        """What lines of free credits come to, in minor units, be it that anybody has to pay it or not."""
        amounts: Counter[Place] = Counter()
        for line in (line for invoice in self.invoices for line in invoice.lines):
            if line.service_period == self.period and line.kind is LineKind.FREE_CREDITS:
                amounts[self._place(line, Measure.FREE_CREDITS)] += line.amount_minor + line.forgiven_minor
        return amounts

    def _place(self, line: InvoiceLine, measure: Measure) -> Place:
        """Where a line counts."""
        return Place(line.bot_id, measure, line.plan, self.period.label)

    def waiting(self, archived: Counter[Place], settled: Iterable[Settled], period: Span) -> Counter[Place]:
        """Sessions that were settled after the last of these invoices was drawn up: the next one's to bill.

        Only where they are all that is missing: what was settled meanwhile may be billed already.
        """
        since: Counter[Place] = Counter()
        for one in self.settled_since(settled):
            window = recorded_window(one)
            place = Place(window.bot_id, Measure(window.unit), one.record.plan, self.period.label)
            since[place] += sessions_in(window, period) * (-1 if one.record.reverses else 1)
        missing = Counter(archived)
        for place, sessions in self.sessions().items():
            unit = _UNITS.get(place.measure, place.measure)
            missing[Place(place.bot_id, unit, place.plan, place.at)] -= sessions
        return Counter({place: n for place, n in since.items() if n and n == missing[place]})

    def settled_since(self, settled: Iterable[Settled]) -> Iterator[Settled]:
        """Those that were settled after the last of these invoices was drawn up."""
        read_at_ms = max((invoice.usage_as_of_ms for invoice in self.invoices), default=0)
        return (one for one in settled if one.at_ms > read_at_ms)

    def line_differences(self, plan_of: PlanOf) -> Iterator[Difference]:
        """Lines of sessions that have another price than the catalogue, or do not come to what they count."""
        for invoice, number, line in self._lines():
            plan, measure = plan_of(line.plan), _SESSIONS[line.kind]
            price = price_micros(plan, measure)
            amount, is_amount = rounded(line.quantity * price, plan.currency), line.amount_minor
            if line.quantity < 0 and not line.unit_price_micros:
                # What nobody had to pay is taken back at no price.
                price, is_amount = 0, is_amount + line.forgiven_minor
            price_measure = PRICE[_UNITS.get(measure, measure)]
            compared = (
                (price_measure, price, line.unit_price_micros),
                (Measure.AMOUNT, amount, is_amount),
            )
            for of, should, is_ in compared:
                if should != is_:
                    at, by = self.period.label, f"{invoice.number}, line {number}"
                    yield Difference(Where.INVOICE, line.bot_id, of, line.plan, at, should, is_, by)
