"""Draft invoices: what an account would be billed for a period now, by the rules of the domain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.drafts import (
    bot_lines,
    counted,
    from_balances,
    from_orders,
    new_totals,
    orders_of,
    owed_by_bots,
)
from botmeter.domain.invoices import BilledTotal, Invoice, InvoiceLine, IssuedInvoice
from botmeter.domain.parties import Seller
from botmeter.domain.periods import BillingPeriod, to_ms
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

    def __call__(self, account_id: str, period: BillingPeriod, now: datetime, *, replaces: str = "") -> Draft:
        """The draft for a period, or for the place of the void invoice `replaces`, as of `now`.

        Raises `NotFound` for an account or a seller that there is not, `Refused` where no tax is known.
        """
        account = self.accounts.account(account_id)
        seller = self.accounts.seller(account.seller)
        # What is billed first: whoever bills in between makes this draft one that may not be issued.
        seen = self.invoices.billing(account_id)
        issued = self.invoices.of_account(account_id)
        billed = counted(issued, replaces)
        periods = [*_earlier(period, seen), period]
        # Bots before orders: an upgrade in between charges too little now, and the rest on the next invoice.
        bots = self.accounts.bots(account_id)
        orders = self.orders.of_account(account_id)
        owed = owed_by_bots(bots, self.balances.balances(account_id), now)
        lines, totals = self._bots(account, seller, bots, periods, billed)
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
            applied=(
                *from_balances(lines, billed, owed),
                *from_orders(orders, (*periods, period.next()), billed),
            ),
            totals=tuple(totals),
            orders=tuple(orders_of(orders, period, account.calendar)),
            usage_as_of_ms=to_ms(now),
            replaces=replaces,
        )
        return Draft(invoice, seen, issued)

    def _bots(
        self,
        account: Account,
        seller: Seller,
        bots: Sequence[Bot],
        periods: Sequence[BillingPeriod],
        billed: Sequence[Invoice],
    ) -> tuple[list[InvoiceLine], list[BilledTotal]]:
        """Lines and totals of all bots, bot by bot."""
        lines: list[InvoiceLine] = []
        totals: list[BilledTotal] = []
        billed_lines = [line for invoice in billed for line in invoice.lines]
        tax_on = partial(self._tax_on, account, seller)
        for bot in bots:
            days = self.usage.day_use(
                account.account_id, bot.bot_id, periods[0].first_day, periods[-1].last_day
            )
            plans = {ref: self.accounts.plan(ref) for ref in {one.plan for one in days}}
            rates = Rates(bot, account.calendar, tax_on)
            lines += bot_lines(rates, days, plans, periods, billed_lines)
            totals += new_totals(bot.bot_id, days, plans, periods, billed)
        return lines, totals

    def _tax_on(self, account: Account, seller: Seller, day: date) -> Tax:
        """The tax of what the account buys on a day."""
        return tax_for(self.taxes, seller, account.customer, day)


def _earlier(period: BillingPeriod, seen: AccountBilling) -> Iterator[BillingPeriod]:
    """The billed periods before `period` that late events may still have changed, the oldest first."""
    earlier = []
    for _ in range(_CORRECTABLE_PERIODS):
        period = period.previous()
        earlier.append(period)
    return (past for past in reversed(earlier) if past in seen.periods)
