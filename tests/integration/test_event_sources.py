"""Event sources over moto: the table, and what is published of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from botmeter.adapters.s3.event_sources import S3SourceDirectory, S3SourcePublisher
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import Conflict, StoreUnavailable
from botmeter.domain.event_sources import EventSource, SourceIdentity, key_hash
from tests.fakes.demo import ACCOUNT
from tests.fakes.world import ADMIN, NOW, Died
from tests.integration.conftest import OPERATIONS
from tests.integration.stores import audited

ACME = ACCOUNT.account_id
SOURCE = EventSource(ACME, "src-1", "Runtime", key_hash("bmk_1"), "bmk_1", NOW, "admin")
OTHER = replace(SOURCE, account_id="acct_other", source_id="src-2", key_hash=key_hash("bmk_2"))
REVOKED = replace(SOURCE, revoked_at=NOW)


@pytest.fixture
def directory(aws: None) -> S3SourceDirectory:
    """What the authorizer asks."""
    return S3SourceDirectory(boto3.client("s3"), OPERATIONS)


@pytest.fixture
def publisher(aws: None) -> S3SourcePublisher:
    return S3SourcePublisher(boto3.client("s3"), OPERATIONS)


@dataclass
class Unreliable:
    """A client of S3 that may get no answer."""

    client: Any
    is_down: bool = False

    def get_object(self, **request: Any) -> Any:
        if self.is_down:
            raise EndpointConnectionError(endpoint_url="https://s3.eu-central-1.amazonaws.com")
        return self.client.get_object(**request)


# ------------------------------------------------------------------------------------- the table


def test_sources_are_kept_whole(wired: Wiring) -> None:
    """What is read is what was written, with a revision; each account finds its own."""
    stored = wired.manage_event_sources.sources
    for source in (SOURCE, OTHER):
        stored.save(source, audited())
    stored.save(replace(REVOKED, revision=1), audited())

    assert stored.find(ACME, "src-1") == replace(REVOKED, revision=2)
    assert stored.of_account("acct_other") == [replace(OTHER, revision=1)]
    assert stored.all_sources() == [replace(REVOKED, revision=2), replace(OTHER, revision=1)]
    assert stored.find(ACME, "src-2") is None


def test_account_s_name_is_matched_whole(wired: Wiring) -> None:
    """One whose name begins like another's has nothing of that one."""
    stored = wired.manage_event_sources.sources
    stored.save(replace(SOURCE, account_id=f"{ACME}-2"), audited())

    assert stored.of_account(ACME) == []


@pytest.mark.parametrize("stale", [SOURCE, replace(REVOKED, revision=2)])
def test_only_what_was_read_is_replaced(wired: Wiring, stale: EventSource) -> None:
    """Whoever was slower learns it, and nothing is overwritten."""
    stored = wired.manage_event_sources.sources
    stored.save(SOURCE, audited())
    with pytest.raises(Conflict, match="somebody else"):
        stored.save(stale, audited())

    assert stored.all_sources() == [replace(SOURCE, revision=1)]


def test_changes_are_in_the_audit_trail(provisioned: Wiring) -> None:
    """Written with the change itself."""
    manage = provisioned.manage_event_sources
    source, _ = manage.add(ADMIN, ACME, "Runtime", NOW, key="k-1")
    manage.revoke(ADMIN, ACME, source.source_id, NOW)

    trail = provisioned.audit.of_account(ACME, 10, None).items
    assert {"event_source.added", "event_source.revoked"} <= {entry.operation for entry in trail}


# ------------------------------------------------------------------------------ what is published


def test_published_keys_are_known_at_once(directory: S3SourceDirectory, publisher: S3SourcePublisher) -> None:
    """Active ones only. Before the first source there is nothing, and that is certain."""
    assert directory.source_of(SOURCE.key_hash) is None
    publisher.publish(lambda: [SOURCE, replace(OTHER, revoked_at=NOW)])

    assert directory.source_of(SOURCE.key_hash) == SourceIdentity(ACME, "src-1")
    assert directory.source_of(OTHER.key_hash) is None
    publisher.publish(lambda: [REVOKED, OTHER])
    assert directory.source_of(SOURCE.key_hash) is None


def test_known_keys_need_no_store(publisher: S3SourcePublisher) -> None:
    """While S3 does not answer they stay known; that another opens nothing cannot be said."""
    publisher.publish(lambda: [SOURCE])
    s3 = Unreliable(boto3.client("s3"))
    directory = S3SourceDirectory(s3, OPERATIONS)  # type: ignore[arg-type]
    directory.source_of(SOURCE.key_hash)
    s3.is_down = True

    assert directory.source_of(SOURCE.key_hash) == SourceIdentity(ACME, "src-1")
    with pytest.raises(StoreUnavailable):
        directory.source_of(OTHER.key_hash)


def test_key_that_was_revoked_meanwhile_does_not_come_back(
    directory: S3SourceDirectory, publisher: S3SourcePublisher
) -> None:
    """A slow publisher has read the source as active, when another revokes it and publishes that.

    The revocation puts back just what was published before: it must count as a change nevertheless.
    """
    publisher.publish(list)
    table = [SOURCE]

    def read_slowly() -> Iterable[EventSource]:
        read = list(table)
        if table == [SOURCE]:
            table[:] = [REVOKED]
            publisher.publish(lambda: table)
        return read

    publisher.publish(read_slowly)

    assert directory.source_of(SOURCE.key_hash) is None


def test_publishing_that_never_gets_a_turn_fails(publisher: S3SourcePublisher) -> None:
    """The caller is told to try again."""

    def always_late() -> list[EventSource]:
        publisher.publish(list)
        return []

    with pytest.raises(StoreUnavailable, match="all the time"):
        publisher.publish(always_late)


def test_added_source_is_published_by_the_same_call_again(
    provisioned: Wiring, directory: S3SourceDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who dies after storing it has told nobody the key: the repeated call has another, which works."""
    manage = provisioned.manage_event_sources
    with monkeypatch.context() as patch:
        patch.setattr(S3SourcePublisher, "publish", die_instead)
        with pytest.raises(Died):
            manage.add(ADMIN, ACME, "Runtime", NOW, key="k-1")
    source, secret = manage.add(ADMIN, ACME, "Runtime", NOW, key="k-1")

    assert directory.source_of(key_hash(secret)) == source.identity
    assert len(manage.of_account(ADMIN, ACME)) == 1


def test_revocation_is_published_by_the_same_call_again(
    provisioned: Wiring, directory: S3SourceDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who dies after storing it leaves a key that works, until the next publication, whoever makes it."""
    manage = provisioned.manage_event_sources
    source, secret = manage.add(ADMIN, ACME, "Runtime", NOW, key="k-1")
    with monkeypatch.context() as patch:
        patch.setattr(S3SourcePublisher, "publish", die_instead)
        with pytest.raises(Died):
            manage.revoke(ADMIN, ACME, source.source_id, NOW)
    assert directory.source_of(key_hash(secret)) == source.identity
    manage.revoke(ADMIN, ACME, source.source_id, NOW)

    assert directory.source_of(key_hash(secret)) is None


def die_instead(*_: Any) -> None:
    """The process is gone."""
    raise Died
