"""What holds of fees, whatever plans are chosen and whenever invoices are made."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.accounts import Bot
from botmeter.domain.billed import BilledLine
from botmeter.domain.drafts import bot_lines
from botmeter.domain.fees import fees_of
from botmeter.domain.invoices import InvoiceLine
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plan_changes import change_plan, plan_change
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import Rates
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.tax import Tax, TaxCategory
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import draft, state

PREMIUM = replace(ADVANCED, plan_id="premium", monthly_fee_micros=333_333_333, rank=4)
VAT = Tax(TaxCategory.STANDARD, 1_900, "DE")
PLANS = [STANDARD, ESSENTIAL, ADVANCED, PREMIUM]

wait = st.tuples(st.just("wait"), st.integers(1, 45 * 24))
choose = st.tuples(st.just("choose"), st.integers(0, len(PLANS) - 1))
bill = st.tuples(st.just("bill"), st.just(0))
steps = st.lists(st.one_of(wait, choose, choose, bill), min_size=3, max_size=25)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


class World:
    """A bot whose admin changes plans, and whose account is billed now and then."""

    def __init__(self, first: PlanVersion, currency: str) -> None:
        self.account = replace(ACCOUNT, currency=currency)
        self.plans = [replace(plan, currency=currency) for plan in PLANS]
        self.bot: Bot = replace(
            bot(ESSENTIAL), subscription=Subscription.begin(replace(first, currency=currency), SINCE)
        )
        self.now: datetime = SINCE + timedelta(hours=9)
        self.ordered = 0
        self.lines: list[InvoiceLine] = []
        self.period: BillingPeriod = self.account.first_period

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def choose(self, number: int) -> None:
        change_draft = draft(replace(state(self.bot), account=self.account), self.now)
        change = plan_change(change_draft, self.plans[number])
        change_plan(change_draft, change)
        self.bot = change_draft.bot
        self.ordered += change.fee.amount_minor if change.fee is not None else 0

    def bill(self, _: int = 0) -> None:
        """Invoices of all periods that have ended, in order, as late as it may be."""
        while self.period.end(self.account.calendar) <= self.now:
            rates = Rates(self.bot, self.account.calendar, lambda _: VAT)
            months, billed = self.months()[:-1], map(BilledLine, self.lines)
            self.lines += bot_lines(rates, [], {}, months, billed, fees_from=months[0])
            self.period = self.period.next()

    def months(self) -> list[BillingPeriod]:
        """The months since the beginning, and the one after the period."""
        months = [self.account.first_period]
        while months[-1] <= self.period:
            months.append(months[-1].next())
        return months


def play(world: World, script: list[tuple[str, int]]) -> None:
    for name, argument in script:
        getattr(world, name)(argument)
    world.now = max(world.now, world.period.end(world.account.calendar))
    world.bill()


@given(st.sampled_from([TRIAL, *PLANS]), currencies, steps)
def test_invoices_charge_each_month_once(
    first: PlanVersion, currency: str, script: list[tuple[str, int]]
) -> None:
    """What fees and prorations have charged is what the months cost, to the minor unit; orders less."""
    world = World(first, currency)
    play(world, script)
    charged = sum(line.amount_minor for line in world.lines)

    billed_months, calendar = world.months()[:-1], world.account.calendar
    costs = [fee.amount_minor for m in billed_months for fee in fees_of(world.bot.subscription, m, calendar)]
    assert charged == sum(costs) >= world.ordered
    assert all(line.unit_price_micros >= 0 for line in world.lines)


@given(st.sampled_from([TRIAL, *PLANS]), steps)
def test_no_month_costs_more_than_its_dearest_plan(first: PlanVersion, script: list[tuple[str, int]]) -> None:
    """However often the plan changes in a month, its fees are those of one plan a day."""
    world = World(first, "EUR")
    play(world, script)

    for month in world.months():
        fees = fees_of(world.bot.subscription, month, world.account.calendar)
        assert sum(fee.days for fee in fees) <= month.last_day.day
        assert sum(fee.price_micros for fee in fees) <= PREMIUM.monthly_fee_micros
