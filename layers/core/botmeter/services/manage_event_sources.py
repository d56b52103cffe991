"""Manage event sources: add one with a key that is told once, revoke one, list them."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import Conflict, NotAllowed, NotFound
from botmeter.domain.event_sources import KEY_PREFIX, MAX_EVER, MAX_SOURCES, EventSource, key_hash, key_hint
from botmeter.domain.identifiers import derived_id
from botmeter.domain.members import Member
from botmeter.ports.accounts import AccountRepository
from botmeter.ports.event_sources import EventSourceRepository, SourcePublisher
from botmeter.services.actors import actor_of, require_operator

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class ManageEventSources:
    """For an account's billing admins and for operators; everybody else gets `NotAllowed`.

    A change is stored first, then published. A call that failed may be made again, and publishes too.
    """

    accounts: AccountRepository
    sources: EventSourceRepository
    publisher: SourcePublisher

    def of_account(self, member: Member, account_id: str) -> list[EventSource]:
        """The sources of an account, the newest first, revoked ones too; raises `NotFound`."""
        self._require_manager(member, account_id)
        found = self.sources.of_account(account_id)
        return sorted(found, key=lambda source: (source.created_at, source.source_id), reverse=True)

    def add(
        self, member: Member, account_id: str, name: str, now: datetime, *, key: str
    ) -> tuple[EventSource, str]:
        """A new source with its key, which nobody can be told again; raises `Conflict` if there are too many.

        `key` is the caller's Idempotency-Key: the same one within a day gives the same source another key, so
        that who got no answer has one that works. Later, or for another name, it is a `Conflict`.
        """
        self._require_manager(member, account_id)
        secret = KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)
        source_id = derived_id("src", account_id, member.user_id, key)
        present = self.sources.find(account_id, source_id)
        if present is None:
            self._require_room(account_id)
            source = EventSource(
                account_id, source_id, name, key_hash(secret), key_hint(secret), now, member.user_id
            )
        else:
            present.require_same_request(name, now)
            source = present.with_key(secret)
        self._save(source, present, member, now)
        return source, secret

    def revoke(self, member: Member, account_id: str, source_id: str, now: datetime) -> EventSource:
        """Let the key of a source open nothing any more; raises `NotFound`, `Conflict`."""
        self._require_manager(member, account_id)
        present = self.sources.find(account_id, source_id)
        if present is None:
            raise NotFound(f"there is no event source {source_id}")
        if not present.is_active:
            # Perhaps it was stored, and whoever did so died before it was published.
            self.publisher.publish(self.sources.all_sources)
            return present
        source = replace(present, revoked_at=now)
        self._save(source, present, member, now)
        return source

    def publish(self, operator: Member) -> int:
        """Publish what is stored, as after a restored table; returns how many sources are active."""
        require_operator(operator)
        self.publisher.publish(self.sources.all_sources)
        return sum(source.is_active for source in self.sources.all_sources())

    def _save(self, source: EventSource, before: EventSource | None, member: Member, now: datetime) -> None:
        """Store a change, then publish it."""
        self.sources.save(source, _entry(before, source, member, now))
        self.publisher.publish(self.sources.all_sources)

    def _require_manager(self, member: Member, account_id: str) -> None:
        """Raise `NotAllowed` unless the sources of the account are this member's to manage."""
        if member.is_operator:
            self.accounts.account(account_id)
        elif not (member.is_billing_admin and member.account_id == account_id):
            raise NotAllowed("event sources are managed by billing admins of their account")

    def _require_room(self, account_id: str) -> None:
        """Raise `Conflict` if an account has as many sources as it may have."""
        sources = self.sources.of_account(account_id)
        if sum(source.is_active for source in sources) >= MAX_SOURCES:
            raise Conflict(f"an account has {MAX_SOURCES} event sources at most; revoke one first")
        if len(sources) >= MAX_EVER:
            raise Conflict(f"an account makes {MAX_EVER} event sources at most, revoked ones among them")


def _entry(before: EventSource | None, after: EventSource, member: Member, now: datetime) -> AuditEntry:
    """The audit entry of a change."""
    operation = "event_source.added" if before is None else "event_source.key_replaced"
    if not after.is_active:
        operation = "event_source.revoked"
    return AuditEntry(
        entry_id=f"{after.source_id}:{after.revision}",
        at=now,
        actor=actor_of(member),
        operation=operation,
        account_id=after.account_id,
        before=_details(before),
        after=_details(after),
    )


def _details(source: EventSource | None) -> dict[str, str]:
    """What the audit trail says of a source: nothing of one that there is not, or no more."""
    if source is None or not source.is_active:
        return {}
    return {"source_id": source.source_id, "name": source.name, "key_hint": source.key_hint}
