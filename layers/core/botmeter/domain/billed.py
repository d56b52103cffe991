"""What has been billed: the invoices that count, and what of them nobody has to pay any more."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass

from botmeter.domain.invoices import (
    AppliedPayment,
    BilledTotal,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    IssuedInvoice,
)


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line that was billed. `forgiven` if nobody has to pay it: it is credited, or its invoice void."""

    line: InvoiceLine
    forgiven: bool = False


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice that counts, and the numbers (1, 2, …) of the lines that are forgiven."""

    invoice: Invoice
    forgiven: frozenset[int] = frozenset()
    is_void: bool = False

    @property
    def lines(self) -> Iterator[BilledLine]:
        """Its lines."""
        for number, line in enumerate(self.invoice.lines, start=1):
            yield BilledLine(line, self.is_void or number in self.forgiven)

    @property
    def applied(self) -> tuple[AppliedPayment, ...]:
        """What was applied to it; a void invoice has given its payments back."""
        return () if self.is_void else self.invoice.applied


def counted(issued: Iterable[IssuedInvoice], replaces: str = "") -> list[Billed]:
    """The invoices that have billed something: all but those that another one replaces, or is to.

    A void invoice counts as long as nothing replaces it: what it billed does not come back by itself.
    """
    return [
        Billed(one.invoice, one.credited_lines, one.status is InvoiceStatus.VOID)
        for one in issued
        if not one.replaced_by and one.invoice.number != replaces
    ]


def lines_by_bot(billed: Iterable[Billed]) -> dict[str, list[BilledLine]]:
    """The lines of invoices, by the bot that they charge."""
    lines: dict[str, list[BilledLine]] = defaultdict(list)
    for one in (one for invoice in billed for one in invoice.lines):
        lines[one.line.bot_id].append(one)
    return lines


def totals_by_bot(billed: Iterable[Billed]) -> dict[str, list[BilledTotal]]:
    """The totals that invoices have billed, by bot."""
    totals: dict[str, list[BilledTotal]] = defaultdict(list)
    for total in (total for one in billed for total in one.invoice.totals):
        totals[total.bot_id].append(total)
    return totals


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A part of what was billed as `line` says, tax included. `forgiven` of it gives nobody anything."""

    line: InvoiceLine
    size: int
    forgiven: int


@dataclass(slots=True)
class _Group:
    """What was billed under one tax."""

    line: InvoiceLine
    size: int = 0
    forgiven: int = 0


def take_back(
    billed: Iterable[BilledLine], size_of: Callable[[InvoiceLine], int], amount: int
) -> tuple[list[TakenBack], int]:
    """Take `amount` back of what was billed, tax by tax, the newest first; and what is left of it.

    `size_of` a line is what of it can be taken back, positive: its quantity, or an amount. What is forgiven
    goes first: it was given back before.
    """
    groups: dict[Hashable, _Group] = {}
    for one in billed:
        group = groups.setdefault(one.line.tax, _Group(one.line))
        group.size += size_of(one.line)
        if one.forgiven or one.line.forgiven_minor:
            group.forgiven += size_of(one.line)
        if one.line.unit_price_micros > group.line.unit_price_micros:
            group.line = one.line
    taken = []
    for group in groups.values():
        size = min(amount, max(0, group.size))
        amount -= size
        if size:
            taken.append(TakenBack(group.line, size, min(size, max(0, group.forgiven))))
    return taken, amount
