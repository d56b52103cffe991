"""What reconciling expects on invoices is what the rating puts there, whatever was used."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.periods import BillingPeriod, days_between
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import Rates, Use, rate_sessions
from botmeter.domain.sessions import Unit
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.tax import Tax, TaxCategory
from botmeter_cli.reconcile.charges import Charges
from botmeter_cli.reconcile.differences import Measure, Place
from botmeter_cli.reconcile.plans import days_on
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, PLANS, SINCE, STANDARD, TRIAL, bot

OCTOBER = BillingPeriod(2026, 10)
BOUNDS = [
    ACCOUNT.calendar.start_of_day(day) for day in days_between(OCTOBER.first_day, OCTOBER.next().first_day)
]
BOT = bot(STANDARD)
MEASURES = {
    LineKind.INCLUDED_USAGE: Measure.INCLUDED_USAGE,
    LineKind.USAGE: Measure.USAGE,
    LineKind.INCLUDED_ALERTS: Measure.INCLUDED_ALERT,
    LineKind.ALERTS: Measure.ALERT,
}
hours = st.integers(0, 40 * 24)
plans = st.sampled_from([ADVANCED, ESSENTIAL, STANDARD, TRIAL])
changes = st.lists(st.tuples(hours, plans), max_size=4)
uses = st.dictionaries(
    st.tuples(st.sampled_from(sorted(set(PLANS) - {"enterprise@1"})), st.sampled_from(Unit)),
    st.integers(-3, 120),
)
paid_by_credits = st.dictionaries(st.sampled_from(sorted(PLANS)), st.integers(-2_000_000, 20_000_000))


def subscribed(first: int, changed: list[tuple[int, PlanVersion]]) -> Subscription:
    """A bot that has begun at an hour and changed its plan at others."""
    subscription = Subscription.begin(TRIAL, SINCE + timedelta(hours=first))
    for hour, plan in sorted(changed, key=lambda change: change[0]):
        at = SINCE + timedelta(hours=hour)
        subscription = subscription.changed(plan, at, at)
    return subscription


def place(line: InvoiceLine, measure: Measure) -> Place:
    return Place(line.bot_id, measure, line.plan, OCTOBER.label)


@given(hours, changes, uses, paid_by_credits)
def test_charges_are_those_of_the_rating(
    first: int,
    changed: list[tuple[int, PlanVersion]],
    used: dict[tuple[str, Unit], int],
    paid: dict[str, int],
) -> None:
    """Included, charged, and what free credits take off; with plans that change within a day, or end."""
    rated_bot = replace(BOT, subscription=subscribed(first, changed))
    rates = Rates(rated_bot, ACCOUNT.calendar, lambda _: Tax(TaxCategory.STANDARD, 1900, "DE"))
    sessions = {key: count for key, count in used.items() if count}
    lines = rate_sessions(rates, Use(sessions, paid), PLANS, OCTOBER)
    charges = Charges(
        {
            Place(BOT.bot_id, Measure(unit.value), plan, OCTOBER.label): count
            for (plan, unit), count in used.items()
        },
        OCTOBER.days,
        PLANS.__getitem__,
        lambda _, plan: days_on(rated_bot, plan, BOUNDS),
    )
    free = charges.free_credits(
        {Place(BOT.bot_id, Measure.FREE_CREDITS, ref, OCTOBER.label): paid.get(ref, 0) for ref in PLANS}
    )

    assert {at: n for at, n in charges.by_kind().items() if n} == {
        place(line, MEASURES[line.kind]): line.quantity for line in lines if line.kind in MEASURES
    }
    assert {at: n for at, n in free.items() if n} == {
        place(line, Measure.FREE_CREDITS): line.amount_minor
        for line in lines
        if line.kind is LineKind.FREE_CREDITS
    }
