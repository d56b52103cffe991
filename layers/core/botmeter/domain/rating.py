"""Rating: from counted sessions to the lines of an invoice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from botmeter.domain.accounts import Bot
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.money import round_to_minor
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.sessions import Unit

_LINE_KINDS = {
    Unit.USAGE: (LineKind.INCLUDED_USAGE, LineKind.USAGE),
    Unit.ALERT: (LineKind.INCLUDED_ALERTS, LineKind.ALERTS),
}


def rate_fees(
    bot: Bot, period: BillingPeriod, zone: ZoneInfo, billed: Iterable[InvoiceLine]
) -> list[InvoiceLine]:
    """Monthly fees that the invoice for `period` charges: next month's in advance, and the plan's first.

    A month is charged once: not when `billed` has it. The month in which the plan began is charged from
    that day on, in `zone`, at a price rounded down to the micro-unit.
    """
    if bot.plan.kind is not PlanKind.SUBSCRIPTION:
        return []
    began = bot.plan_since.astimezone(zone).date()
    charged = {line.service_period for line in billed if line.kind is LineKind.FEE}
    months = [m for m in (period, period.next()) if m.last_day >= began and m not in charged]
    return [
        _line(
            bot, bot.plan, LineKind.FEE, month, quantity=1, price_micros=_fee_micros(bot.plan, month, began)
        )
        for month in months
    ]


def _fee_micros(plan: PlanVersion, month: BillingPeriod, began: date) -> int:
    """The fee of a month, for the days from `began` on if that is in it."""
    days = (month.last_day - month.first_day).days + 1
    charged_days = (month.last_day - max(began, month.first_day)).days + 1
    return plan.monthly_fee_micros * charged_days // days


def rate_sessions(
    bot: Bot,
    quantities: Mapping[tuple[str, Unit], int],
    plans: Mapping[str, PlanVersion],
    period: BillingPeriod,
) -> list[InvoiceLine]:
    """Lines of a bot's sessions in `period`, in arrears.

    `quantities` are sessions by plan version and unit, `plans` the versions that they name. Usage on an
    enterprise plan is billed by its contract, not here.
    """
    lines: list[InvoiceLine] = []
    for (ref, unit), sessions in sorted(
        quantities.items(), key=lambda item: (item[0][0], _order(item[0][1]))
    ):
        if plans[ref].kind is not PlanKind.ENTERPRISE:
            lines += _session_lines(bot, plans[ref], unit, sessions, period)
    return lines


def correct(rated: Iterable[InvoiceLine], billed: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """What is to add to lines `billed` for an earlier period, so that they say what is `rated` now.

    Late events change sessions of a period whose invoice is issued: the difference goes on the next one.
    """
    quantities: Counter[tuple[str, LineKind, str]] = Counter()
    charged: dict[tuple[str, LineKind, str], InvoiceLine] = {}
    for sign, lines in ((-1, billed), (1, rated)):
        for line in lines:
            if line.kind is not LineKind.FEE:
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


def _session_lines(
    bot: Bot, plan: PlanVersion, unit: Unit, sessions: int, period: BillingPeriod
) -> list[InvoiceLine]:
    """Sessions that the plan includes at no charge, and what goes beyond them at its price."""
    included_kind, charged_kind = _LINE_KINDS[unit]
    included = sessions if plan.kind is PlanKind.TRIAL else max(0, min(sessions, plan.included(unit)))
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
        prepaid=plan.kind is PlanKind.PREPAID,
    )
