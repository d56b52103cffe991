"""Drafts: what of an account is to bill now, reckoned from all that it used less all that was billed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median_low

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import Balance
from botmeter.domain.invoices import (
    AppliedPayment,
    BilledTotal,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    IssuedInvoice,
    PaymentSource,
)
from botmeter.domain.money import round_to_minor
from botmeter.domain.orders import Order, OrderStatus
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.rating import Rates, Use, correct, rate_fees, rate_sessions
from botmeter.domain.sessions import Unit

# A bill is unusual beyond so many times the account's usual amount, the median of so many invoices.
UNUSUAL_TIMES = 10
_USUAL_INVOICES = 6


@dataclass(frozen=True, slots=True)
class DayUse:
    """Sessions of a bot that began on `day` on the plan version `plan`, by unit.

    `free_micros` is what free credits have paid of their price.
    """

    day: date
    plan: str
    sessions: Mapping[Unit, int]
    free_micros: int = 0


def counted(issued: Iterable[IssuedInvoice], replaces: str = "") -> list[Invoice]:
    """The invoices whose lines have been billed: all but those that another one replaces, or is to.

    A void invoice counts as long as nothing replaces it: what it billed does not come back by itself.
    """
    return [one.invoice for one in issued if not one.replaced_by and one.invoice.number != replaces]


def bot_lines(
    rates: Rates,
    days: Sequence[DayUse],
    plans: Mapping[str, PlanVersion],
    periods: Sequence[BillingPeriod],
    billed: Sequence[InvoiceLine],
) -> list[InvoiceLine]:
    """The lines of a bot: fees of `periods` and of the one after, then sessions, the last period's first."""
    own = [line for line in billed if line.bot_id == rates.bot.bot_id]
    lines = rate_fees(rates, (*periods, periods[-1].next()), own)
    for period in (periods[-1], *periods[:-1]):
        rated = rate_sessions(rates, use_in(days, period), plans, period)
        lines += correct(rated, [line for line in own if line.service_period == period])
    return lines


def use_in(days: Iterable[DayUse], period: BillingPeriod) -> Use:
    """What `days` come to in a period."""
    sessions: Counter[tuple[str, Unit]] = Counter()
    free_micros: Counter[str] = Counter()
    for one in days:
        if period.first_day <= one.day <= period.last_day:
            free_micros[one.plan] += one.free_micros
            for unit, count in one.sessions.items():
                sessions[one.plan, unit] += count
    return Use({key: count for key, count in sessions.items() if count}, free_micros)


def new_totals(
    bot_id: str,
    days: Iterable[DayUse],
    plans: Mapping[str, PlanVersion],
    periods: Sequence[BillingPeriod],
    billed: Iterable[Invoice],
) -> list[BilledTotal]:
    """The sessions of a bot in `periods` that no invoice has billed; those of contracts never are.

    By plan version, unit and day, as they are stored.
    """
    counts: Counter[tuple[str, Unit, date]] = Counter()
    for one in days:
        if plans[one.plan].kind is not PlanKind.ENTERPRISE:
            for unit, count in one.sessions.items():
                counts[one.plan, unit, one.day] += count
    for total in (total for invoice in billed for total in invoice.totals if total.bot_id == bot_id):
        counts[total.plan, total.unit, total.day] -= total.sessions
    return [
        BilledTotal(bot_id, plan, unit, day, count)
        for (plan, unit, day), count in sorted(counts.items())
        if count and any(period.first_day <= day <= period.last_day for period in periods)
    ]


def from_balances(
    lines: Iterable[InvoiceLine], billed: Iterable[Invoice], owed_minor: Mapping[str, int]
) -> list[AppliedPayment]:
    """What the balances of bots have paid of `lines`, and of the lines billed before if that has changed.

    `owed_minor` is what sessions took beyond the balance of bots that no top-up will pay any more: it is left
    to the invoice.
    """
    paid: Counter[str] = Counter()
    for line in (*lines, *(line for invoice in billed for line in invoice.lines)):
        if line.prepaid:
            paid[line.bot_id] += line.amount_minor
    paid.subtract(owed_minor)
    for payment in (payment for invoice in billed for payment in invoice.applied):
        if payment.source is PaymentSource.BALANCE:
            paid[payment.reference] -= payment.amount_minor
    return [
        AppliedPayment(PaymentSource.BALANCE, bot_id, amount) for bot_id, amount in paid.items() if amount
    ]


def owed_by_bots(bots: Iterable[Bot], balances: Mapping[str, Balance], now: datetime) -> dict[str, int]:
    """What sessions took beyond the balances of bots that have left prepaid plans, in minor units by bot."""
    owed = {}
    for bot in bots:
        plan, balance = bot.plan_at(now), balances.get(bot.bot_id)
        if plan.kind is not PlanKind.PREPAID and balance is not None and balance.wallet.overdraft_micros:
            owed[bot.bot_id] = round_to_minor(balance.wallet.overdraft_micros, plan.currency)
    return owed


def from_orders(
    orders: Iterable[Order], periods: Iterable[BillingPeriod], billed: Iterable[Invoice]
) -> list[AppliedPayment]:
    """What orders ask for of the fees of `periods`, less what invoices have applied of them.

    An order whose payment has failed asks for nothing: what was applied of it is to be paid after all.
    """
    applied: Counter[str] = Counter()
    for payment in (payment for invoice in billed for payment in invoice.applied):
        if payment.source is PaymentSource.ORDER:
            applied[payment.reference] += payment.amount_minor
    charged, payments = set(periods), []
    for order in orders:
        before = after = applied[order.order_id]
        if order.status is OrderStatus.FAILED:
            after = 0
        elif order.fee is not None and order.fee.month in charged:
            after = order.fee.amount_minor
        if after != before:
            payments.append(AppliedPayment(PaymentSource.ORDER, order.order_id, after - before))
    return payments


def orders_of(orders: Iterable[Order], period: BillingPeriod, calendar: Calendar) -> list[Order]:
    """The orders that were placed in a period, the oldest first."""
    placed = (order for order in orders if period.start(calendar) <= order.ordered_at < period.end(calendar))
    return sorted(placed, key=lambda order: (order.ordered_at, order.order_id))


def is_unusual(draft: Invoice, issued: Sequence[IssuedInvoice]) -> bool:
    """Whether `draft` exceeds ten times what the account's latest invoices (newest first) came to.

    Invoices that are void or came to nothing say nothing; an account without others has no usual amount.
    """
    totals = [one.invoice.net_minor for one in issued if one.status is not InvoiceStatus.VOID]
    usual = [total for total in totals if total > 0][:_USUAL_INVOICES]
    return bool(usual) and draft.net_minor > UNUSUAL_TIMES * median_low(usual)
