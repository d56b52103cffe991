"""Event sources in memory: stored, published, and the tokens of the pool."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.event_sources import EventSource, SourceIdentity
from botmeter.services.manage_event_sources import ManageEventSources
from tests.fakes.accounts import FakeAccounts


@dataclass
class FakeEventSources:
    """The billing table's event sources, with the condition that the real ones have."""

    known: dict[tuple[str, str], EventSource] = field(default_factory=dict)
    trail: list[AuditEntry] = field(default_factory=list)

    def all_sources(self) -> list[EventSource]:
        return [self.known[name] for name in sorted(self.known)]

    def of_account(self, account_id: str) -> list[EventSource]:
        return [source for source in self.all_sources() if source.account_id == account_id]

    def find(self, account_id: str, source_id: str) -> EventSource | None:
        return self.known.get((account_id, source_id))

    def save(self, source: EventSource, entry: AuditEntry) -> None:
        present = self.find(source.account_id, source.source_id)
        if (present.revision if present else 0) != source.revision:
            raise Conflict("somebody else was first")
        stored = replace(source, revision=source.revision + 1)
        self.known[source.account_id, source.source_id] = stored
        self.trail.append(entry)


@dataclass
class FakePublication:
    """What the authorizer knows: sources by the hashes of their keys. `before` is where a process may die."""

    sources: dict[str, SourceIdentity] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    is_down: bool = False

    def publish(self, read: Callable[[], Iterable[EventSource]]) -> None:
        self.before()
        self.sources = {source.key_hash: source.identity for source in read() if source.is_active}

    def source_of(self, key_hash: str) -> SourceIdentity | None:
        if self.is_down:
            raise StoreUnavailable("no answer")
        return self.sources.get(key_hash)


@dataclass
class SourceOffice:
    """The service over both."""

    accounts: FakeAccounts
    stored: FakeEventSources = field(default_factory=FakeEventSources)
    published: FakePublication = field(default_factory=FakePublication)

    @property
    def manage(self) -> ManageEventSources:
        return ManageEventSources(self.accounts, self.stored, self.published)
