"""Event sources: programs that may send the events of one account, each with a key of its own."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from botmeter.domain.errors import Conflict

# So that a key is known for what it is wherever it turns up, as in a repository that is searched for secrets.
KEY_PREFIX = "bmk_"
# Active ones of an account.
MAX_SOURCES = 50
# Revoked ones among them: all of them are read whenever one changes.
MAX_EVER = 500
# For so long the request that added a source may be repeated by who got no answer to it.
REPEATABLE = timedelta(hours=24)
_HINT_LENGTH = len(KEY_PREFIX) + 4


@dataclass(frozen=True, slots=True)
class SourceIdentity:
    """Who sends: a source, and the one account that it speaks for."""

    account_id: str
    source_id: str


@dataclass(frozen=True, slots=True)
class EventSource:
    """A program that may send. Of its key there is no more than the hash, and how it begins (`key_hint`).

    `revision` counts the times it was stored.
    """

    account_id: str
    source_id: str
    name: str
    key_hash: str
    key_hint: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
    revision: int = 0

    @property
    def is_active(self) -> bool:
        """Whether its key opens anything."""
        return self.revoked_at is None

    @property
    def identity(self) -> SourceIdentity:
        """Who sends, where the key is this one's."""
        return SourceIdentity(self.account_id, self.source_id)

    def with_key(self, key: str) -> "EventSource":
        """The source with another key; the one before opens nothing any more."""
        return replace(self, key_hash=key_hash(key), key_hint=key_hint(key))

    def require_same_request(self, name: str, now: datetime) -> None:
        """Raise `Conflict` unless a request to add a source called `name` may be that which added it."""
        if self.name != name:
            raise Conflict("the Idempotency-Key was used for an event source of another name")
        if not self.is_active:
            raise Conflict("the event source has been revoked since; use another Idempotency-Key")
        if now - self.created_at >= REPEATABLE:
            raise Conflict("the event source was added a day ago or earlier; use another Idempotency-Key")


def is_key(text: str) -> bool:
    """Whether `text` is meant to be a key."""
    return text.startswith(KEY_PREFIX)


def key_hash(key: str) -> str:
    """Under which name a key is kept. It has 256 random bits: nobody finds it from its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_hint(key: str) -> str:
    """How a key begins: enough to tell one from another."""
    return key[:_HINT_LENGTH]
