"""Metering: where events come from, where marks and settlements go."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Protocol

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.changes import Change
from botmeter.domain.drafts import DayUse
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import Report, Subject
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanVersion
from botmeter.domain.quarantine import QuarantinedEvent
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, Settlement, Timeline, TotalKey, UsageRecord
from botmeter.domain.use_over_time import UseCount

# Of texts, by their positions: who sent them, where that may speak for one account alone.
Sources = Mapping[int, SourceIdentity]
NOBODY: Final[Sources] = MappingProxyType({})


class EventParser(Protocol):
    """Reads what sources send."""

    def __call__(self, text: str, /) -> Sequence[Report]:
        """What `text` reports: one event if it is canonical, none or more if not; raises `InvalidEvent`."""


class EventArchive(Protocol):
    """Keeps accepted events, so that bills can be counted again and lost marks repaired."""

    def keep(self, reports: Sequence[Report]) -> set[int]:
        """Store each at least once; returns the positions of those not stored."""


class ArchiveUnreadable(Exception):
    """The archive cannot be read for this: an object is damaged, or there are too many. The text says it."""


class ArchivedMarks(Protocol):
    """What the archive knows of a subject."""

    def marks(self, subject: Subject, days: Sequence[date], most_objects: int | None) -> frozenset[int]:
        """The marks of its archived events of `days` (UTC), but for tests.

        Reads all that the account has of these days. Raises `ArchiveUnreadable`, also where that is more
        than `most_objects` (None: any number), and `StoreUnavailable`.
        """


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
    """An event that cannot be used: its text as received, and why.

    `source` is who sent it, if that may speak for one account alone.
    """

    text: str
    error: InvalidEvent
    received_at_ms: int
    source: SourceIdentity | None = None


class Quarantine(Protocol):
    """Keeps unusable events until somebody repairs them."""

    def keep(self, rejected: Sequence[RejectedEvent]) -> set[int]:
        """Store each once, however often its source sends it; returns the positions of those not stored."""


class QuarantinedEvents(Protocol):
    """What quarantine holds, for the operator. Every call raises `StoreUnavailable`."""

    def ids(self, day: date | None, after: str | None) -> Iterator[str]:
        """Ids from `after` on, of one day if asked: the newest day first, within a day by id."""

    def read(self, event_ids: Sequence[str]) -> list[QuarantinedEvent]:
        """The events of these ids, in their order; those that are gone are left out."""

    def event(self, event_id: str) -> QuarantinedEvent:
        """One event; raises `NotFound`."""

    def remove(self, events: Sequence[QuarantinedEvent]) -> None:
        """Remove events. One whose text came again since it was read stays, as does its reason."""


class EventQueue(Protocol):
    """The queue from which ingest takes events."""

    def send(self, texts: Sequence[str], sources: Sources = NOBODY) -> set[int]:
        """Queue texts, each at least once; returns the positions of those that the queue never takes.

        What has a source comes to ingest as that one's. Raises `StoreUnavailable`: some may have been queued.
        """


class TimelineReader(Protocol):
    """Marks as they were collected."""

    def load(self, subjects: Sequence[Subject]) -> list[Timeline]:
        """The timelines of `subjects` as they are now; those that do not exist are left out."""


class Timelines(TimelineReader, Protocol):
    """The open conversations, for the meter."""

    def shards(self) -> Sequence[str]:
        """Names of the shards of the due index."""

    def due(self, shard: str, now_ms: int) -> Iterator[Subject]:
        """The subjects of `shard` that are due, the longest overdue first."""

    def move_due(self, timeline: Timeline, due_at_ms: int) -> None:
        """Look at `timeline` again at `due_at_ms`, unless somebody has moved it already."""


@dataclass(frozen=True, slots=True)
class BotSettlement:
    """What one transaction writes: settlements of one bot, and what follows from them.

    `free_micros` is what free credits have paid of the sessions of a day.
    """

    account: Account
    bot: Bot
    settlement_id: str
    settlements: Sequence[Settlement]
    totals: Mapping[TotalKey, Mapping[Bucket, int]]
    free_micros: Mapping[TotalKey, int]
    plans: Mapping[str, PlanVersion]
    change: Change


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

        Raises `SettlementRejected` when a timeline has changed meanwhile, `Conflict` when the bot's billing
        has, `SettlementTooLarge` and `StoreUnavailable`.
        """


class UsageRepository(Protocol):
    """What was metered."""

    def records(self, account_id: str, bot_id: str, period: BillingPeriod) -> list[UsageRecord]:
        """Records of the windows that start in `period`, by start."""

    def sessions(self, account_id: str, bot_id: str, period: BillingPeriod) -> dict[tuple[str, Unit], int]:
        """Sessions that start in `period`, by plan version and unit."""

    def totals(
        self, account_id: str, bot_id: str, period: BillingPeriod
    ) -> dict[tuple[str, str], dict[tuple[Unit, int], int]]:
        """Sessions by day (`2026-10-05`) and plan version, then by unit and hour of the day."""

    def day_use(self, account_id: str, first: date, last: date) -> dict[str, list[DayUse]]:
        """What each bot used from the day `first` to `last`, by day and plan version; none without use."""

    def settled_records(
        self, account_id: str, bot_id: str, first: date, last: date
    ) -> Iterator[tuple[str, UsageRecord]]:
        """Records of the windows that start from the day `first` to `last`, each with its settlement's id.

        Ids of settlements begin with their time (13 digits, ms).
        """

    def records_of_sessions(self, account_id: str, bot_id: str, first: date, last: date) -> list[UsageRecord]:
        """Records that may have sessions which start from the day `first` to `last`, by start.

        All that have; their windows may have begun on an earlier day.
        """

    def days_of_use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        """Sessions of bots of an account (None: all) on `days`, which are in order, by day; in any order."""

    def hours_of_use(
        self, account_id: str, bot_ids: frozenset[str] | None, days: Sequence[date]
    ) -> Iterator[UseCount]:
        """The same by hour and plan version. What was metered this very moment may be missing."""
