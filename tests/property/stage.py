"""Two bots of one account, everybody who does something to them, and faults wherever something is written."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from botmeter.domain.accounts import AutoReload
from botmeter.domain.audit import Actor
from botmeter.domain.changes import Change
from botmeter.domain.errors import BotmeterError, Conflict, StoreUnavailable
from botmeter.domain.events import Subject
from botmeter.domain.orders import Order, OrderStatus, PaymentMethod
from botmeter.domain.periods import to_ms
from botmeter.domain.plans import PlanVersion
from botmeter.domain.timeline import Kind, encode_mark, mark_instant_ms
from botmeter.ports.metering import MarkAddition
from botmeter.services.extend_plan import RequestKey
from tests.fakes.billing import FakeBilling
from tests.fakes.demo import ACCOUNT, PLANS, STANDARD, WELCOMING, bot, conversation
from tests.fakes.payments import notice
from tests.fakes.world import ADMIN, COLLEAGUE, NOW, OWNER, Died, World, die, euros

MINUTE = 60_000
ACME = ACCOUNT.account_id
BOTS = ("bot_a", "bot_b")
# A conversation of three sessions takes 60 euros: a few bring every limit near.
DEAR = replace(
    WELCOMING, usage_price_micros=20_000_000, free_credits_micros=100_000_000, free_credits_days=10
)
CHEAP = replace(STANDARD, usage_price_micros=10_000_000, rank=0)
CLERK = Actor("u-operator", "operator")
TRIES = 12


def _conflict() -> None:
    raise Conflict("somebody was faster")


def _no_answer() -> None:
    raise StoreUnavailable("no answer")


FAULTS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "conflict": _conflict,
    "no answer": _no_answer,
    "die": die,
}


@dataclass
class ObservedBilling(FakeBilling):
    """Counts, write by write, which conditions of a bot have begun: each is to be announced."""

    now: datetime = NOW
    held: dict[str, frozenset[str]] = field(default_factory=dict)
    begun: Counter[tuple[str, str]] = field(default_factory=Counter)

    def _apply(self, change: Change) -> None:
        super()._apply(change)
        if change.after.balance == change.before.balance:
            return
        bot_id, holds = change.after.bot.bot_id, change.after.funds(self.now).conditions()
        for condition in holds - self.held.get(bot_id, holds):
            self.begun[bot_id, condition] += 1
        self.held[bot_id] = holds


class Stage:
    """Where a script is played; one bot has paid by card. Who meets a fault comes again with the same key."""

    def __init__(self, second: PlanVersion = DEAR) -> None:
        self.billing = ObservedBilling()
        self.billing.accounts.known_plans |= {plan.ref: plan for plan in (*PLANS.values(), DEAR, CHEAP)}
        self.world = World([bot(DEAR, BOTS[0]), bot(second, BOTS[1])], self.billing)
        self.world.buy(100, now=self.now, bot_id=BOTS[0])
        self.talks: list[Subject] = []
        self.requests = self.rivals = 0

    @property
    def now(self) -> datetime:
        """The time of the play."""
        return self.billing.now

    def act(self, name: str, before: Sequence[str], after: Sequence[str], *arguments: object) -> None:
        """One step of a script, with faults before and after the writes that it makes."""
        self.requests += 1
        key = f"k-{self.requests}"
        self._disturb(before, after)
        step: Callable[..., None] = getattr(self, name)
        for _ in range(TRIES):
            try:
                step(key, *arguments)
            except (Died, Conflict, StoreUnavailable):
                continue
            except BotmeterError:
                break
            else:
                break
        self._disturb([], [])

    def _disturb(self, before: Sequence[str], after: Sequence[str]) -> None:
        """Let writes meet faults; payments and events are made, and then the process dies as well."""
        self.billing.meanwhile = [self._rival if fault == "rival" else FAULTS[fault] for fault in before]
        for place in (self.billing, self.world.cards, self.world.transfers, self.world.publisher):
            place.afterwards = [FAULTS[fault] for fault in after]

    def _rival(self) -> None:
        """Others do something between the read and the write of somebody: what they do is done whole."""
        waiting, self.billing.meanwhile = self.billing.meanwhile, []
        dying, self.billing.afterwards = self.billing.afterwards, []
        self.rivals += 1
        key, open_orders = f"r-{self.rivals}", [o for o in self.orders() if o.status is OrderStatus.PENDING]
        if self.rivals % 3 == 0:
            self.run(key)
        elif self.rivals % 3 == 1 and open_orders:
            self.world.pay.cancel(open_orders[0], CLERK, self.now)
        else:
            self.talk(key, BOTS[self.rivals % 2])
        self.billing.meanwhile, self.billing.afterwards = waiting, dying

    def wait(self, key: str, hours: int) -> None:
        self.billing.now += timedelta(hours=hours)

    def run(self, key: str) -> None:
        self.world.lifecycle(self.now)

    def top_up(self, key: str, bot_id: str, method: PaymentMethod, hundreds: int) -> None:
        self.world.add_funds(ADMIN, bot_id, euros(hundreds * 100), method, self.now, key=key)

    def pay(self, key: str, number: int, webhooks: int) -> None:
        """The payer of a card order pays, and the provider tells of it so many times."""
        order = self._order(number)
        if order is None or self.world.cards.payments.get(order.order_id) is None:
            return
        if self.world.cards.payments[order.order_id].status is OrderStatus.PENDING:
            self.world.cards.pay(order.order_id)
        if self.world.cards.payments[order.order_id].status is OrderStatus.PAID:
            for _ in range(webhooks):
                self.world.pay.take_notice(notice(order), self.now)

    def decide(self, key: str, number: int, word: str) -> None:
        """The operator confirms or declines an order, or the customer cancels it."""
        order = self._order(number)
        if order is None:
            return
        if word == "confirm":
            self.world.pay.confirm(order, CLERK, self.now)
        elif word == "decline":
            self.world.pay.decline(order, "nothing came", CLERK, self.now)
        else:
            self.world.pay.cancel(order, CLERK, self.now)

    def change_plan(self, key: str, bot_id: str, plan_id: str, method: PaymentMethod) -> None:
        self.world.change_plan(ADMIN, bot_id, plan_id, method, self.now, key=key)

    def keep_plan(self, key: str, bot_id: str) -> None:
        self.world.change_plan.cancel(ADMIN, bot_id, self.now)

    def extend(self, key: str, bot_id: str, days: int) -> None:
        """Asked for and decided: approved, unless it is for no days."""
        request = self.world.request_extension(ADMIN, bot_id, days or 1, "please", self.now, key=key)
        named = RequestKey(ACME, bot_id, request.request_id)
        if days:
            self.world.decide_extension.approve(named, days, "", CLERK, self.now)
        else:
            self.world.decide_extension.decline(named, "no", CLERK, self.now)

    def give(self, key: str, bot_id: str, owner: int) -> None:
        self.world.change_owner(ADMIN, bot_id, (OWNER, COLLEAGUE)[owner].user_id, self.now)

    def reload(self, key: str, bot_id: str, threshold: int) -> None:
        wanted = AutoReload(threshold * 100, 200_00) if threshold else None
        self.world.set_auto_reload(ADMIN, bot_id, wanted, self.now)

    def decline_cards(self, key: str, words: str) -> None:
        self.world.cards.declines = words

    def talk(self, key: str, bot_id: str) -> None:
        """Three sessions are held, and settled."""
        subject = conversation(key, bot_id)
        if subject not in self.talks:
            self.talks.append(subject)
        self._see(subject, [(minute, Kind.USER_MESSAGE) for minute in (0, 14, 28, 31)])

    def correct(self, key: str, number: int) -> None:
        """A late event tells that two of the three sessions were an agent's."""
        if self.talks:
            subject = self.talks[number % len(self.talks)]
            self._see(subject, [(1, Kind.AGENT_JOINED), (30, Kind.AGENT_LEFT)])

    def _see(self, subject: Subject, seen: Sequence[tuple[int, Kind]]) -> None:
        known = self.world.usage.timelines.get(subject)
        start = mark_instant_ms(min(known.marks)) if known else to_ms(self.now - timedelta(hours=2))
        marks = [encode_mark(start + minute * MINUTE, kind) for minute, kind in seen]
        self.world.usage.add_marks([MarkAddition(subject, marks, to_ms(self.now))])
        self.world.settle("all", to_ms(self.now))

    def come_to_rest(self) -> None:
        """Everything that is due is done, without faults, until nothing is due any more."""
        self.world.cards.declines = ""
        for _ in range(6):
            self.world.settle("all", to_ms(self.now))
            self.wait("", 1)
            self.run("")

    def orders(self) -> list[Order]:
        """All orders, as they were placed."""
        return list(self.billing.known_orders.values())

    def _order(self, number: int) -> Order | None:
        orders = self.orders()
        return orders[number % len(orders)] if orders else None
