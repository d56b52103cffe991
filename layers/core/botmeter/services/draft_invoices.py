"""Draft invoices: what an account would be billed for a period now, by the rules of the domain."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.applied import from_balances, from_credits, from_orders
from botmeter.domain.billed import Billed, counted
from botmeter.domain.drafts import DayUse, bot_lines, debts, new_totals, orders_of, price_of
from botmeter.domain.errors import Refused
from botmeter.domain.invoices import BilledTotal, Invoice, InvoiceLine, IssuedInvoice
from botmeter.domain.parties import Seller
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import Rates
from botmeter.domain.tax import Tax, TaxTable, tax_for
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import BillingStore, OrderRepository
from botmeter.ports.invoices import AccountBilling, InvoiceRepository
from botmeter.ports.metering import UsageRepository

# Events are taken for 90 days, windows may stay open for 14 more, and a month of grace is allowed.
_CORRECTABLE_PERIODS = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice without a number, and what of the account had been billed when it was drawn up.

    It may be issued as long as that is the same. `issued` are the account's invoices, newest first.
    """

    invoice: Invoice
    seen: AccountBilling
    issued: Sequence[IssuedInvoice]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to bill."""
        return not self.invoice.lines and not self.invoice.applied


@dataclass(frozen=True, slots=True)
class DraftInvoices:
    """Draws up drafts; writes nothing."""

    accounts: AccountRepository
    usage: UsageRepository
    invoices: InvoiceRepository
    orders: OrderRepository
    balances: BillingStore
    taxes: TaxTable

    def __call__(
        self,
        account_id: str,
        period: BillingPeriod,
        now: datetime,
        *,
        replaces: str = "",
        assumed: Sequence[Invoice] = (),
        seen: AccountBilling | None = None,
    ) -> Draft:
        """The draft for a period, or for the place of the void invoice `replaces`, as of `now`.

        `assumed` are drafts of periods before it that are taken for issued, `seen` is what of the account has
        been billed, where that has been read already. Raises `NotFound` for an account or a seller that there
        is not, `Refused` where no tax is known, or where another seller has billed.
        """
        account = self.accounts.account(account_id)
        seller = self.accounts.seller(account.seller)
        # What is billed first: whoever bills in between makes this draft one that may not be issued.
        seen = self.invoices.billing(account_id) if seen is None else seen
        issued = self.invoices.of_account(account_id)
        _require_same_seller(seller, issued)
        billed = [*map(Billed, assumed), *counted(issued, replaces)]
        done = {*seen.periods, *(draft.period for draft in assumed)}
        work = _Work(account, seller, [*_earlier(period, done), period], billed, now)
        # Bots before orders: an upgrade in between charges too little now, and the rest on the next invoice.
        bots = self.accounts.bots(account_id)
        lines, totals = self._bots(work, bots)
        issued_on = now.astimezone(seller.zone).date()
        invoice = Invoice(
            number="",
            account_id=account_id,
            period=period,
            currency=account.currency,
            time_zone=account.calendar.zone_at(now).key,
            issued_at=now,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=seller.payment_days),
            seller=seller,
            customer=account.customer,
            lines=tuple(lines),
            totals=tuple(totals),
            usage_as_of_ms=to_ms(now),
            replaces=replaces,
        )
        return Draft(self._settled(work, bots, issued, invoice), seen, issued)

    def running(self, account_id: str, now: datetime) -> Invoice:
        """What would be billed for the running period as of `now`: a draft.

        Periods before it that are not billed yet are taken for billed as they stand.
        """
        account, seen = self.accounts.account(account_id), self.invoices.billing(account_id)
        period, last = account.first_unbilled(seen.periods), account.calendar.period_containing(now)
        drafts: list[Invoice] = []
        while period < last:
            drafts.append(self(account_id, period, now, assumed=drafts).invoice)
            period = period.next()
        return self(account_id, last, now, assumed=drafts).invoice

    def _bots(self, work: "_Work", bots: Sequence[Bot]) -> tuple[list[InvoiceLine], list[BilledTotal]]:
        """Lines and totals of all bots, bot by bot."""
        lines: list[InvoiceLine] = []
        totals: list[BilledTotal] = []
        for bot in bots:
            days, plans = self._use(bot, work.periods[0].first_day, work.periods[-1].last_day)
            rates = Rates(bot, work.account.calendar, partial(self._tax_on, work))
            lines += bot_lines(rates, days, plans, work.periods, work.billed)
            totals += new_totals(bot.bot_id, days, plans, work.periods, work.billed)
        return lines, totals

    def _settled(
        self, work: "_Work", bots: Sequence[Bot], issued: Sequence[IssuedInvoice], invoice: Invoice
    ) -> Invoice:
        """The invoice with what has paid of it before, and the orders of its period."""
        account, period = work.account, invoice.period
        orders = self.orders.of_account(account.account_id)
        owed = {bot.bot_id: micros for bot, micros in self._debts(work, bots)}
        applied = (
            *from_balances(invoice.lines, work.billed, owed, account.currency),
            *from_orders(orders, (*work.periods, period.next()), work.billed),
        )
        due_minor = replace(invoice, applied=applied).due_minor
        return replace(
            invoice,
            applied=(*applied, *from_credits(issued, work.billed, due_minor)),
            orders=tuple(orders_of(orders, period, account.calendar)),
        )

    def _debts(self, work: "_Work", bots: Sequence[Bot]) -> Iterator[tuple[Bot, int]]:
        """What bots that no top-up will pay owe for sessions that are billed, in micro-units."""
        balances = self.balances.balances(work.account.account_id)
        today = work.account.calendar.day(work.now)
        for bot, owed in debts(bots, balances, work.now):
            # The balance has paid the oldest first: what is billed later is owed first.
            days, plans = self._use(bot, work.periods[-1].next().first_day, today)
            yield bot, max(0, owed - price_of(days, plans))

    def _use(self, bot: Bot, first: date, last: date) -> tuple[list[DayUse], dict[str, PlanVersion]]:
        """What a bot used from the day `first` to `last`, and the plan versions that it names."""
        days = self.usage.day_use(bot.account_id, bot.bot_id, first, last) if first <= last else []
        return days, {ref: self.accounts.plan(ref) for ref in {one.plan for one in days}}

    def _tax_on(self, work: "_Work", day: date) -> Tax:
        """The tax of what the account buys on a day."""
        return tax_for(self.taxes, work.seller, work.account.customer, day)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a draft is drawn up from: the periods to look at, the last one its own, and what was billed."""

    account: Account
    seller: Seller
    periods: Sequence[BillingPeriod]
    billed: Sequence[Billed]
    now: datetime


def _earlier(period: BillingPeriod, billed: Collection[BillingPeriod]) -> Iterator[BillingPeriod]:
    """The billed periods before `period` that late events may still have changed, the oldest first."""
    earlier = []
    for _ in range(_CORRECTABLE_PERIODS):
        period = period.previous()
        earlier.append(period)
    return (past for past in reversed(earlier) if past in billed)


def _require_same_seller(seller: Seller, issued: Iterable[IssuedInvoice]) -> None:
    """Raise `Refused` if another legal entity has billed the account: none corrects what another has sold."""
    for one in issued:
        if one.invoice.seller.code != seller.code:
            raise Refused("seller", f"must be {one.invoice.seller.code}, which has billed the account before")
