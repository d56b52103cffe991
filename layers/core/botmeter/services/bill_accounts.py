"""Bill accounts: find whose period is over, and issue the invoice of an account for a period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from botmeter.domain.accounts import Account
from botmeter.domain.invoices import Invoice, InvoiceLine, IssuedInvoice, Party
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.rating import rate_bot
from botmeter.ports import (
    AccountRepository,
    BillingQueue,
    BillingRequest,
    InvoiceRenderer,
    InvoiceRepository,
    InvoiceStore,
    UsageRepository,
)


@dataclass(frozen=True, slots=True)
class StartBillingRun:
    """Queues one request for each account and ended period that has no finished invoice.

    `grace` is how long after a period's end late events are waited for.
    """

    accounts: AccountRepository
    invoices: InvoiceRepository
    queue: BillingQueue
    grace: timedelta

    def __call__(self, now: datetime) -> list[BillingRequest]:
        """Queue what is to bill at `now`. A second run queues again only what is not done."""
        requests = [
            BillingRequest(account.account_id, period, now)
            for account in self.accounts.accounts()
            for period in self._ended_periods(account, now)
            if not self._is_done(account, period)
        ]
        self.queue.enqueue(requests)
        return requests

    def _ended_periods(self, account: Account, now: datetime) -> Iterator[BillingPeriod]:
        """Periods of the account, from its first, that ended at least the grace before `now`."""
        period = account.first_period
        while period.end(account.zone) + self.grace <= now:
            yield period
            period = period.next()

    def _is_done(self, account: Account, period: BillingPeriod) -> bool:
        """Whether the invoice is issued and its document stored."""
        issued = self.invoices.find(account.account_id, period)
        return issued is not None and issued.pdf_sha256 is not None


@dataclass(frozen=True, slots=True)
class IssueInvoice:
    """Issues the invoice of an account for a period. Every step is done once, however often it is begun.

    First (account, period) is claimed with the next number and the whole snapshot, in one transaction;
    then the document is made of the snapshot, stored once, and its hash noted. A run that died anywhere
    is completed by the next.
    """

    accounts: AccountRepository
    usage: UsageRepository
    invoices: InvoiceRepository
    documents: InvoiceStore
    render: InvoiceRenderer
    seller: Party

    def __call__(self, request: BillingRequest) -> IssuedInvoice | None:
        """The finished invoice; None when there is nothing to bill."""
        issued = self.invoices.find(request.account_id, request.period)
        if issued is None:
            draft = self._draft(self.accounts.account(request.account_id), request)
            if not draft.lines:
                return None
            issued = self.invoices.claim(draft)
        if issued.pdf_sha256 is None:
            sha256 = self.documents.write_once(issued.pdf_key, self.render(issued.invoice))
            issued = self.invoices.document_stored(issued, sha256)
        return issued

    def _draft(self, account: Account, request: BillingRequest) -> Invoice:
        """The invoice as it would be issued now, without a number."""
        return Invoice(
            number="",
            account_id=account.account_id,
            period=request.period,
            currency=account.currency,
            time_zone=account.time_zone,
            issued_at=request.requested_at,
            seller=self.seller,
            customer=Party(account.name, account.address),
            lines=tuple(self._lines(account, request.period)),
        )

    def _lines(self, account: Account, period: BillingPeriod) -> Iterator[InvoiceLine]:
        """Lines of all bots, bot by bot."""
        for bot in self.accounts.bots(account.account_id):
            quantities = self.usage.sessions(account.account_id, bot.bot_id, period)
            plans = {ref: self.accounts.plan(ref) for ref, _ in quantities}
            yield from rate_bot(bot, quantities, plans, period)
