"""Bill accounts: find whose period is over, and issue the invoice of an account for a period."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.invoices import Invoice, InvoiceLine, IssuedInvoice, Party
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import correct, rate_fees, rate_sessions
from botmeter.domain.sessions import Unit
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import OrderRepository
from botmeter.ports.invoices import (
    BillingQueue,
    BillingRequest,
    InvoiceRenderer,
    InvoiceRepository,
    InvoiceStore,
)
from botmeter.ports.metering import UsageRepository

# Events are taken for 90 days, windows may stay open for 14 more, and a month of grace is allowed.
_CORRECTABLE_PERIODS = 5


@dataclass(frozen=True, slots=True)
class StartBillingRun:
    """Queues for each account the first ended period that is not finished: periods are billed in order.

    `grace` is how long after a period's end late events are waited for, unless the account has its own.
    """

    accounts: AccountRepository
    invoices: InvoiceRepository
    queue: BillingQueue
    grace: timedelta

    def __call__(self, now: datetime) -> list[BillingRequest]:
        """Queue what is to bill at `now`. A second run queues again only what is not done."""
        requests = []
        for account in self.accounts.accounts():
            finished = self.invoices.finished_periods(account.account_id)
            period = next((p for p in self._ended_periods(account, now) if p not in finished), None)
            if period is not None:
                requests.append(BillingRequest(account.account_id, period, now))
        self.queue.enqueue(requests)
        return requests

    def _ended_periods(self, account: Account, now: datetime) -> Iterator[BillingPeriod]:
        """Periods of the account, from its first, that ended at least the grace before `now`."""
        grace = self.grace if account.invoice_grace is None else account.invoice_grace
        period = account.first_period
        while period.end(account.calendar) + grace <= now:
            yield period
            period = period.next()


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
    orders: OrderRepository
    documents: InvoiceStore
    render: InvoiceRenderer
    seller: Party

    def __call__(self, request: BillingRequest) -> IssuedInvoice | None:
        """The finished invoice; None when there is nothing to bill."""
        issued = self.invoices.find(request.account_id, request.period)
        if issued is None:
            draft = self._draft(self.accounts.account(request.account_id), request)
            if not draft.lines:
                self.invoices.close_without(request.account_id, request.period)
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
            time_zone=account.calendar.zone_at(request.requested_at).key,
            issued_at=request.requested_at,
            seller=self.seller,
            customer=Party(account.name, account.address),
            lines=tuple(self._lines(account, request.period)),
        )

    def _lines(self, account: Account, period: BillingPeriod) -> list[InvoiceLine]:
        """Lines of all bots, bot by bot: the period's, then corrections of earlier periods."""
        # Not the period's own, which another run may have issued this moment: this draft is to say the same.
        known = self.invoices.of_account(account.account_id)
        issued = [one for one in known if one.invoice.period < period]
        finished = self.invoices.finished_periods(account.account_id)
        earlier = [past for past in self._earlier(period) if past in finished]
        lines: list[InvoiceLine] = []
        charged = [*reversed(earlier), period, period.next()]
        # Bots first: an upgrade in between charges too little now, and the rest on the next invoice.
        bots = list(self.accounts.bots(account.account_id))
        orders = self.orders.of_account(account.account_id)
        for bot in bots:
            billed = [line for one in issued for line in one.invoice.lines if line.bot_id == bot.bot_id]
            lines += rate_fees(bot, charged, account.calendar, billed, orders)
            lines += rate_sessions(bot, *self._usage(bot, period), period, account.calendar)
            for past in earlier:
                rated = rate_sessions(bot, *self._usage(bot, past), past, account.calendar)
                lines += correct(rated, [line for line in billed if line.service_period == past])
        return lines

    def _usage(
        self, bot: Bot, period: BillingPeriod
    ) -> tuple[dict[tuple[str, Unit], int], dict[str, PlanVersion]]:
        """What a bot used in a period, and the plan versions that it names."""
        quantities = self.usage.sessions(bot.account_id, bot.bot_id, period)
        return quantities, {ref: self.accounts.plan(ref) for ref, _ in quantities}

    def _earlier(self, period: BillingPeriod) -> Iterator[BillingPeriod]:
        """The periods before `period` that late events may still have changed."""
        for _ in range(_CORRECTABLE_PERIODS):
            period = period.previous()
            yield period
