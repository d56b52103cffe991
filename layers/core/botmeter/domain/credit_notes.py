"""Credit notes: what takes an issued invoice back, whole or by line, and never changes either."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.invoices import InvoiceLine, InvoiceStatus, IssuedInvoice
from botmeter.domain.tax import TaxTotal, tax_totals


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Takes back lines of the invoice `of`, as it was before; amounts are positive where it gives.

    `line_numbers` (1, 2, …) are the credited lines. `issued_on` is a day of the seller. `request_id` is the
    same where the same is asked for again.
    """

    number: str
    of: IssuedInvoice
    line_numbers: tuple[int, ...]
    reason: str
    issued_at: datetime
    issued_on: date
    request_id: str = ""

    @property
    def lines(self) -> tuple[InvoiceLine, ...]:
        """The lines that are taken back, as they are on the invoice."""
        return tuple(self.of.invoice.lines[number - 1] for number in self.line_numbers)

    @property
    def net_minor(self) -> int:
        """Sum of its lines."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def taxes(self) -> tuple[TaxTotal, ...]:
        """Net and tax by category and rate.

        The tax is what the credited lines, together with those credited before, make less than these: so all
        credit notes of an invoice together give back exactly its tax.
        """
        before = {total.tax: total.tax_minor for total in tax_totals(_lines(self.of, self.of.credited_lines))}
        together = self.of.credited_lines | set(self.line_numbers)
        after = {total.tax: total.tax_minor for total in tax_totals(_lines(self.of, together))}
        return tuple(
            replace(total, tax_minor=after[total.tax] - before.get(total.tax, 0))
            for total in tax_totals(self.lines)
        )

    @property
    def tax_minor(self) -> int:
        """Sum of the taxes."""
        return sum(total.tax_minor for total in self.taxes)

    @property
    def total_minor(self) -> int:
        """Net and tax: what the customer gets back, or has to pay less."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class IssuedCreditNote:
    """A credit note and its documents: `document_sha256` is None until they are stored.

    `is_electronic` if they have an electronic form.
    """

    note: CreditNote
    document_key: str
    document_sha256: str | None = None
    is_electronic: bool = False


def credit(of: IssuedInvoice, line_numbers: Iterable[int] | None, reason: str, now: datetime) -> CreditNote:
    """A credit note, without a number, for lines of `of`; for all that are left where it is None.

    Raises `Refused` for a line that there is not, `Conflict` for a void invoice and for what is credited.
    """
    invoice = of.invoice
    every = range(1, len(invoice.lines) + 1)
    wanted = sorted(set(every) - of.credited_lines if line_numbers is None else set(line_numbers))
    if of.status is InvoiceStatus.VOID:
        raise Conflict(f"invoice {invoice.number} is void")
    if any(number not in every for number in wanted):
        raise Refused("lines", f"must be numbers of lines of the invoice, from 1 to {len(every)}")
    if not wanted or of.credited_lines & set(wanted):
        raise Conflict(f"lines of invoice {invoice.number} are credited already")
    issued_on = now.astimezone(invoice.seller.zone).date()
    return CreditNote("", of, tuple(wanted), reason, now, issued_on)


def credited(note: CreditNote, now: datetime) -> IssuedInvoice:
    """The invoice after `note`: paid, if nothing is left to pay."""
    after = replace(
        note.of,
        credited_minor=note.of.credited_minor + note.total_minor,
        credited_lines=note.of.credited_lines | set(note.line_numbers),
        revision=note.of.revision + 1,
    )
    if after.status is InvoiceStatus.ISSUED and not after.open_minor:
        after = replace(after, status=InvoiceStatus.PAID, status_at=now)
    return after


def _lines(of: IssuedInvoice, numbers: Iterable[int]) -> list[InvoiceLine]:
    """Lines of an invoice by number."""
    return [of.invoice.lines[number - 1] for number in numbers]
