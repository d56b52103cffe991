"""What the services need from the world, as protocols. Adapters implement them, tests fake them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from botmeter.domain.accounts import Account, Balance, Bot
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Sighting, Subject
from botmeter.domain.invoices import Invoice, IssuedInvoice
from botmeter.domain.orders import Order
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import BalanceChange, Bucket, Settlement, Timeline, TotalKey, UsageRecord


class EventParser(Protocol):
    """Reads one event in a source's format."""

    def __call__(self, text: str, /) -> Sighting:
        """The sighting that `text` reports; raises `InvalidEvent`."""


class BotRegistry(Protocol):
    """Which bots exist, as ingest knows it: cached, never a read for each event."""

    def idle_timeout_ms(self, account_id: str, bot_id: str) -> int | None:
        """The idle timeout of a bot; None if there is no such bot; raises `StoreUnavailable`."""


@dataclass(frozen=True, slots=True)
class MarkAddition:
    """Marks to add to a subject, and when to look at it if nothing is due yet (ms)."""

    subject: Subject
    marks: Iterable[int]
    due_at_ms: int


class TimelineWriter(Protocol):
    """Where marks are collected."""

    def add_marks(self, additions: Sequence[MarkAddition]) -> set[Subject]:
        """Add marks to their subjects, idempotently; returns the subjects that could not be written."""


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that cannot be used: its text as received, and why."""

    text: str
    error: InvalidEvent
    received_at_ms: int


class Quarantine(Protocol):
    """Keeps unusable events until somebody repairs them."""

    def keep(self, rejected: Sequence[RejectedEvent]) -> set[int]:
        """Store each once, however often it comes; returns the positions of those not stored."""


class Timelines(Protocol):
    """The open conversations, for the meter."""

    def shards(self) -> Sequence[str]:
        """Names of the shards of the due index."""

    def due(self, shard: str, now_ms: int) -> Iterator[Subject]:
        """The subjects of `shard` that are due, the longest overdue first."""

    def load(self, subjects: Sequence[Subject]) -> list[Timeline]:
        """The timelines of `subjects` as they are now; those that do not exist are left out."""

    def move_due(self, timeline: Timeline, due_at_ms: int) -> None:
        """Look at `timeline` again at `due_at_ms`, unless somebody has moved it already."""


@dataclass(frozen=True, slots=True)
class BotSettlement:
    """What one transaction writes: settlements of one bot, and what follows from them."""

    account: Account
    bot: Bot
    settlement_id: str
    settled_at_ms: int
    settlements: Sequence[Settlement]
    totals: Mapping[TotalKey, Mapping[Bucket, int]]
    change: BalanceChange
    plans: Mapping[str, PlanVersion]


class SettlementRejected(Exception):
    """Nothing was written, since some timelines are not as they were read."""

    def __init__(self, subjects: Iterable[Subject]) -> None:
        super().__init__("timelines changed while they were settled")
        self.subjects = frozenset(subjects)


class SettlementTooLarge(Exception):
    """Nothing was written, since the store does not take so much at once."""


class SettlementStore(Protocol):
    """Writes settlements: all of a transaction or nothing."""

    def write(self, settlement: BotSettlement) -> None:
        """Write everything, once.

        Raises `SettlementRejected` when a timeline has changed meanwhile, `SettlementTooLarge` and
        `StoreUnavailable`.
        """


class UsageRepository(Protocol):
    """What was metered."""

    def records(self, account_id: str, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        """Records of the windows that start in `period`, by start."""

    def sessions(self, account_id: str, bot_id: str, period: BillingPeriod) -> dict[tuple[str, Unit], int]:
        """Sessions that start in `period`, by plan version and unit."""


class AccountRepository(Protocol):
    """Accounts, bots, plans and balances."""

    def accounts(self) -> Iterable[Account]:
        """All accounts."""

    def account(self, account_id: str) -> Account:
        """One account; raises `NotFound`."""

    def bots(self, account_id: str) -> list[Bot]:
        """The bots of an account, by id."""

    def bot(self, account_id: str, bot_id: str) -> Bot:
        """One bot; raises `NotFound`."""

    def plan(self, ref: str) -> PlanVersion:
        """A plan version by its reference; raises `NotFound`."""

    def balance(self, account_id: str, bot_id: str) -> Balance:
        """The balance of a bot; zero if it never had one."""


class InvoiceRepository(Protocol):
    """Invoices and the sequence of their numbers."""

    def claim(self, invoice: Invoice) -> IssuedInvoice:
        """Draw the next number and store `invoice` under it, once for its account and period.

        Returns what is stored: this invoice with its number, or the one that was there first.
        """

    def find(self, account_id: str, period: BillingPeriod) -> IssuedInvoice | None:
        """The invoice of an account for a period, if there is one."""

    def by_number(self, account_id: str, number: str) -> IssuedInvoice:
        """An account's own invoice; raises `NotFound`, also for another account's number."""

    def of_account(self, account_id: str) -> list[IssuedInvoice]:
        """All invoices of an account, newest first."""

    def finished_periods(self, account_id: str) -> set[BillingPeriod]:
        """Periods whose invoice has its document, or that had nothing to bill."""

    def close_without(self, account_id: str, period: BillingPeriod) -> None:
        """Note that a period had nothing to bill."""

    def document_stored(self, issued: IssuedInvoice, sha256: str) -> IssuedInvoice:
        """Note that the PDF is stored, with its hash; a second time changes nothing."""


class OrderRepository(Protocol):
    """Orders: funds that were added to a bot."""

    def of_account(self, account_id: str) -> list[Order]:
        """All orders of an account, newest first."""

    def complete(self, order: Order) -> bool:
        """Store a paid order and credit its bot, once for its id; False if that was done before."""


class InvoiceStore(Protocol):
    """Where the PDFs are."""

    def write_once(self, key: str, pdf: bytes) -> str:
        """Store `pdf` unless something is there; returns the SHA-256 (hex) of what is stored."""

    def download_url(self, key: str, filename: str) -> str:
        """A link that downloads the document as `filename` and soon expires."""


class InvoiceRenderer(Protocol):
    """Makes the document."""

    def __call__(self, invoice: Invoice, /) -> bytes:
        """The invoice as a PDF; the same invoice gives the same bytes."""


class BillingQueue(Protocol):
    """Hands accounts to the invoice function."""

    def enqueue(self, requests: Sequence["BillingRequest"]) -> None:
        """Queue one message for each account."""


@dataclass(frozen=True, slots=True)
class BillingRequest:
    """Bill an account for a period; `requested_at` becomes the invoice's date."""

    account_id: str
    period: BillingPeriod
    requested_at: datetime


class AccountWriter(Protocol):
    """Writes accounts, bots and plans. Each write may be made again with the same effect."""

    def put_plan(self, plan: PlanVersion) -> None:
        """Add a plan version; raises `Conflict` if the version exists and says something else."""

    def put_account(self, account: Account) -> None:
        """Add or replace an account."""

    def put_bot(self, bot: Bot) -> None:
        """Add or replace a bot."""


class RegistryPublisher(Protocol):
    """Tells ingest which bots there are."""

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        """Add bots, each (account id, bot id) with its idle timeout."""
