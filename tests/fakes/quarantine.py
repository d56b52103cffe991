"""The quarantine and the event queue in memory, and ingest behind them."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from botmeter.adapters.event_reader import read
from botmeter.domain.errors import InvalidEvent, NotFound, StoreUnavailable
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import Report, Subject
from botmeter.domain.periods import to_ms
from botmeter.domain.quarantine import QuarantinedEvent, day_of, event_id_of
from botmeter.domain.timeline import MINUTE_MS
from botmeter.ports.metering import NOBODY, ArchiveUnreadable, RejectedEvent, Sources
from botmeter.services.manage_quarantine import ManageQuarantine
from botmeter.services.record_events import RecordEvents
from tests.fakes.billing import Step, take_step
from tests.fakes.world import NOW, World


@dataclass
class FakeQuarantine:
    """Events by id; `before_removal` is done first, a step each time."""

    events: dict[str, QuarantinedEvent] = field(default_factory=dict)
    before_removal: list[Step] = field(default_factory=list)
    reads: int = 0
    _versions: Iterator[int] = field(default_factory=itertools.count)

    def keep(self, rejected: Sequence[RejectedEvent]) -> set[int]:
        for event in rejected:
            event_id = event_id_of(event.text, event.source, event.received_at_ms)
            self.events[event_id] = QuarantinedEvent(
                event_id,
                event.received_at_ms,
                event.error.field,
                event.error.rule,
                event.text,
                str(next(self._versions)),
                event.error.reason,
                event.source,
            )
        return set()

    def ids(self, day: date | None, after: str | None) -> Iterator[str]:
        for event_id in sorted(self.events, key=newest_day_first):
            is_behind = after is None or newest_day_first(event_id) > newest_day_first(after)
            if is_behind and day in {None, day_of(event_id)}:
                yield event_id

    def read(self, event_ids: Sequence[str]) -> list[QuarantinedEvent]:
        self.reads += len(event_ids)
        return [self.events[event_id] for event_id in event_ids if event_id in self.events]

    def event(self, event_id: str) -> QuarantinedEvent:
        if event_id not in self.events:
            raise NotFound(f"there is no event {event_id} in quarantine")
        return self.events[event_id]

    def remove(self, events: Sequence[QuarantinedEvent]) -> None:
        take_step(self.before_removal)
        for event in events:
            if self.events.get(event.event_id) == event:
                del self.events[event.event_id]


def newest_day_first(event_id: str) -> tuple[int, str]:
    """Sorts events as quarantine lists them."""
    return -day_of(event_id).toordinal(), event_id


@dataclass
class FakeEventQueue:
    """Messages that wait for ingest, and who sent them; texts over `longest` characters are not taken."""

    waiting: list[str] = field(default_factory=list)
    sources: dict[int, SourceIdentity] = field(default_factory=dict)
    longest: int = 10_000

    def send(self, texts: Sequence[str], sources: Sources = NOBODY) -> set[int]:
        refused = {position for position, text in enumerate(texts) if len(text) > self.longest}
        for position, text in enumerate(texts):
            if position in sources and position not in refused:
                self.sources[len(self.waiting)] = sources[position]
            if position not in refused:
                self.waiting.append(text)
        return refused


@dataclass
class FakeArchive:
    """Keeps reports in their order, unless it is down."""

    kept: list[Report] = field(default_factory=list)
    is_down: bool = False

    def keep(self, reports: Sequence[Report]) -> set[int]:
        if self.is_down:
            return set(range(len(reports)))
        self.kept += reports
        return set()

    def marks(self, subject: Subject, days: Sequence[date], most_objects: int | None) -> frozenset[int]:
        if self.is_down:
            raise StoreUnavailable("the archive cannot be read")
        if most_objects is not None and len(self.kept) > most_objects:
            raise ArchiveUnreadable("too many")
        of_days = [report.sighting for report in self.kept if report.day in days]
        return frozenset(s.mark for s in of_days if s.subject == subject and not s.test)


@dataclass
class FakeRegistry:
    """The bots that ingest knows: those of a world."""

    world: World

    def idle_timeout_ms(self, account_id: str, bot_id: str) -> int | None:
        known = (account_id, bot_id) in self.world.accounts.known_bots
        return 15 * MINUTE_MS if known else None


@dataclass
class Ingest:
    """Ingest of a world, with its quarantine, and who manages that."""

    world: World = field(default_factory=World)
    quarantine: FakeQuarantine = field(default_factory=FakeQuarantine)
    queue: FakeEventQueue = field(default_factory=FakeEventQueue)
    archive: FakeArchive = field(default_factory=FakeArchive)

    def __post_init__(self) -> None:
        self.record = RecordEvents(
            read, FakeRegistry(self.world), self.archive, self.world.usage, self.quarantine, grace_ms=0
        )
        self.manage = ManageQuarantine(
            self.quarantine, self.queue, read, self.world.accounts, self.world.audit
        )

    def receive(self, text: str, at: datetime = NOW, source: SourceIdentity | None = None) -> str:
        """Let a bad event come, perhaps from a source; returns its id in quarantine."""
        before = set(self.quarantine.events)
        self.record([text], to_ms(at), {0: source} if source else NOBODY)
        (event_id,) = set(self.quarantine.events) - before
        return event_id

    def work(self, at: datetime = NOW) -> None:
        """Let ingest take what waits in the queue."""
        texts, self.queue.waiting = self.queue.waiting, []
        sources, self.queue.sources = self.queue.sources, {}
        self.record(texts, to_ms(at), sources)

    def hold(self, count: int, at: datetime = NOW, field_name: str = "event") -> None:
        """Put so many bad events into quarantine at once."""
        error = InvalidEvent(field_name, "must be JSON")
        self.quarantine.keep(
            [RejectedEvent(f"{field_name} {number}", error, to_ms(at)) for number in range(count)]
        )
