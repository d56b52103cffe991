"""Two bots of an account, whose billing many people change at once, and some of whose writes are lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from botmeter.domain.accounts import AutoReload
from botmeter.domain.audit import SYSTEM
from botmeter.domain.balances import Balance
from botmeter.domain.changes import BotState, Change, Draft
from botmeter.domain.debits import BalanceChange
from botmeter.domain.errors import Conflict, Refused
from botmeter.domain.extensions import ExtensionRequest
from botmeter.domain.orders import Order, OrderStatus
from botmeter.domain.payments import fail, pay, place, reload
from botmeter.domain.plan_changes import (
    change_plan,
    decide_extension,
    extendable_until,
    plan_change,
    request_extension,
)
from tests.fakes.billing import FakeBilling
from tests.fakes.demo import ACCOUNT, ESSENTIAL, SINCE, TRIAL, WELCOMING, bot
from tests.fakes.states import EURO, funds_order

PRICE = 200_000
# Small enough for settlements to burn it down.
GENEROUS = replace(WELCOMING, free_credits_micros=10 * EURO, free_credits_days=9, low_balance_micros=3 * EURO)
PLANS = [GENEROUS, replace(GENEROUS, plan_id="lesser", low_balance_micros=0, rank=0), ESSENTIAL]
BOTS = ["bot_a", "bot_b"]

Operation = Callable[[Draft], None]
Check = Callable[[Change], None]


@dataclass
class BillingWorld:
    """A store, a clock, and what was to be announced. `check` sees every change that is written."""

    check: Check
    billing: FakeBilling = field(default_factory=FakeBilling)
    now: datetime = SINCE
    begun: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: int = 0

    def __post_init__(self) -> None:
        """One bot begins with a trial, the other with credits for both."""
        for bot_id, plan in zip(BOTS, (TRIAL, GENEROUS), strict=True):
            state = BotState(ACCOUNT, bot(plan, bot_id), Balance(), self.billing.shared_credits("acct_acme"))
            self.write(Draft(state, self.now, SYSTEM).done())

    def state(self, bot_id: str) -> BotState:
        return self.billing.state(ACCOUNT, bot_id)

    def drafted(self, bot_id: str, operation: Operation) -> Change:
        draft = Draft(self.state(bot_id), self.now, SYSTEM)
        operation(draft)
        reload(draft)
        return draft.done()

    def write(self, change: Change) -> None:
        """Save a change, and take down which conditions begin with it."""
        self.billing.save(change)
        before, after = change.before.balance.standing, change.after.balance.standing
        if before.entitlements:
            bot_id = change.after.bot.bot_id
            self.begun.update((bot_id, name) for name in after.conditions - before.conditions)
        self.check(change)

    def edit(self, bot_id: str, operation: Operation, fault: str = "") -> None:
        """Change a bot; `lost` if somebody else is faster, `twice` if the answer is lost, not the write."""
        change = self.drafted(bot_id, operation)
        if fault == "lost":
            self.billing.meanwhile.append(lambda: self.write(self.drafted(BOTS[0], self.one_session())))
        try:
            self.write(change)
        except Conflict:
            self.write(change := self.drafted(bot_id, operation))
        finally:
            self.billing.meanwhile.clear()
        if fault == "twice" and not change.is_empty:
            with refused():
                self.billing.save(change)

    def one_session(self) -> Operation:
        self.steps += 1
        reference = f"s-{self.steps}"
        return lambda draft: draft.use(BalanceChange(PRICE, 1, 0), reference)

    def use(self, bot_id: str, sessions: int, fault: str, alerts: int = 0) -> None:
        """A settlement; negative sessions are a correction of no more than there were."""
        used = self.state(bot_id).balance.usage_sessions
        sessions = max(sessions, -used)
        self.steps += 1
        change = BalanceChange(sessions * PRICE + alerts * PRICE // 4, sessions, alerts)
        reference = f"s-{self.steps}"
        self.edit(bot_id, lambda draft: draft.use(change, reference), fault)

    def order(self, bot_id: str, euros: int, fault: str) -> None:
        """Funds are ordered."""
        self.steps += 1
        order = replace(funds_order(abs(euros) + 1, f"ord-{self.steps}", bot_id=bot_id), ordered_at=self.now)
        self.edit(bot_id, lambda draft: place(draft, order), fault)

    def pay(self, bot_id: str, _: int, fault: str) -> None:
        """The oldest open order is paid; a webhook tells so again."""
        for order in self.open_orders(bot_id)[:1]:
            self.edit(bot_id, lambda draft, paid=order: pay(draft, paid), fault)  # type: ignore[misc]
            with refused():
                self.edit(bot_id, lambda draft, paid=order: pay(draft, paid))  # type: ignore[misc]

    def fail(self, bot_id: str, _: int, fault: str) -> None:
        """The payment of the oldest open order fails."""
        for order in self.open_orders(bot_id)[:1]:
            self.edit(bot_id, lambda draft, lost=order: fail(draft, lost, "declined"), fault)  # type: ignore[misc]

    def open_orders(self, bot_id: str) -> list[Order]:
        orders = [o for o in self.billing.known_orders.values() if o.bot_id == bot_id]
        return [o for o in orders if o.status is OrderStatus.PENDING]

    def extend(self, bot_id: str, days: int, fault: str) -> None:
        """An extension is asked for and approved, where there is something to extend."""
        self.steps += 1
        request = ExtensionRequest(
            f"ext-{self.steps}", ACCOUNT.account_id, bot_id, 9, "please", self.now, "u-owner"
        )
        if extendable_until(self.state(bot_id).funds(self.now)) is None:
            return
        self.edit(bot_id, lambda draft: request_extension(draft, request))
        try:
            approved = request.approved(1 + abs(days), "", "u-op", self.now)
            self.edit(bot_id, lambda draft: decide_extension(draft, approved), fault)
        except Refused:
            # Who was faster has used the credits up.
            declined = request.declined("nothing left to extend", "u-op", self.now)
            self.edit(bot_id, lambda draft: decide_extension(draft, declined))

    def plan(self, bot_id: str, number: int, fault: str) -> None:
        """Another plan is chosen."""
        plan = PLANS[number % len(PLANS)]
        self.edit(bot_id, lambda draft: change_plan(draft, plan_change(draft, plan)), fault)

    def reloads(self, bot_id: str, euros: int, fault: str) -> None:
        """Auto-reload is switched on."""
        wanted = AutoReload(abs(euros) * 100, (1 + abs(euros)) * 100)

        def operation(draft: Draft) -> None:
            draft.bot = replace(draft.bot, auto_reload=wanted)

        self.edit(bot_id, operation, fault)

    def wait(self, _: str, hours: int, fault: str) -> None:
        """Time passes, and perhaps somebody looks at what it made of the bots."""
        self.now += timedelta(hours=abs(hours) * 5)
        if fault:
            self.sweep()

    def sweep(self) -> None:
        """What the lifecycle does: looks at bots that are due, and at all bots where the account is."""
        seen = self.billing.shared_credits(ACCOUNT.account_id)
        due = {bot_id for _, bot_id in self.billing.balances_due(self.now)}
        if list(self.billing.shared_credits_due(self.now)):
            due = set(BOTS)
        for bot_id in sorted(due):
            self.edit(bot_id, lambda _: None)
        self.billing.shared_credits_seen(ACCOUNT.account_id, seen, seen.wallet.next_expiry(self.now))


@contextmanager
def refused() -> Iterator[None]:
    """What was done already is refused."""
    try:
        yield
    except Conflict:
        return
    raise AssertionError("it was done twice")
