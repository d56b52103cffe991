"""Draft invoices: what an account would be billed for a period now, by the rules of the domain."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.applied import from_balances, from_credits, from_orders
from botmeter.domain.balances import Balance
from botmeter.domain.billed import Billed, counted, lines_by_bot, totals_by_bot
from botmeter.domain.drafts import DayUse, bot_lines, debts, new_totals, orders_of, price_of
from botmeter.domain.errors import Refused
from botmeter.domain.invoices import BilledTotal, Invoice, InvoiceLine, IssuedInvoice
from botmeter.domain.orders import Order
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

Use = Mapping[str, Sequence[DayUse]]


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
class _Books:
    """What drafts are drawn up from; `use` is by bot, of all periods that are looked at."""

    account: Account
    seller: Seller
    seen: AccountBilling
    issued: Sequence[IssuedInvoice]
    bots: Sequence[Bot]
    use: Use
    orders: Sequence[Order]
    balances: Mapping[str, Balance]


@dataclass(frozen=True, slots=True)
class _Work:
    """One draft: its period is the last of `periods`, the others are looked at again; what was billed."""

    books: _Books
    periods: Sequence[BillingPeriod]
    billed: Sequence[Billed]
    now: datetime

    @property
    def period(self) -> BillingPeriod:
        """The period that is billed."""
        return self.periods[-1]


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
        seen: AccountBilling | None = None,
    ) -> Draft:
        """The draft for a period, or for the place of the void invoice `replaces`, as of `now`.

        `seen` is what of the account has been billed, where that has been read already. Raises `NotFound`
        for an account or a seller that there is not, `Refused` where no tax is known, or where another
        seller has billed.
        """
        account = self.accounts.account(account_id)
        seen = self.invoices.billing(account_id) if seen is None else seen
        books = self._read(account, seen, period, period)
        invoice = self._draw_up(_work(books, period, now, counted(books.issued, replaces)))
        return Draft(replace(invoice, replaces=replaces), seen, books.issued)

    def running(self, account_id: str, now: datetime) -> Invoice:
        """What would be billed for the running period as of `now`: a draft.

        Periods before it that are not billed yet are taken for billed as they stand.
        """
        account, seen = self.accounts.account(account_id), self.invoices.billing(account_id)
        period, last = account.first_unbilled(seen.periods), account.calendar.period_containing(now)
        books = self._read(account, seen, min(period, last), last)
        billed, drafts = counted(books.issued), list[Invoice]()
        while period < last:
            drafts.append(self._draw_up(_work(books, period, now, billed, drafts)))
            period = period.next()
        return self._draw_up(_work(books, last, now, billed, drafts))

    def _read(
        self, account: Account, seen: AccountBilling, first: BillingPeriod, last: BillingPeriod
    ) -> _Books:
        """What drafts for the periods from `first` to `last` need; `seen` was read before.

        The order counts. What is billed was read first: whoever bills in between makes this a draft that may
        not be issued. Bots before orders: an upgrade in between charges too little now, and the rest on the
        next invoice. Use before balances: what comes in between is owed later.
        """
        seller = self.accounts.seller(account.seller)
        issued = self.invoices.of_account(account.account_id)
        _require_same_seller(seller, issued)
        earliest = next(_earlier(account, first, seen.periods), first)
        return _Books(
            account=account,
            seller=seller,
            seen=seen,
            issued=issued,
            bots=self.accounts.bots(account.account_id),
            use=self.usage.day_use(account.account_id, earliest.first_day, last.last_day),
            orders=self.orders.of_account(account.account_id),
            balances=self.balances.balances(account.account_id),
        )

    def _draw_up(self, work: _Work) -> Invoice:
        """The invoice of a draft."""
        books, period = work.books, work.period
        account, seller = books.account, books.seller
        lines, totals = self._bots(work)
        issued_on = work.now.astimezone(seller.zone).date()
        invoice = Invoice(
            number="",
            account_id=account.account_id,
            period=period,
            currency=account.currency,
            time_zone=account.calendar.zone_at(work.now).key,
            issued_at=work.now,
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=seller.payment_days),
            seller=seller,
            customer=account.customer,
            lines=tuple(lines),
            totals=tuple(totals),
            orders=tuple(orders_of(books.orders, period, account.calendar)),
            usage_as_of_ms=to_ms(work.now),
        )
        return self._settled(work, invoice)

    def _bots(self, work: _Work) -> tuple[list[InvoiceLine], list[BilledTotal]]:
        """Lines and totals of all bots, bot by bot."""
        billed_lines, billed_totals = lines_by_bot(work.billed), totals_by_bot(work.billed)
        account = work.books.account
        lines: list[InvoiceLine] = []
        totals: list[BilledTotal] = []
        for bot in work.books.bots:
            days = _days_of(work.books.use, bot, work.periods[0].first_day, work.period.last_day)
            plans = self._plans(days)
            rates = Rates(bot, account.calendar, partial(self._tax_on, work.books))
            billed = billed_lines.get(bot.bot_id, ())
            lines += bot_lines(rates, days, plans, work.periods, billed, fees_from=account.first_period)
            totals += new_totals(bot.bot_id, days, plans, work.periods, billed_totals.get(bot.bot_id, ()))
        return lines, totals

    def _settled(self, work: _Work, invoice: Invoice) -> Invoice:
        """The invoice with what has paid of it before."""
        books = work.books
        applied = (
            *from_balances(invoice.lines, work.billed, self._owed(work), invoice.currency),
            *from_orders(books.orders, (*work.periods, work.period.next()), work.billed),
        )
        due_minor = replace(invoice, applied=applied).due_minor
        return replace(invoice, applied=(*applied, *from_credits(books.issued, work.billed, due_minor)))

    def _owed(self, work: _Work) -> dict[str, int]:
        """What bots that no top-up will pay owe for sessions that are billed, in micro-units."""
        account, owing = work.books.account, list(debts(work.books.bots, work.books.balances, work.now))
        if not owing:
            return {}
        # The balance has paid the oldest first: what is billed later is owed first.
        today = account.calendar.day(work.now)
        later = self.usage.day_use(account.account_id, work.period.next().first_day, today)
        return {
            bot.bot_id: max(0, owed - price_of(days, self._plans(days)))
            for bot, owed in owing
            for days in [later.get(bot.bot_id, [])]
        }

    def _plans(self, days: Iterable[DayUse]) -> dict[str, PlanVersion]:
        """The plan versions that days name."""
        return {ref: self.accounts.plan(ref) for ref in {one.plan for one in days}}

    def _tax_on(self, books: _Books, day: date) -> Tax:
        """The tax of what the account buys on a day."""
        return tax_for(self.taxes, books.seller, books.account.customer, day)


def _work(
    books: _Books,
    period: BillingPeriod,
    now: datetime,
    billed: Sequence[Billed],
    assumed: Sequence[Invoice] = (),
) -> _Work:
    """The draft for a period. `assumed` are drafts of periods before it that are taken for billed."""
    done = {*books.seen.periods, *(draft.period for draft in assumed)}
    periods = [*_earlier(books.account, period, done), period]
    return _Work(books, periods, [*map(Billed, assumed), *billed], now)


def _days_of(use: Use, bot: Bot, first: date, last: date) -> list[DayUse]:
    """What a bot used from the day `first` to `last`."""
    return [one for one in use.get(bot.bot_id, ()) if first <= one.day <= last]


def _earlier(
    account: Account, period: BillingPeriod, billed: Collection[BillingPeriod]
) -> Iterator[BillingPeriod]:
    """The periods before `period` that late events may still have changed, the oldest first.

    Those that are billed, and those before the account's first: they have no invoice of their own.
    """
    earlier = []
    for _ in range(_CORRECTABLE_PERIODS):
        period = period.previous()
        earlier.append(period)
    return (past for past in reversed(earlier) if past in billed or past < account.first_period)


def _require_same_seller(seller: Seller, issued: Iterable[IssuedInvoice]) -> None:
    """Raise `Refused` if another legal entity has billed the account: none corrects what another has sold."""
    for one in issued:
        if one.invoice.seller.code != seller.code:
            raise Refused("seller", f"must be {one.invoice.seller.code}, which has billed the account before")
