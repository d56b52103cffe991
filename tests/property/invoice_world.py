"""An account whose bots are used, change plans and are billed, while payments fail and invoices are void."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from botmeter.domain.audit import SYSTEM
from botmeter.domain.billed import Billed, counted
from botmeter.domain.errors import Refused
from botmeter.domain.fees import fees_of
from botmeter.domain.invoices import Invoice, InvoiceStatus, IssuedInvoice, LineKind, PaymentSource
from botmeter.domain.money import round_to_minor
from botmeter.domain.orders import OrderStatus
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.ports.invoices import BillingRequest
from tests.fakes.demo import ACCOUNT, ADVANCED, ESSENTIAL, PLANS, SINCE, STANDARD, bot
from tests.fakes.desk import Desk
from tests.fakes.world import ADMIN, OPERATOR, TRANSFER, World

ACME, CALENDAR = ACCOUNT.account_id, ACCOUNT.calendar
BOTS = ("bot_a", "bot_b")
# Prices that do not come out even.
CHOICES = (STANDARD, ESSENTIAL, replace(ADVANCED, usage_price_micros=33_333))
# A draft looks back on so many periods: histories are no longer.
LAST = BillingPeriod(2027, 2)

Key = tuple[str, str, Unit, BillingPeriod]


class InvoiceWorld:
    """Steps of a history; each takes two numbers, of which it makes what it needs."""

    def __init__(self) -> None:
        self.desk = Desk(World([bot(STANDARD, BOTS[0]), bot(ESSENTIAL, BOTS[1])]))
        self.desk.world.accounts.known_plans |= {plan.ref: plan for plan in CHOICES}
        self.now: datetime = SINCE + timedelta(hours=9)
        self.requests = 0

    @property
    def open_period(self) -> BillingPeriod:
        """The first period that is not billed."""
        return max(self.desk.invoices.billing(ACME).periods, default=ACCOUNT.first_period.previous()).next()

    def wait(self, days: int, hours: int) -> None:
        """Time passes, and what is due is billed; not beyond what a draft can look back on."""
        self.now = min(self.now + timedelta(days=days % 40, hours=hours), LAST.end(CALENDAR))
        while due := [r for r in self.desk.find(self.now) if r.account_id == ACME]:
            issued = self.desk.issue_invoice(replace(due[0], approved=True), self.now)
            if issued is not None:
                self._check_issued(issued.invoice)

    def use(self, number: int, count: int) -> None:
        """Sessions of some day until now; or they turn out not to have been."""
        bot_id = BOTS[number % 2]
        day = CALENDAR.day(self.now) - timedelta(days=number % 45)
        day = max(day, ACCOUNT.first_period.first_day)
        plan = self._plan(bot_id, number)
        key, bucket = TotalKey(day, plan), Bucket(Unit.ALERT if number % 3 == 0 else Unit.USAGE, number % 24)
        usage = self.desk.world.usage
        count = max(count, -usage.counts[bot_id, key, bucket])
        usage.counts[bot_id, key, bucket] += count
        price = PLANS[STANDARD.ref].debit_micros(bucket.unit, count) if plan == STANDARD.ref else 0
        # Free credits have paid all of it, or a part, or nothing.
        usage.free_micros[bot_id, key] += price * (number % 4) // 3

    def _plan(self, bot_id: str, number: int) -> str:
        """A plan that the bot has had by now."""
        phases = self.desk.world.bot(bot_id).subscription.phases
        started = [phase.plan.ref for phase in phases if phase.starts_at <= self.now] or [phases[0].plan.ref]
        return started[number % len(started)]

    def choose(self, number: int, plan: int) -> None:
        """Another plan, up or down."""
        self.requests += 1
        chosen = CHOICES[plan % len(CHOICES)].plan_id
        try:
            self.desk.world.change_plan(
                ADMIN, BOTS[number % 2], chosen, TRANSFER, self.now, key=f"k-{self.requests}"
            )
        except Refused:
            return

    def decide(self, number: int, fails: int) -> None:
        """The payment of an order comes, or never will."""
        orders = [o for o in self._orders() if o.status is OrderStatus.PENDING]
        if orders and fails % 2:
            self.desk.world.pay.decline(orders[number % len(orders)], "nothing came", SYSTEM, self.now)
        elif orders:
            self.desk.world.pay.confirm(orders[number % len(orders)], SYSTEM, self.now)

    def void(self, number: int, _: int) -> None:
        """An invoice turns out to be wrong."""
        standing = [one for one in self.standing() if one.status is not InvoiceStatus.VOID]
        if standing:
            name = standing[number % len(standing)].invoice.number
            self.desk.correct.void(OPERATOR, name, "wrong", self.now)

    def regenerate(self, number: int, _: int) -> None:
        """A void invoice is made anew."""
        void = [one.invoice for one in self.standing() if one.status is InvoiceStatus.VOID]
        if void:
            old = void[number % len(void)]
            request = BillingRequest(ACME, old.period, self.now, replaces=old.number, approved=True)
            issued = self.desk.issue_invoice(request, self.now)
            assert issued is not None
            assert issued.invoice.replaces == old.number
            self._check_issued(issued.invoice)

    def standing(self) -> list[IssuedInvoice]:
        """Invoices that nothing has replaced, by number."""
        found = sorted(self.desk.invoices.issued.items())
        return [one for _, one in found if not one.replaced_by]

    def billed(self) -> list[Billed]:
        """What these have billed, with what would be billed for the open period now."""
        draft = self.desk.draft(ACME, self.open_period, self.now)
        return [*counted(self.standing()), Billed(draft.invoice)]

    def _orders(self) -> Iterable:  # type: ignore[type-arg]
        return self.desk.world.orders.of_account(ACME)

    def check(self) -> None:
        """What holds after every step: all that is billed, and would be now, is all that there is.

        What nobody has to pay counts as what it is worth; void invoices have given their payments back.
        """
        billed, period = self.billed(), self.open_period
        invoices = [one.invoice for one in billed]
        assert quantities(invoices) == self._used(period)
        assert worth(invoices, LineKind.FEE, LineKind.PRORATION) == self._fees(period)
        assert applied(billed, PaymentSource.ORDER) == self._ordered(period)
        assert worth(invoices, LineKind.FREE_CREDITS) == -self._free(period)
        prepaid = sum(line.worth_minor for one in invoices for line in one.lines if line.prepaid)
        assert applied(billed, PaymentSource.BALANCE) == prepaid
        self._check_credits(billed)
        self._check_numbers()

    def _check_credits(self, billed: Iterable[Billed]) -> None:
        """What is in the customer's favour is taken off once, and never more of it than there is."""
        taken: Counter[str] = Counter()
        for payment in (payment for one in billed for payment in one.applied):
            if payment.source is PaymentSource.CREDIT:
                taken[payment.reference] += payment.amount_minor
        left = {one.invoice.number: one.credit_minor for one in self.desk.invoices.issued.values()}
        assert all(0 <= amount <= left[number] for number, amount in taken.items() if not self._void(number))

    def _void(self, number: str) -> bool:
        return self.desk.invoices.issued[number].status is InvoiceStatus.VOID

    def _check_issued(self, invoice: Invoice) -> None:
        """What holds of each invoice, and right after it was issued."""
        assert self.desk.draft(ACME, invoice.period, self.now).is_empty
        counts: Counter[Key] = Counter()
        for total in invoice.totals:
            counts[total.bot_id, total.plan, total.unit, BillingPeriod.of_day(total.day)] += total.sessions
        assert nonzero(counts) == quantities([invoice])

    def _check_numbers(self) -> None:
        """Numbers have no gaps, and each billed period has its one standing invoice, or none to have."""
        by_year: dict[str, list[int]] = {}
        for number in self.desk.invoices.issued:
            prefix, _, sequence = number.rpartition("-")
            by_year.setdefault(prefix, []).append(int(sequence))
        assert all(sorted(found) == list(range(1, len(found) + 1)) for found in by_year.values())
        named = {p: number for p, number in self.desk.invoices.billing(ACME).periods.items() if number}
        assert named == {one.invoice.period: one.invoice.number for one in self.standing()}
        assert len(named) == len(self.standing())

    def _used(self, last: BillingPeriod) -> dict[Key, int]:
        counts: Counter[Key] = Counter()
        for (bot_id, key, bucket), count in self.desk.world.usage.counts.items():
            period = BillingPeriod.of_day(key.day)
            if period <= last:
                counts[bot_id, key.plan, bucket.unit, period] += count
        return nonzero(counts)

    def _fees(self, period: BillingPeriod) -> int:
        """What the plans cost until the period after `period`."""
        subscriptions = [self.desk.world.bot(bot_id).subscription for bot_id in BOTS]
        fees = (fees_of(s, p, CALENDAR) for p in periods_until(period.next()) for s in subscriptions)
        return sum(fee.amount_minor for of_period in fees for fee in of_period)

    def _ordered(self, period: BillingPeriod) -> int:
        """What orders that have not failed ask for of these."""
        fees = [order.fee for order in self._orders() if order.status is not OrderStatus.FAILED]
        return sum(fee.amount_minor for fee in fees if fee is not None and fee.month <= period.next())

    def _free(self, last: BillingPeriod) -> int:
        """What free credits take off, by bot, plan and period: from nothing to the price."""
        free: Counter[tuple[str, str, BillingPeriod]] = Counter()
        for (bot_id, key), micros in self.desk.world.usage.free_micros.items():
            free[bot_id, key.plan, BillingPeriod.of_day(key.day)] += micros
        charged: Counter[tuple[str, str, BillingPeriod]] = Counter()
        for (bot_id, ref, unit, period), count in self._used(last).items():
            plan = self.desk.world.accounts.plan(ref)
            if plan.kind is PlanKind.PREPAID:
                charged[bot_id, ref, period] += round_to_minor(count * plan.price_micros(unit), "EUR")
        return sum(min(round_to_minor(free[key], "EUR"), price) for key, price in charged.items())


def periods_until(last: BillingPeriod) -> Iterator[BillingPeriod]:
    """The account's periods, from its first."""
    period = ACCOUNT.first_period
    while period <= last:
        yield period
        period = period.next()


def quantities(invoices: Iterable[Invoice]) -> dict[Key, int]:
    """Sessions that lines bill, by bot, plan version, unit and service period."""
    counts: Counter[Key] = Counter()
    for line in (line for one in invoices for line in one.lines):
        if line.kind.unit is not None:
            counts[line.bot_id, line.plan, line.kind.unit, line.service_period] += line.quantity
    return nonzero(counts)


def worth(invoices: Iterable[Invoice], *kinds: LineKind) -> int:
    """What lines of some kinds come to, whether or not anybody has to pay them."""
    return sum(line.worth_minor for one in invoices for line in one.lines if line.kind in kinds)


def applied(billed: Iterable[Billed], source: PaymentSource) -> int:
    """What a source has paid."""
    return sum(p.amount_minor for one in billed for p in one.applied if p.source is source)


def nonzero(counts: Counter[Key]) -> dict[Key, int]:
    """The counts that are not zero."""
    return {key: count for key, count in counts.items() if count}
