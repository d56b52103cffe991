"""The billing table in memory, with the conditions that the real one has."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.balances import Balance, SharedCredits
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import LedgerEntry
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.extensions import ExtensionStatus
from botmeter.domain.orders import Order, OrderStatus
from botmeter.domain.outgoing import OutgoingEvent
from botmeter.ports.billing import Page
from tests.fakes.accounts import BotKey, FakeAccounts

Item = TypeVar("Item")
Step = Callable[[], object]
_PENDING = ExtensionStatus.PENDING


@dataclass
class FakeBilling:
    """States of bots, what is due of them, and what was appended: ledgers, orders, audit entries, events.

    Each write first calls the first of `meanwhile` and drops it: what others do between the read and the
    write. After it was written it does the same with `afterwards`: where a process may die.
    """

    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    known_balances: dict[BotKey, Balance] = field(default_factory=dict)
    known_shared: dict[str, SharedCredits] = field(default_factory=dict)
    ledgers: dict[BotKey, list[LedgerEntry]] = field(default_factory=dict)
    known_orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    looks: dict[str, datetime] = field(default_factory=dict)
    trail: list[AuditEntry] = field(default_factory=list)
    outbox: list[OutgoingEvent] = field(default_factory=list)
    announced: list[OutgoingEvent] = field(default_factory=list)
    meanwhile: list[Step] = field(default_factory=list)
    afterwards: list[Step] = field(default_factory=list)
    writes: int = 0

    def state(self, account: Account, bot_id: str) -> BotState:
        bot = self.accounts.bot(account.account_id, bot_id)
        balance = self.known_balances.get((account.account_id, bot_id), Balance())
        return BotState(account, bot, balance, self.shared_credits(account.account_id))

    def save(self, change: Change) -> None:
        if not change.is_empty:
            with self.transaction(change):
                pass

    @contextmanager
    def transaction(self, change: Change) -> Iterator[None]:
        """Write `change` with whatever else is written inside, unless that raises."""
        take_step(self.meanwhile)
        self._check(change)
        yield
        self._apply(change)
        take_step(self.afterwards)

    def balance(self, account_id: str, bot_id: str) -> Balance:
        if (account_id, bot_id) not in self.known_balances:
            raise NotFound(f"there is no bot {bot_id}")
        return self.known_balances[account_id, bot_id]

    def balances(self, account_id: str) -> Mapping[str, Balance]:
        return {bot_id: b for (of, bot_id), b in self.known_balances.items() if of == account_id}

    def shared_credits(self, account_id: str) -> SharedCredits:
        return self.known_shared.get(account_id, SharedCredits())

    def ledger(self, account_id: str, bot_id: str, limit: int, cursor: str | None) -> Page[LedgerEntry]:
        return page(self.ledgers.get((account_id, bot_id), []), limit, cursor)

    def balances_due(self, now: datetime) -> Iterator[BotKey]:
        changes = [(b.standing.next_change_at, key) for key, b in self.known_balances.items()]
        return iter([key for at, key in changes if at is not None and at <= now])

    def shared_credits_due(self, now: datetime) -> Iterator[str]:
        return iter(
            [name for name, s in self.known_shared.items() if s.due_at is not None and s.due_at <= now]
        )

    def shared_credits_seen(self, account_id: str, seen: SharedCredits, due_at: datetime | None) -> None:
        known = self.known_shared.get(account_id)
        if known is not None and known.revision == seen.revision:
            self.known_shared[account_id] = replace(known, due_at=due_at)

    def orders_due(self, now: datetime) -> Iterator[tuple[str, str]]:
        pending = [key for key, o in self.known_orders.items() if o.status is OrderStatus.PENDING]
        return iter([(account_id, name) for account_id, name in pending if self.looks[name] <= now])

    def order_seen(self, order: Order, due_at: datetime) -> None:
        if self.known_orders[order.account_id, order.order_id].status is OrderStatus.PENDING:
            self.looks[order.order_id] = due_at

    def pending_extensions(self) -> Iterator[Bot]:
        bots = self.accounts.known_bots.values()
        waiting = [
            (b.extension.requested_at, b) for b in bots if b.extension and b.extension.status is _PENDING
        ]
        return iter([bot for _, bot in sorted(waiting, key=lambda pair: pair[0])])

    def waiting(self, limit: int) -> list[OutgoingEvent]:
        return self.outbox[:limit]

    def sent(self, events: Iterable[OutgoingEvent]) -> None:
        self.outbox = [event for event in self.outbox if event not in list(events)]

    def _check(self, change: Change) -> None:
        """Raise `Conflict` unless all that is changed is as it was read."""
        before, after = change.before, change.after
        now = self._stored(after)
        for was, will, stored in (
            (before.bot, after.bot, now.bot),
            (before.balance, after.balance, now.balance),
            (before.shared, after.shared, now.shared),
        ):
            assert (was != will) == (was.revision != will.revision), "what is changed has a new revision"
            if was.revision not in {will.revision, stored.revision if stored else 0}:
                raise Conflict("somebody else changed the bot's billing first")
        if any((o.account_id, o.order_id) in self.known_orders for o in change.placed):
            raise Conflict("the order exists")
        if not all(self._awaits_payment(order) for order in change.closed):
            raise Conflict("the order does not await that payment")

    def _stored(self, of: BotState) -> "_Stored":
        """What is stored of what a change may write."""
        key = of.bot.account_id, of.bot.bot_id
        return _Stored(
            self.accounts.known_bots.get(key), self.known_balances.get(key), self.known_shared.get(key[0])
        )

    def _awaits_payment(self, order: Order) -> bool:
        """Whether an order is pending, with no other payment noted than the one that is known."""
        stored = self.known_orders[order.account_id, order.order_id]
        return stored.status is OrderStatus.PENDING and stored.reference in {"", order.reference}

    def _apply(self, change: Change) -> None:
        after, key = change.after, (change.after.bot.account_id, change.after.bot.bot_id)
        if after.bot != change.before.bot:
            self.accounts.known_bots[key] = after.bot
        if after.balance != change.before.balance:
            self.known_balances[key] = after.balance
        if after.shared != change.before.shared:
            self.known_shared[key[0]] = after.shared
        self.ledgers.setdefault(key, []).extend(change.ledger)
        self.ledgers.setdefault((key[0], ""), []).extend(change.shared_ledger)
        for order in (*change.placed, *change.closed):
            self.known_orders[order.account_id, order.order_id] = order
            self.looks.setdefault(order.order_id, order.ordered_at)
        self.trail += change.audit
        self.outbox += change.events
        self.announced += change.events
        self.writes += 1


@dataclass(frozen=True)
class _Stored:
    """What there is; None where there is nothing."""

    bot: Bot | None
    balance: Balance | None
    shared: SharedCredits | None


@dataclass
class FakeOrders:
    """The orders of a `FakeBilling`."""

    billing: FakeBilling

    def of_account(self, account_id: str) -> list[Order]:
        orders = [order for (of, _), order in self.billing.known_orders.items() if of == account_id]
        return sorted(orders, key=lambda o: (o.ordered_at, o.order_id), reverse=True)

    def order(self, account_id: str, order_id: str) -> Order:
        found = self.find(account_id, order_id)
        if found is None:
            raise NotFound(f"there is no order {order_id}")
        return found

    def find(self, account_id: str, order_id: str) -> Order | None:
        return self.billing.known_orders.get((account_id, order_id))

    def note_reference(self, order: Order, reference: str) -> Order:
        stored = self.order(order.account_id, order.order_id)
        if stored.status is OrderStatus.PENDING:
            stored = replace(stored, reference=reference)
            self.billing.known_orders[order.account_id, order.order_id] = stored
        return stored


@dataclass
class FakeAudit:
    """The audit trail of a `FakeBilling`."""

    billing: FakeBilling

    def of_account(self, account_id: str, limit: int, cursor: str | None) -> Page[AuditEntry]:
        accounts = self.billing.accounts
        trail = sorted((*self.billing.trail, *accounts.trail, *accounts.seller_trail), key=lambda e: e.at)
        return page([entry for entry in trail if entry.account_id == account_id], limit, cursor)

    def append(self, entry: AuditEntry) -> None:
        self.billing.trail.append(entry)


def page(appended: Sequence[Item], limit: int, cursor: str | None) -> Page[Item]:
    """A part of what was appended, the newest first; a cursor is the number of those before it."""
    first = int(cursor or 0)
    newest_first = list(reversed(appended))
    rest = len(newest_first) > first + limit
    return Page(newest_first[first : first + limit], str(first + limit) if rest else None)


def take_step(steps: list[Step]) -> None:
    """Do the first step, if there is one."""
    if steps:
        steps.pop(0)()
