"""Explain invoices: the usage records behind each line that counts sessions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from botmeter.domain.accounts import Account
from botmeter.domain.errors import NotFound
from botmeter.domain.explanations import (
    Explanation,
    Settled,
    Subject,
    explain,
    subjects,
    until,
)
from botmeter.domain.invoices import IssuedInvoice
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.invoices import InvoiceRepository
from botmeter.ports.metering import UsageRepository

# So long before its last session a window may have begun.
_LONGEST_WINDOW = timedelta(days=104)


@dataclass(frozen=True, slots=True)
class ExplainInvoices:
    """Reads usage records; writes nothing."""

    accounts: AccountRepository
    invoices: InvoiceRepository
    usage: UsageRepository

    def __call__(self, issued: IssuedInvoice) -> Iterator[Explanation]:
        """What is behind the lines of an invoice, subject by subject in the order of the lines."""
        return self._explain(issued, subjects(issued.invoice))

    def line(self, issued: IssuedInvoice, number: int) -> Explanation | None:
        """What is behind line `number` (1, 2, …), and those that count the same; None if it counts nothing.

        Raises `NotFound` for a line that there is not.
        """
        if not 1 <= number <= len(issued.invoice.lines):
            raise NotFound(f"invoice {issued.invoice.number} has no line {number}")
        wanted = [subject for subject, lines in subjects(issued.invoice).items() if number in lines]
        return next(self._explain(issued, wanted), None)

    def _explain(self, issued: IssuedInvoice, wanted: Iterable[Subject]) -> Iterator[Explanation]:
        """What is behind some subjects of an invoice."""
        invoice = issued.invoice
        account = self.accounts.account(invoice.account_id)
        history = until(invoice, self.invoices.of_account(invoice.account_id))
        for subject in wanted:
            yield explain(history, subject, self._settled(account, subject), account.calendar)

    def _settled(self, account: Account, subject: Subject) -> Iterator[Settled]:
        """The records of a bot that may have sessions in the subject's period."""
        period = subject.period
        found = self.usage.settled_records(
            account.account_id, subject.bot_id, period.first_day - _LONGEST_WINDOW, period.last_day
        )
        return (Settled(settlement_id, record) for settlement_id, record in found)
