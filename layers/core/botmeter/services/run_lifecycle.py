"""Run the lifecycle: what time alone brings about, payments nobody told about, and events to send."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from botmeter.domain.audit import SYSTEM
from botmeter.domain.changes import Draft
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.plans import PlanKind
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.billing import Agenda, BillingStore, EventPublisher, OrderRepository, Outbox
from botmeter.services.edit_bot import EditBot
from botmeter.services.pay_orders import PayOrders

# As much as a run does of each kind; the rest is the next minute's.
_PORTION = 500
_EVENTS = 100

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class LifecycleRun:
    """What a run did. `failed` things are tried again by the next one."""

    balances: int = 0
    accounts: int = 0
    orders: int = 0
    events: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class RunLifecycle:
    """Expiries, scheduled changes, payments and announcements. May die anywhere and run twice at once."""

    accounts: AccountRepository
    billing: BillingStore
    edit: EditBot
    agenda: Agenda
    orders: OrderRepository
    pay: PayOrders
    outbox: Outbox
    publisher: EventPublisher

    def __call__(self, now: datetime, out_of_time: Callable[[], bool] = lambda: False) -> LifecycleRun:
        """Do what is due at `now`, until `out_of_time`.

        Payments come last: a provider that does not answer may eat the time that is left, and holds up
        nothing else.
        """
        run, agenda = LifecycleRun(), self.agenda
        accounts = (self._account(account_id, now) for account_id in agenda.shared_credits_due(now))
        balances = (self._balance(*bot, now) for bot in agenda.balances_due(now))
        orders = (self._order(*order, now) for order in agenda.orders_due(now))
        _do(run, "accounts", accounts, out_of_time)
        _do(run, "balances", balances, out_of_time)
        self._send(run, out_of_time)
        _do(run, "orders", orders, out_of_time)
        if run.orders:
            self._send(run, out_of_time)
        return run

    def _order(self, account_id: str, order_id: str, now: datetime) -> Callable[[], object]:
        """Look a payment up."""
        return lambda: self.pay.look_up(self.orders.order(account_id, order_id), now)

    def _balance(self, account_id: str, bot_id: str, now: datetime) -> Callable[[], object]:
        """Bring the standing of a bot up to date."""
        return lambda: self._restand(account_id, bot_id, now)

    def _account(self, account_id: str, now: datetime) -> Callable[[], object]:
        """Bring the standings of all bots of an account up to date, since shared credits have changed."""

        def look() -> None:
            # Read before: what changes while the bots are looked at asks for another look.
            seen = self.billing.shared_credits(account_id)
            failed = 0
            for bot in self.accounts.bots(account_id):
                if any(phase.plan.kind is PlanKind.PREPAID for phase in bot.subscription.phases):
                    failed += not _try(self._balance(account_id, bot.bot_id, now))
            if failed:
                raise StoreUnavailable(f"{failed} bots of {account_id} were not looked at")
            self.agenda.shared_credits_seen(account_id, seen, seen.wallet.next_expiry(now))

        return look

    def _restand(self, account_id: str, bot_id: str, now: datetime) -> None:
        """Take off what has expired and write down how the bot stands, if that has changed."""
        self.edit(self.edit.state(account_id, bot_id), SYSTEM, now, _nothing)

    def _send(self, run: LifecycleRun, out_of_time: Callable[[], bool]) -> None:
        """Send the events that wait, as long as all of them arrive."""

        def send() -> None:
            while not out_of_time() and (events := self.outbox.waiting(_EVENTS)):
                arrived = self.publisher.publish(events)
                self.outbox.sent(arrived)
                run.events += len(arrived)
                if len(arrived) < len(events):
                    raise StoreUnavailable(f"{len(events) - len(arrived)} events were not taken by the bus")

        run.failed += not _try(send)


def _do(
    run: LifecycleRun, name: str, tasks: Iterable[Callable[[], object]], out_of_time: Callable[[], bool]
) -> None:
    """Do tasks of a kind until `out_of_time`, and count them."""
    for task in islice(tasks, _PORTION):
        if out_of_time():
            return
        done = _try(task)
        run.failed += not done
        setattr(run, name, getattr(run, name) + done)


def _nothing(_: Draft) -> None:
    """No operation: what follows from time alone is in every change."""


def _try(task: Callable[[], object]) -> bool:
    """Whether a task was done; one that fails does not hold up the others."""
    try:
        task()
    except Exception:
        _logger.exception("a task of the lifecycle failed")
        return False
    return True
