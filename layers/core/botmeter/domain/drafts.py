"""Drafts: what of an account is to bill now, reckoned from all that it used less all that was billed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.balances import Balance
from botmeter.domain.billed import BilledLine
from botmeter.domain.corrections import correct, prorate
from botmeter.domain.fees import fees_of
from botmeter.domain.invoices import BilledTotal, Invoice, InvoiceLine, InvoiceStatus, IssuedInvoice
from botmeter.domain.orders import Order
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.rating import Rates, Use, rate_fees, rate_sessions
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


def bot_lines(
    rates: Rates,
    days: Sequence[DayUse],
    plans: Mapping[str, PlanVersion],
    periods: Sequence[BillingPeriod],
    billed: Iterable[BilledLine],
    *,
    fees_from: BillingPeriod,
) -> list[InvoiceLine]:
    """The lines of a bot: fees of `periods` and of the one after, then sessions, the last period's first.

    `billed` are the lines that the bot was billed before. Periods before `fees_from` have no fees.
    """
    before: dict[BillingPeriod, list[BilledLine]] = defaultdict(list)
    for one in billed:
        before[one.line.service_period].append(one)
    lines: list[InvoiceLine] = []
    for period in (*periods, periods[-1].next()):
        if period >= fees_from:
            lines += _fees(rates, period, before[period])
    for period in (periods[-1], *periods[:-1]):
        lines += correct(rate_sessions(rates, use_in(days, period), plans, period), before[period])
    return lines


def _fees(rates: Rates, period: BillingPeriod, billed: Iterable[BilledLine]) -> Iterable[InvoiceLine]:
    """What is still to charge of a bot's fees for a period.

    It is charged once, in advance, by the invoice of the period before; what changes afterwards is a
    proration.
    """
    fee_lines = [one for one in billed if one.line.kind.is_fee]
    fees = fees_of(rates.bot.subscription, period, rates.calendar)
    return prorate(rates, fees, fee_lines) if fee_lines else rate_fees(rates, fees)


def use_in(days: Iterable[DayUse], period: BillingPeriod) -> Use:
    """What `days` come to in a period."""
    sessions: Counter[tuple[str, Unit]] = Counter()
    free_micros: Counter[str] = Counter()
    first, last = period.first_day, period.last_day
    for one in days:
        if first <= one.day <= last:
            free_micros[one.plan] += one.free_micros
            for unit, count in one.sessions.items():
                sessions[one.plan, unit] += count
    return Use({key: count for key, count in sessions.items() if count}, free_micros)


def new_totals(
    bot_id: str,
    days: Iterable[DayUse],
    plans: Mapping[str, PlanVersion],
    periods: Sequence[BillingPeriod],
    billed: Iterable[BilledTotal],
) -> list[BilledTotal]:
    """The sessions of a bot in `periods` that are not `billed` yet; those of contracts never are.

    By plan version, unit and day, as they are stored.
    """
    counts: Counter[tuple[str, Unit, date]] = Counter()
    for one in days:
        if plans[one.plan].kind is not PlanKind.ENTERPRISE:
            for unit, count in one.sessions.items():
                counts[one.plan, unit, one.day] += count
    for total in billed:
        counts[total.plan, total.unit, total.day] -= total.sessions
    spans = [(period.first_day, period.last_day) for period in periods]
    return [
        BilledTotal(bot_id, plan, unit, day, count)
        for (plan, unit, day), count in sorted(counts.items())
        if count and any(first <= day <= last for first, last in spans)
    ]


def debts(bots: Iterable[Bot], balances: Mapping[str, Balance], now: datetime) -> Iterator[tuple[Bot, int]]:
    """Bots that have left prepaid plans, and what sessions took beyond their balances, in micro-units.

    What a prepaid bot owes is its next top-up's to pay.
    """
    for bot in bots:
        owed = balances[bot.bot_id].wallet.overdraft_micros if bot.bot_id in balances else 0
        if owed and bot.plan_at(now).kind is not PlanKind.PREPAID:
            yield bot, owed


def price_of(days: Iterable[DayUse], plans: Mapping[str, PlanVersion]) -> int:
    """What sessions took from a bot's own balance, in micro-units."""
    return sum(
        sum(plans[one.plan].debit_micros(unit, count) for unit, count in one.sessions.items())
        - one.free_micros
        for one in days
    )


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
    # Not from `statistics`, which is slow to import: the lower one of two in the middle.
    return bool(usual) and draft.net_minor > UNUSUAL_TIMES * sorted(usual)[(len(usual) - 1) // 2]
