"""Explanations: which usage records are behind the lines of an invoice."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate

from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import UsageRecord


@dataclass(frozen=True, slots=True)
class Settled:
    """A usage record and the settlement that wrote it; ids sort by time and begin with it (13 digits, ms)."""

    settlement_id: str
    record: UsageRecord

    @property
    def at_ms(self) -> int:
        """When it was written."""
        return int(self.settlement_id[:13])


@dataclass(frozen=True, slots=True)
class Subject:
    """What lines count together: sessions of a bot in a period, by unit and plan version."""

    bot_id: str
    period: BillingPeriod
    plan: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class RecordShare:
    """What a record adds to lines: those of its sessions that are theirs; a reversal takes off."""

    record: UsageRecord
    sessions: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The lines (1, 2, …) of a subject and the records behind them.

    `unexplained` is what their quantities have more than the records: 0 unless records are missing.
    """

    subject: Subject
    line_numbers: tuple[int, ...]
    sessions: int
    records: tuple[RecordShare, ...]

    @property
    def unexplained(self) -> int:
        """Sessions on the lines that no record accounts for."""
        return self.sessions - sum(share.sessions for share in self.records)


def until(invoice: Invoice, issued: Iterable[IssuedInvoice]) -> list[Invoice]:
    """The invoices of an account in the order in which they were issued, up to `invoice`."""
    ordered = sorted((one.invoice for one in issued), key=_by_issue)
    return [*(one for one in ordered if _by_issue(one) < _by_issue(invoice)), invoice]


def subjects(invoice: Invoice) -> dict[Subject, tuple[int, ...]]:
    """What the lines of an invoice count, each with the numbers of its lines."""
    found: dict[Subject, tuple[int, ...]] = {}
    for number, line in enumerate(invoice.lines, start=1):
        if line.kind.unit is not None:
            subject = Subject(line.bot_id, line.service_period, line.plan, line.kind.unit)
            found[subject] = (*found.get(subject, ()), number)
    return found


def explain(
    history: Sequence[Invoice], subject: Subject, settled: Iterable[Settled], calendar: Calendar
) -> Explanation:
    """The records behind a subject of the last invoice of `history`, which is as `until` gives it.

    `settled` are records of the bot. Each invoice has taken, day by day and in the order in which they were
    written, what no other had of them: as many as add up to what it bills. One that replaces another takes
    up what that had. What was written later is not behind these lines.
    """
    invoice = history[-1]
    numbers = subjects(invoice)[subject]
    billed = {one.number: _by_day(one, subject) for one in history}
    shares: Counter[UsageRecord] = Counter()
    for day, parts in _parts(settled, subject, calendar).items():
        for one, sessions in _taken(parts, history, {number: days[day] for number, days in billed.items()}):
            shares[one.record] += sessions
    return Explanation(
        subject,
        numbers,
        sum(invoice.lines[number - 1].quantity for number in numbers),
        tuple(RecordShare(record, shares[record]) for record in sorted(shares, key=_by_start)),
    )


def _by_start(record: UsageRecord) -> tuple[int, str]:
    """Records by the time at which they begin; the order is always the same."""
    return record.metered.start_ms, record.record_id


def _by_issue(invoice: Invoice) -> tuple[datetime, str]:
    """Key by the time of issue, and by number where that is the same."""
    return invoice.issued_at, invoice.number


def _by_day(invoice: Invoice, subject: Subject) -> Counter[date]:
    """Sessions of a subject that an invoice bills, by day."""
    counts: Counter[date] = Counter()
    for total in invoice.totals:
        if (total.bot_id, total.plan, total.unit) == (subject.bot_id, subject.plan, subject.unit):
            counts[total.day] += total.sessions
    return counts


def _parts(
    settled: Iterable[Settled], subject: Subject, calendar: Calendar
) -> Mapping[date, list[tuple[Settled, int]]]:
    """What records add to each day of a subject, in the order in which they were written."""
    parts: dict[date, list[tuple[Settled, int]]] = defaultdict(list)
    for one in sorted(settled, key=lambda one: (one.settlement_id, one.record.record_id)):
        record = one.record
        if (record.plan, record.unit) == (subject.plan, subject.unit):
            sign = -1 if record.reverses else 1
            days = Counter(calendar.local_hour(ms).day for ms in record.metered.session_starts_ms)
            for day, count in days.items():
                if subject.period.first_day <= day <= subject.period.last_day:
                    parts[day].append((one, sign * count))
    return parts


def _taken(
    parts: Sequence[tuple[Settled, int]], history: Iterable[Invoice], billed: Mapping[str, int]
) -> list[tuple[Settled, int]]:
    """Those of a day's `parts` that the last invoice of `history` has taken; `billed` is what each bills."""
    takers: list[str] = [""] * len(parts)
    last = ""
    for one in history:
        last = one.number
        takers = ["" if taker == one.replaces else taker for taker in takers]
        left = [n for n, taker in enumerate(takers) if not taker]
        for n in left[: _cut([parts[n] for n in left], billed[last], one.usage_as_of_ms)]:
            takers[n] = last
    return [part for part, taker in zip(parts, takers, strict=True) if taker == last]


def _cut(parts: Sequence[tuple[Settled, int]], total: int, as_of_ms: int) -> int:
    """How many of `parts` add up to `total`: the most that were written by then, else the fewest.

    0 where none do.
    """
    sums = [0, *accumulate(sessions for _, sessions in parts)]
    matching = [n for n, found in enumerate(sums) if found == total]
    in_time = [n for n in matching if n == 0 or parts[n - 1][0].at_ms <= as_of_ms]
    return max(in_time) if in_time else min(matching, default=0)
