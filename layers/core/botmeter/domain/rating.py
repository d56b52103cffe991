"""Rating: from a bot's plans and counted sessions to the lines of an invoice."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from botmeter.domain.accounts import Bot
from botmeter.domain.fees import Fee
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.money import minor_to_micros, round_to_minor
from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter.domain.plans import PlanKind, PlanVersion
from botmeter.domain.sessions import Unit
from botmeter.domain.tax import Tax

_LINE_KINDS = {
    Unit.USAGE: (LineKind.INCLUDED_USAGE, LineKind.USAGE),
    Unit.ALERT: (LineKind.INCLUDED_ALERTS, LineKind.ALERTS),
}


@dataclass(frozen=True, slots=True)
class Use:
    """What a bot used in a period: sessions by plan version and unit.

    `free_micros` is what free credits have paid of their price, by plan version.
    """

    sessions: Mapping[tuple[str, Unit], int]
    free_micros: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rates:
    """What the lines of a bot are made with: its plans and days, and the tax of a day.

    The tax of a line is that of the last day of its service period.
    """

    bot: Bot
    calendar: Calendar
    tax_on: Callable[[date], Tax]

    def line(
        self,
        plan: PlanVersion,
        kind: LineKind,
        period: BillingPeriod,
        quantity: int,
        price_micros: int,
        *,
        days: int = 0,
    ) -> InvoiceLine:
        """One line, rounded."""
        return InvoiceLine(
            bot_id=self.bot.bot_id,
            bot_name=self.bot.name,
            kind=kind,
            plan=plan.ref,
            plan_name=plan.name,
            currency=plan.currency,
            service_period=period,
            quantity=quantity,
            unit_price_micros=price_micros,
            amount_minor=round_to_minor(quantity * price_micros, plan.currency),
            tax=self.tax_on(period.last_day),
            days=days,
            prepaid=plan.kind is PlanKind.PREPAID and not kind.is_fee,
            rule="" if kind.unit is None else self.bot.rule.name,
        )


def rate_fees(rates: Rates, fees: Iterable[Fee]) -> list[InvoiceLine]:
    """Lines of a bot's fees, each for a period or the days of it on which the plan applied."""
    return [
        rates.line(
            fee.plan,
            LineKind.FEE,
            fee.month,
            1,
            fee.price_micros,
            days=fee.days if fee.days < fee.month.days else 0,
        )
        for fee in fees
    ]


def rate_sessions(
    rates: Rates, use: Use, plans: Mapping[str, PlanVersion], period: BillingPeriod
) -> list[InvoiceLine]:
    """Lines of a bot's sessions in `period`, in arrears, less what free credits have paid of them.

    `plans` are the plan versions that `use` names. Usage on an enterprise plan is billed by its contract,
    not here. A plan that applied on some days of the period includes its sessions by these days, rounded up.
    """
    lines: list[InvoiceLine] = []
    for ref in sorted({ref for ref, _ in use.sessions}):
        if plans[ref].kind is not PlanKind.ENTERPRISE:
            of_plan = {unit: use.sessions.get((ref, unit), 0) for unit in Unit}
            charges = _charges(rates, plans[ref], of_plan, period)
            lines += [
                *charges,
                *_free_credits(rates, plans[ref], charges, use.free_micros.get(ref, 0), period),
            ]
    return lines


def _charges(
    rates: Rates, plan: PlanVersion, sessions: Mapping[Unit, int], period: BillingPeriod
) -> list[InvoiceLine]:
    """Sessions within the plan's allowance at no charge, and what goes beyond them at its price."""
    lines = []
    for unit, count in sessions.items():
        included_kind, charged_kind = _LINE_KINDS[unit]
        allowance = _allowance(rates, plan, unit, period)
        included = count if plan.kind is PlanKind.TRIAL else max(0, min(count, allowance))
        if included:
            lines.append(rates.line(plan, included_kind, period, included, 0))
        if count - included:
            price_micros = plan.price_micros(unit)
            lines.append(rates.line(plan, charged_kind, period, count - included, price_micros))
    return lines


def _allowance(rates: Rates, plan: PlanVersion, unit: Unit, period: BillingPeriod) -> int:
    """Sessions of `unit` that a plan includes in a period, by the days on which it applied, rounded up."""
    if not plan.included(unit):
        return 0
    days = rates.bot.subscription.days_touched(plan.ref, period, rates.calendar)
    return -(-plan.included(unit) * days // period.days)


def _free_credits(
    rates: Rates,
    plan: PlanVersion,
    charges: Iterable[InvoiceLine],
    free_micros: int,
    period: BillingPeriod,
) -> list[InvoiceLine]:
    """What free credits take off `charges`: never more than they come to.

    Where corrections have given them back more than they had paid in the period, it is charged.
    """
    charged = sum(line.amount_minor for line in charges)
    free = min(round_to_minor(free_micros, plan.currency), charged)
    if not free:
        return []
    price_micros = minor_to_micros(abs(free), plan.currency)
    return [rates.line(plan, LineKind.FREE_CREDITS, period, -1 if free > 0 else 1, price_micros)]
