"""Corrections: what is to add to lines that were billed, so that they say what is rated now.

What is more is charged as of now. What is less is given back as it was charged: at its tax, and not at all
where a credit note, or a void invoice, has done so before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from botmeter.domain.billed import BilledLine, take_back
from botmeter.domain.fees import Fee
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.money import minor_to_micros, round_to_minor
from botmeter.domain.rating import Rates

_Key = tuple[LineKind, str]


def prorate(rates: Rates, fees: Sequence[Fee], billed: Sequence[BilledLine]) -> Iterator[InvoiceLine]:
    """What is missing of, or was too much of, the fees of a period that was billed before.

    It names the period's last plan with a fee; where there is none any more, the plan that was billed.
    """
    change = sum(fee.amount_minor for fee in fees) - sum(one.line.worth_minor for one in billed)
    if change > 0:
        fee = fees[-1]
        yield rates.line(
            fee.plan, LineKind.PRORATION, fee.month, 1, minor_to_micros(change, fee.plan.currency)
        )
    for part in take_back(billed, _worth, max(0, -change))[0]:
        line = replace(part.line, kind=LineKind.PRORATION, days=0)
        if fees:
            line = replace(line, plan=fees[-1].plan.ref, plan_name=fees[-1].plan.name)
        if part.size - part.forgiven:
            yield _revalued(line, part.forgiven - part.size)
        if part.forgiven:
            yield _at_no_price(_revalued(line, -part.forgiven))


def correct(rated: Iterable[InvoiceLine], billed: Iterable[BilledLine]) -> list[InvoiceLine]:
    """What is to add to a bot's lines of sessions in a period, kind by kind and plan by plan."""
    now = {(line.kind, line.plan): line for line in rated}
    before: dict[_Key, list[BilledLine]] = {}
    for one in billed:
        if not one.line.kind.is_fee:
            before.setdefault((one.line.kind, one.line.plan), []).append(one)
    lines: list[InvoiceLine] = []
    for key in dict.fromkeys((*now, *before)):
        change = _credits if key[0] is LineKind.FREE_CREDITS else _sessions
        lines += change(now.get(key), before.get(key, []))
    return lines


def _sessions(rated: InvoiceLine | None, billed: Sequence[BilledLine]) -> Iterator[InvoiceLine]:
    """Sessions that are more, or less, than were billed. Forgiven ones are taken back at no price."""
    change = (rated.quantity if rated else 0) - sum(one.line.quantity for one in billed)
    newest = rated or billed[0].line
    if change > 0:
        yield _requantified(newest, change)
    taken, left = take_back(billed, _quantity, max(0, -change))
    for part in taken:
        given = part.size - part.forgiven
        if given:
            yield _requantified(part.line, -given)
        if part.forgiven:
            yield _at_no_price(_requantified(part.line, -part.forgiven))
    if left:
        yield _requantified(newest, -left)


def _credits(rated: InvoiceLine | None, billed: Sequence[BilledLine]) -> Iterator[InvoiceLine]:
    """Another discount than was given: more of it, or some of it back."""
    change = (rated.amount_minor if rated else 0) - sum(one.line.worth_minor for one in billed)
    newest = rated or billed[0].line
    if change < 0:
        yield _revalued(newest, change)
    taken, left = take_back(billed, _discount, max(0, change))
    for part in taken:
        if part.size - part.forgiven:
            yield _revalued(part.line, part.size - part.forgiven)
        if part.forgiven:
            yield _at_no_price(_revalued(part.line, part.forgiven))
    if left:
        yield _revalued(newest, left)


def _requantified(line: InvoiceLine, quantity: int) -> InvoiceLine:
    """The same charge for another quantity, rounded."""
    amount_minor = round_to_minor(quantity * line.unit_price_micros, line.currency)
    return replace(line, quantity=quantity, amount_minor=amount_minor, forgiven_minor=0)


def _revalued(line: InvoiceLine, amount_minor: int) -> InvoiceLine:
    """The same charge of another amount: once, or once taken back."""
    quantity = 1 if amount_minor >= 0 else -1
    price_micros = minor_to_micros(abs(amount_minor), line.currency)
    return replace(
        line,
        quantity=quantity,
        unit_price_micros=price_micros,
        amount_minor=amount_minor,
        forgiven_minor=0,
    )


def _at_no_price(line: InvoiceLine) -> InvoiceLine:
    """The same, of what nobody had to pay."""
    return replace(line, unit_price_micros=0, amount_minor=0, forgiven_minor=line.amount_minor)


def _worth(line: InvoiceLine) -> int:
    """What can be taken back of a fee."""
    return line.worth_minor


def _quantity(line: InvoiceLine) -> int:
    """What can be taken back of sessions."""
    return line.quantity


def _discount(line: InvoiceLine) -> int:
    """What can be taken back of a discount."""
    return -line.worth_minor
