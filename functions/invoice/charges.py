"""The lines of a document in words, by bot."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from botmeter.domain.credit_notes import CreditNote
from botmeter.domain.invoices import Invoice, InvoiceLine, LineKind
from botmeter.domain.periods import BillingPeriod
from invoice.language import Language

# The kind that takes over when a plan's included sessions are used up.
BEYOND = {LineKind.INCLUDED_USAGE: LineKind.USAGE, LineKind.INCLUDED_ALERTS: LineKind.ALERTS}

# What is counted together: sessions of a kind, of a bot, on a plan version, in a month.
Subject = tuple[LineKind, str, str, BillingPeriod]


@dataclass(frozen=True, slots=True)
class Charge:
    """A line in words: its number on the invoice, what it charges for, and what there is to remark on it."""

    number: int
    description: str
    remarks: tuple[str, ...]
    line: InvoiceLine


@dataclass(frozen=True, slots=True)
class Section:
    """What one bot costs: its charges, and their net sum in minor units."""

    bot_id: str
    bot_name: str
    plans: str
    charges: tuple[Charge, ...]
    subtotal_minor: int


def sections(document: Invoice | CreditNote, language: Language) -> list[Section]:
    """The lines of `document` by bot, in the order in which the bots appear."""
    invoice, numbers = numbered_lines(document)
    by_bot: dict[str, list[int]] = {}
    for number in numbers:
        by_bot.setdefault(invoice.lines[number - 1].bot_id, []).append(number)
    writer = _Writer(invoice, language)
    return [writer.section(of_bot) for of_bot in by_bot.values()]


def numbered_lines(document: Invoice | CreditNote) -> tuple[Invoice, Iterable[int]]:
    """The invoice that `document` is or corrects, and which of its lines (1, 2, …) are shown."""
    if isinstance(document, CreditNote):
        return document.of.invoice, document.line_numbers
    return document, range(1, len(document.lines) + 1)


class _Writer:
    """Puts the lines of an invoice into words."""

    def __init__(self, invoice: Invoice, language: Language) -> None:
        self.invoice = invoice
        self.language = language
        self.words = language.words
        self.beyond: Collection[Subject] = {
            (BEYOND[line.kind], line.bot_id, line.plan, line.service_period)
            for line in invoice.lines
            if line.kind in BEYOND
        }

    def section(self, numbers: list[int]) -> Section:
        """The section of the bot that the lines `numbers` charge for."""
        lines = [self.invoice.lines[number - 1] for number in numbers]
        names = dict.fromkeys(line.plan_name for line in lines)
        wording = self.words.plans if len(names) > 1 else self.words.plan
        return Section(
            bot_id=lines[0].bot_id,
            bot_name=lines[0].bot_name,
            plans=wording.format(plans=", ".join(names)),
            charges=tuple(
                Charge(
                    number,
                    self.describe(line),
                    tuple(self.remarks(line, name_plan=len(names) > 1)),
                    line,
                )
                for number, line in zip(numbers, lines, strict=True)
            ),
            subtotal_minor=sum(line.amount_minor for line in lines),
        )

    def describe(self, line: InvoiceLine) -> str:
        """What `line` charges for."""
        subject = line.kind, line.bot_id, line.plan, line.service_period
        wording = self.words.charges
        if self.invoice.is_adjustment(line):
            wording = self.words.adjustments
        elif subject in self.beyond:
            wording = self.words.beyond
        return wording[line.kind].format(plan=line.plan_name, month=self.language.month(line.service_period))

    def remarks(self, line: InvoiceLine, *, name_plan: bool) -> Iterator[str]:
        """For which days, on which plan where a bot was on several, and who has paid already."""
        if line.days:
            days = self.language.number(line.days)
            yield self.words.days.format(days=days, all=line.service_period.days)
        if name_plan and not line.kind.is_fee:
            yield self.words.on_plan.format(plan=line.plan_name)
        if line.prepaid and line.kind is not LineKind.FREE_CREDITS:
            yield self.words.from_balance
