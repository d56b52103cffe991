"""Rating: from counted sessions to the lines of an invoice."""

from collections.abc import Mapping

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


def rate_bot(
    bot: Bot,
    quantities: Mapping[tuple[str, Unit], int],
    plans: Mapping[str, PlanVersion],
    period: BillingPeriod,
) -> list[InvoiceLine]:
    """Lines of `bot` for `period`: next month's fee in advance, then this month's sessions in arrears.

    `quantities` are sessions by plan version and unit, `plans` the versions that they name. Usage on an
    enterprise plan is billed by its contract, not here.
    """
    lines = _fee(bot, period.next())
    for (ref, unit), sessions in sorted(
        quantities.items(), key=lambda item: (item[0][0], _order(item[0][1]))
    ):
        if plans[ref].kind is not PlanKind.ENTERPRISE:
            lines += _session_lines(bot, plans[ref], unit, sessions, period)
    return lines


def _order(unit: Unit) -> int:
    """Usage comes before alerts."""
    return list(Unit).index(unit)


def _fee(bot: Bot, period: BillingPeriod) -> list[InvoiceLine]:
    """The monthly fee for `period`, if the bot's plan has one."""
    if bot.plan.kind is not PlanKind.SUBSCRIPTION:
        return []
    return [_line(bot, bot.plan, LineKind.FEE, period, quantity=1, price_micros=bot.plan.monthly_fee_micros)]


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
        service_period=period,
        quantity=quantity,
        unit_price_micros=price_micros,
        amount_minor=round_to_minor(quantity * price_micros, plan.currency),
        prepaid=plan.kind is PlanKind.PREPAID,
    )
