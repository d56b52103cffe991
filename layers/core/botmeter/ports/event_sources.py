"""Event sources: where they are stored, and how those who check keys and tokens come to know them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from botmeter.domain.audit import AuditEntry
from botmeter.domain.event_sources import EventSource, SourceIdentity


class EventSourceRepository(Protocol):
    """Event sources, those that were revoked too."""

    def all_sources(self) -> list[EventSource]:
        """Those of all accounts, as they are now."""

    def of_account(self, account_id: str) -> list[EventSource]:
        """Those of an account, as they are now, by id."""

    def find(self, account_id: str, source_id: str) -> EventSource | None:
        """One of an account, as it is now."""

    def save(self, source: EventSource, entry: AuditEntry) -> None:
        """Add a source, or replace it as it was read, with an entry in the account's audit trail.

        Raises `Conflict` if somebody else has written it since it was read.
        """


class SourcePublisher(Protocol):
    """Tells those who check keys which sources there are."""

    def publish(self, read: Callable[[], Iterable[EventSource]]) -> None:
        """Publish what `read` gives; it may be called more than once.

        What was stored before the call will be published, by this call or by one that is under way.
        """


class SourceDirectory(Protocol):
    """Whose each key is."""

    def source_of(self, key_hash: str) -> SourceIdentity | None:
        """The source that has the key of this hash; raises `StoreUnavailable` if that cannot be said."""


class TokenReader(Protocol):
    """Reads the tokens of the user pool."""

    def __call__(self, token: str) -> Mapping[str, Any] | None:
        """The claims of an ID token, None if it is none that counts now; raises `StoreUnavailable`."""
