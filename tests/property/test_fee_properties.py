"""What holds of fees, whatever plans are chosen and whenever invoices are made."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from botmeter.domain.accounts import Bot
from botmeter.domain.fees import fees_of
from botmeter.domain.invoices import InvoiceLine
from botmeter.domain.orders import Order, OrderKind, OrderStatus
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plan_changes import change_plan, plan_change
from botmeter.domain.plans import PlanVersion
from botmeter.domain.rating import rate_fees
from botmeter.domain.subscriptions import Subscription
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, SINCE, STANDARD, TRIAL, bot
from tests.fakes.states import draft, funds_order, state

PREMIUM = replace(ADVANCED, plan_id="premium", monthly_fee_micros=333_333_333, rank=4)
PLANS = [STANDARD, ESSENTIAL, ADVANCED, PREMIUM]

wait = st.tuples(st.just("wait"), st.integers(1, 45 * 24))
choose = st.tuples(st.just("choose"), st.integers(0, len(PLANS) - 1))
fail = st.tuples(st.just("fail"), st.integers(0, 3))
bill = st.tuples(st.just("bill"), st.just(0))
steps = st.lists(st.one_of(wait, choose, choose, fail, bill), min_size=3, max_size=25)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


class World:
    """A bot whose admin changes plans, whose payments fail, and whose account is billed now and then."""

    def __init__(self, first: PlanVersion, currency: str) -> None:
        self.account = replace(ACCOUNT, currency=currency)
        self.plans = [replace(plan, currency=currency) for plan in PLANS]
        self.bot: Bot = replace(
            bot(ESSENTIAL), subscription=Subscription.begin(replace(first, currency=currency), SINCE)
        )
        self.now: datetime = SINCE + timedelta(hours=9)
        self.orders: list[Order] = []
        self.lines: list[InvoiceLine] = []
        self.period: BillingPeriod = self.account.first_period

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def choose(self, number: int) -> None:
        change_draft = draft(replace(state(self.bot), account=self.account), self.now)
        change = plan_change(change_draft, self.plans[number])
        change_plan(change_draft, change)
        self.bot = change_draft.bot
        if change.fee is not None:
            facts = {"kind": OrderKind.PLAN_CHANGE, "bot_id": self.bot.bot_id, "fee": change.fee}
            order = funds_order(order_id=f"ord-{len(self.orders)}", **facts)  # type: ignore[arg-type]
            amount_minor = change.fee.amount_minor
            self.orders.append(replace(order, amount_minor=amount_minor, currency=self.account.currency))

    def fail(self, number: int) -> None:
        """A payment fails, or (every other one) turns out to be made."""
        waiting = [n for n, order in enumerate(self.orders) if order.status is OrderStatus.PENDING]
        if number < len(waiting):
            order = self.orders[waiting[number]]
            self.orders[waiting[number]] = (
                order.failed("declined", self.now) if number % 2 == 0 else order.paid(self.now)
            )

    def bill(self, _: int = 0) -> None:
        """Invoices of all periods that have ended, in order, as late as it may be."""
        while self.period.end(self.account.calendar) <= self.now:
            self.lines += rate_fees(self.bot, self.months(), self.account.calendar, self.lines, self.orders)
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
def test_invoices_and_orders_charge_each_month_once(
    first: PlanVersion, currency: str, script: list[tuple[str, int]]
) -> None:
    """What fee lines and orders that stand have charged is what the months cost, to the minor unit."""
    world = World(first, currency)
    play(world, script)
    standing = [order for order in world.orders if order.status is not OrderStatus.FAILED]
    charged = sum(line.amount_minor for line in world.lines) + sum(o.amount_minor for o in standing)

    billed_months, calendar = world.months()[:-1], world.account.calendar
    costs = [fee.amount_minor for m in billed_months for fee in fees_of(world.bot.subscription, m, calendar)]
    assert charged == sum(costs)


@given(st.sampled_from([TRIAL, *PLANS]), steps)
def test_no_month_costs_more_than_its_dearest_plan(first: PlanVersion, script: list[tuple[str, int]]) -> None:
    """However often the plan changes in a month, its fees are those of one plan a day."""
    world = World(first, "EUR")
    play(world, script)

    for month in world.months():
        fees = fees_of(world.bot.subscription, month, world.account.calendar)
        assert sum(fee.days for fee in fees) <= month.last_day.day
        assert sum(fee.price_micros for fee in fees) <= PREMIUM.monthly_fee_micros
