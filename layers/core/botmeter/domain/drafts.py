"""Drafts: what of an account is to bill now, reckoned from all that it used less all that was billed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from botmeter.domain.invoices import (
    AppliedPayment,
    BilledTotal,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    IssuedInvoice,
    PaymentSource,
)
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
    """The sessions of a bot in `periods` that no invoice has billed, by day; those of contracts never are."""
    counts: Counter[tuple[date, str, Unit]] = Counter()
    for one in days:
        if plans[one.plan].kind is not PlanKind.ENTERPRISE:
            for unit, count in one.sessions.items():
                counts[one.day, one.plan, unit] += count
    for total in (total for invoice in billed for total in invoice.totals if total.bot_id == bot_id):
        counts[total.day, total.plan, total.unit] -= total.sessions
    return [
        BilledTotal(bot_id, plan, unit, day, count)
        for (day, plan, unit), count in sorted(counts.items())
        if count and any(period.first_day <= day <= period.last_day for period in periods)
    ]


def from_balances(lines: Iterable[InvoiceLine]) -> list[AppliedPayment]:
    """What the balances of bots have paid of `lines`."""
    paid: Counter[str] = Counter()
    for line in lines:
        if line.prepaid:
            paid[line.bot_id] += line.amount_minor
    return [
        AppliedPayment(PaymentSource.BALANCE, bot_id, amount) for bot_id, amount in paid.items() if amount
    ]


def from_orders(
    orders: Iterable[Order], periods: Iterable[BillingPeriod], billed: Iterable[Invoice]
) -> list[AppliedPayment]:
    """What orders ask for of the fees of `periods`, less what invoices have applied of them.

    An order whose payment has failed asks for nothing: what was applied of it is to be paid after all.
    """
    applied: Counter[str] = Counter()
    for payment in (payment for invoice in billed for payment in invoice.applied):
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
