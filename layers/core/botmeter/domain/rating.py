"""Rating: from counted sessions to the lines of an invoice."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from botmeter.domain.accounts import Bot
from botmeter.domain.fees import Fee, fees_of, ordered_fees
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.money import minor_to_micros, round_to_minor
from botmeter.domain.orders import Order, OrderedFee
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.sessions import Unit

_FEE_KINDS = {LineKind.FEE, LineKind.ORDERED}
_LINE_KINDS = {
    Unit.USAGE: (LineKind.INCLUDED_USAGE, LineKind.USAGE),
    Unit.ALERT: (LineKind.INCLUDED_ALERTS, LineKind.ALERTS),
}


def rate_fees(
    bot: Bot,
    months: Iterable[BillingPeriod],
    calendar: Calendar,
    billed: Iterable[InvoiceLine],
    orders: Iterable[Order],
) -> list[InvoiceLine]:
    """What is still to charge of a bot's fees for `months`: what they are, less what was charged.

    `billed` are lines of earlier invoices and `orders` those of the account: each month is charged once, in
    advance, by the invoice before it, or at once by the order of an upgrade.
    """
    billed = [line for line in billed if line.bot_id == bot.bot_id and line.kind in _FEE_KINDS]
    ordered = ordered_fees(orders, bot.bot_id)
    lines: list[InvoiceLine] = []
    for month in months:
        of_month = [line for line in billed if line.service_period == month]
        by_order = [(order, fee) for order, fee in ordered if fee.month == month]
        fees = fees_of(bot.subscription, month, calendar)
        if of_month:
            lines += _fee_difference(bot, fees, of_month, [fee for _, fee in by_order])
        else:
            lines += [_fee_line(bot, fee.plan, month, fee.price_micros) for fee in fees]
            lines += [_ordered_line(bot, order, fee) for order, fee in by_order]
    return lines


def _fee_difference(
    bot: Bot, fees: Sequence[Fee], billed: Sequence[InvoiceLine], ordered: Iterable[OrderedFee]
) -> list[InvoiceLine]:
    """One line if the fees of a month that was billed are not what invoices and orders charged for it.

    It names the month's last plan with a fee; where there is none any more, the plan that was billed.
    """
    charged = sum(line.amount_minor for line in billed) + sum(fee.amount_minor for fee in ordered)
    difference = sum(fee.amount_minor for fee in fees) - charged
    if not difference:
        return []
    price_micros = minor_to_micros(difference, billed[-1].currency)
    if fees:
        return [_fee_line(bot, fees[-1].plan, fees[-1].month, price_micros)]
    return [replace(billed[-1], kind=LineKind.FEE, unit_price_micros=price_micros, amount_minor=difference)]


def _fee_line(bot: Bot, plan: PlanVersion, month: BillingPeriod, price_micros: int) -> InvoiceLine:
    """The fee of a plan for a month or the days of it that the plan applied."""
    return _line(bot, plan, LineKind.FEE, month, quantity=1, price_micros=price_micros)


def _ordered_line(bot: Bot, order: Order, fee: OrderedFee) -> InvoiceLine:
    """What an order has charged already."""
    phases = bot.subscription.phases
    plan = next((phase.plan for phase in phases if phase.plan.ref == fee.plan), phases[-1].plan)
    price_micros = -minor_to_micros(fee.amount_minor, order.currency)
    return _line(bot, plan, LineKind.ORDERED, fee.month, quantity=1, price_micros=price_micros)


def rate_sessions(
    bot: Bot,
    quantities: Mapping[tuple[str, Unit], int],
    plans: Mapping[str, PlanVersion],
    period: BillingPeriod,
    calendar: Calendar,
) -> list[InvoiceLine]:
    """Lines of a bot's sessions in `period`, in arrears.

    `quantities` are sessions by plan version and unit, `plans` the versions that they name. Usage on an
    enterprise plan is billed by its contract, not here. A plan that applied on some days of the period
    includes its sessions by these days, rounded up.
    """
    lines: list[InvoiceLine] = []
    for (ref, unit), sessions in sorted(
        quantities.items(), key=lambda item: (item[0][0], _order(item[0][1]))
    ):
        if plans[ref].kind is not PlanKind.ENTERPRISE:
            included = _included(bot, plans[ref], unit, period, calendar)
            lines += _session_lines(bot, plans[ref], unit, sessions, included, period=period)
    return lines


def correct(rated: Iterable[InvoiceLine], billed: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """What is to add to lines `billed` for an earlier period, so that they say what is `rated` now.

    Late events change sessions of a period whose invoice is issued: the difference goes on the next one.
    """
    quantities: Counter[tuple[str, LineKind, str]] = Counter()
    charged: dict[tuple[str, LineKind, str], InvoiceLine] = {}
    for sign, lines in ((-1, billed), (1, rated)):
        for line in lines:
            if line.kind not in _FEE_KINDS:
                key = (line.bot_id, line.kind, line.plan)
                quantities[key] += sign * line.quantity
                charged[key] = line
    return [_requantified(charged[key], n) for key, n in quantities.items() if n]


def _requantified(line: InvoiceLine, quantity: int) -> InvoiceLine:
    """The same charge for another quantity, rounded."""
    amount_minor = round_to_minor(quantity * line.unit_price_micros, line.currency)
    return replace(line, quantity=quantity, amount_minor=amount_minor)


def _order(unit: Unit) -> int:
    """Usage comes before alerts."""
    return list(Unit).index(unit)


def _included(bot: Bot, plan: PlanVersion, unit: Unit, period: BillingPeriod, calendar: Calendar) -> int:
    """Sessions of `unit` that a plan includes in a period, by the days on which it applied, rounded up."""
    days = bot.subscription.days_touched(plan.ref, period, calendar)
    return -(-plan.included(unit) * days // period.days)


def _session_lines(
    bot: Bot, plan: PlanVersion, unit: Unit, sessions: int, allowance: int, *, period: BillingPeriod
) -> list[InvoiceLine]:
    """Sessions within the plan's `allowance` at no charge, and what goes beyond them at its price."""
    included_kind, charged_kind = _LINE_KINDS[unit]
    included = sessions if plan.kind is PlanKind.TRIAL else max(0, min(sessions, allowance))
    charged, price_micros = sessions - included, plan.price_micros(unit)
    lines = []
    if included:
        lines.append(_line(bot, plan, included_kind, period, quantity=included, price_micros=0))
    if charged:
        lines.append(_line(bot, plan, charged_kind, period, quantity=charged, price_micros=price_micros))
    return lines


def _line(
    bot: Bot, plan: PlanVersion, kind: LineKind, period: BillingPeriod, *, quantity: int, price_micros: int
) -> InvoiceLine:
    """One line, rounded."""
    return InvoiceLine(
        bot_id=bot.bot_id,
        bot_name=bot.name,
        kind=kind,
        plan=plan.ref,
        plan_name=plan.name,
        currency=plan.currency,
        service_period=period,
        quantity=quantity,
        unit_price_micros=price_micros,
        amount_minor=round_to_minor(quantity * price_micros, plan.currency),
        prepaid=plan.kind is PlanKind.PREPAID and kind not in _FEE_KINDS,
    )
