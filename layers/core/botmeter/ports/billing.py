"""The billing of bots: what they are on, what they have left, what they ordered, and what was done."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.balances import Balance, SharedCredits
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import LedgerEntry
from botmeter.domain.orders import Order
from botmeter.domain.outgoing import OutgoingEvent

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a long list, newest first; `next_cursor` continues after it, None at the end."""

    items: Sequence[Item]
    next_cursor: str | None = None


class BillingStore(Protocol):
    """The state of bots. What is read is current, what is written is written whole."""

    def state(self, account: Account, bot_id: str) -> BotState:
        """What billing knows of a bot, read consistently; raises `NotFound`, `StoreUnavailable`."""

    def save(self, change: Change) -> None:
        """Write a change, all of it or nothing.

        Raises `Conflict` if something that it changes is not as in `change.before`, or a placed order
        exists; `StoreUnavailable`.
        """

    def balance(self, account_id: str, bot_id: str) -> Balance:
        """The balance of a bot, by one read of one item; raises `NotFound`."""

    def balances(self, account_id: str) -> Mapping[str, Balance]:
        """The balances of an account's bots, by bot id."""

    def shared_credits(self, account_id: str) -> SharedCredits:
        """The credits that an account's bots share; empty if it never had any."""

    def ledger(self, account_id: str, bot_id: str, limit: int, cursor: str | None) -> Page[LedgerEntry]:
        """Entries of a bot's ledger, newest first; of the account's shared credits where `bot_id` is empty.

        A cursor that is none raises `ValueError`.
        """


class Agenda(Protocol):
    """What time alone makes due."""

    def balances_due(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Account and bot of balances whose standing changes by `now`."""

    def shared_credits_due(self, now: datetime) -> Iterator[str]:
        """Accounts whose shared credits ask for a look at all of their bots."""

    def shared_credits_seen(self, account_id: str, seen: SharedCredits, due_at: datetime | None) -> None:
        """Look at shared credits again at `due_at`, unless they have changed since they were `seen`."""

    def orders_due(self, now: datetime) -> Iterator[tuple[str, str]]:
        """Account and id of pending orders whose payment is to be looked up by `now`."""

    def order_seen(self, order: Order, due_at: datetime) -> None:
        """Look a pending order up again at `due_at`; nothing if it is not pending any more."""

    def pending_extensions(self) -> Iterator[Bot]:
        """Bots whose extension request waits, the oldest first."""


class OrderRepository(Protocol):
    """Orders."""

    def of_account(self, account_id: str) -> list[Order]:
        """All orders of an account, newest first."""

    def order(self, account_id: str, order_id: str) -> Order:
        """One order, read consistently; raises `NotFound`."""

    def find(self, account_id: str, order_id: str) -> Order | None:
        """One order, read consistently, or None."""

    def note_reference(self, order: Order, reference: str) -> Order:
        """Note the provider's name of the payment of a pending order."""


class AuditTrail(Protocol):
    """Who changed what."""

    def of_account(self, account_id: str, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Entries of an account, newest first. A cursor that is none raises `ValueError`."""

    def append(self, entry: AuditEntry) -> None:
        """Add an entry for what no store writes together with it; the same entry again changes nothing."""


class Outbox(Protocol):
    """Events that were written with the change that they tell of, and still have to be sent."""

    def waiting(self, limit: int) -> list[OutgoingEvent]:
        """The oldest events that were not sent."""

    def sent(self, events: Iterable[OutgoingEvent]) -> None:
        """Forget events that were sent."""


class EventPublisher(Protocol):
    """Sends events to other systems."""

    def publish(self, events: Sequence[OutgoingEvent]) -> list[OutgoingEvent]:
        """Send events; returns those that arrived. The others are to be sent again."""


class MemberDirectory(Protocol):
    """The members of accounts, as the user pool knows them."""

    def account_of(self, user_id: str) -> str | None:
        """The account that an enabled user belongs to; None if there is no such user."""
