"""Rating: from a bot's plans and counted sessions to the lines of an invoice."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from botmeter.domain.accounts import Bot
from botmeter.domain.fees import Fee, fees_of
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


def rate_fees(
    rates: Rates, periods: Iterable[BillingPeriod], billed: Iterable[InvoiceLine]
) -> list[InvoiceLine]:
    """What is still to charge of a bot's fees for `periods`: what they are, less what was billed.

    Each period is charged once, in advance, by the invoice of the period before it; what changes
    afterwards is a proration.
    """
    fee_lines = [line for line in billed if line.bot_id == rates.bot.bot_id and line.kind.is_fee]
    lines: list[InvoiceLine] = []
    for period in periods:
        of_period = [line for line in fee_lines if line.service_period == period]
        fees = fees_of(rates.bot.subscription, period, rates.calendar)
        if of_period:
            lines += _proration(rates, fees, of_period)
        else:
            lines += [_fee_line(rates, fee) for fee in fees]
    return lines


def _fee_line(rates: Rates, fee: Fee) -> InvoiceLine:
    """The fee of a plan for a period or the days of it on which the plan applied."""
    days = fee.days if fee.days < fee.month.days else 0
    return rates.line(fee.plan, LineKind.FEE, fee.month, 1, fee.price_micros, days=days)


def _proration(rates: Rates, fees: Sequence[Fee], billed: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """One line if the fees of a period are not what was billed for it.

    It names the period's last plan with a fee; where there is none any more, the plan that was billed.
    """
    last = billed[-1]
    difference = sum(fee.amount_minor for fee in fees) - sum(line.amount_minor for line in billed)
    if not difference:
        return []
    quantity, price_micros = _signed(difference, last.currency)
    if fees:
        return [rates.line(fees[-1].plan, LineKind.PRORATION, fees[-1].month, quantity, price_micros)]
    return [
        replace(
            last,
            kind=LineKind.PRORATION,
            quantity=quantity,
            unit_price_micros=price_micros,
            amount_minor=difference,
            tax=rates.tax_on(last.service_period.last_day),
            days=0,
        )
    ]


def _signed(amount_minor: int, currency: str) -> tuple[int, int]:
    """An amount as a quantity, 1 or -1, and a price that is not negative."""
    return (1 if amount_minor >= 0 else -1), minor_to_micros(abs(amount_minor), currency)


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
    days = rates.bot.subscription.days_touched(plan.ref, period, rates.calendar)
    return -(-plan.included(unit) * days // period.days)


def _free_credits(
    rates: Rates,
    plan: PlanVersion,
    charges: Iterable[InvoiceLine],
    free_micros: int,
    period: BillingPeriod,
) -> list[InvoiceLine]:
    """What free credits take off `charges`: never more than they come to."""
    charged = sum(line.amount_minor for line in charges)
    free = min(round_to_minor(free_micros, plan.currency), charged)
    if free <= 0:
        return []
    return [rates.line(plan, LineKind.FREE_CREDITS, period, *_signed(-free, plan.currency))]


def correct(rated: Iterable[InvoiceLine], billed: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """What is to add to lines `billed` for a period, so that they say what is `rated` now.

    Late events change sessions of a period whose invoice is issued: the difference goes on the next one.
    """
    quantities: Counter[tuple[str, LineKind, str]] = Counter()
    amounts: Counter[tuple[str, LineKind, str]] = Counter()
    named: dict[tuple[str, LineKind, str], InvoiceLine] = {}
    for sign, lines in ((-1, billed), (1, rated)):
        for line in lines:
            if not line.kind.is_fee:
                key = (line.bot_id, line.kind, line.plan)
                quantities[key] += sign * line.quantity
                amounts[key] += sign * line.amount_minor
                named[key] = line
    return [
        changed for key, line in named.items() for changed in _difference(line, quantities[key], amounts[key])
    ]


def _difference(line: InvoiceLine, quantity: int, amount_minor: int) -> list[InvoiceLine]:
    """The same charge for another quantity, rounded; of free credits, another amount. None for nothing."""
    if line.kind is LineKind.FREE_CREDITS:
        quantity, price_micros = _signed(amount_minor, line.currency)
        changed = replace(line, quantity=quantity, unit_price_micros=price_micros, amount_minor=amount_minor)
        return [changed] if amount_minor else []
    amount_minor = round_to_minor(quantity * line.unit_price_micros, line.currency)
    return [replace(line, quantity=quantity, amount_minor=amount_minor)] if quantity else []
