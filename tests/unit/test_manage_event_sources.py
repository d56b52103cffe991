"""Event sources: added with a key that is told once, revoked, and published after they are stored."""

from dataclasses import replace
from datetime import timedelta

import pytest

from botmeter.domain.errors import Conflict, NotAllowed, NotFound
from botmeter.domain.event_sources import MAX_SOURCES, SourceIdentity, key_hash
from botmeter.domain.members import Member, Role
from botmeter.services import manage_event_sources
from tests.fakes.demo import ACCOUNT
from tests.fakes.event_sources import SourceOffice
from tests.fakes.world import ADMIN, NOW, OPERATOR, OWNER, STRANGER, VIEWER, Died, World, die, member

ACME = ACCOUNT.account_id
DAY = timedelta(days=1)


@pytest.fixture
def office() -> SourceOffice:
    return SourceOffice(World().accounts)


def add(
    office: SourceOffice, name: str = "Runtime", *, key: str = "k-1", by: Member = ADMIN
) -> tuple[str, str]:
    """The id and the key of a source that was added."""
    source, secret = office.manage.add(by, ACME, name, NOW, key=key)
    return source.source_id, secret


def test_key_of_a_new_source_opens_its_account(office: SourceOffice) -> None:
    """It is published by its hash, and stored nowhere but as that and as how it begins."""
    source_id, secret = add(office)

    assert office.published.sources == {key_hash(secret): SourceIdentity(ACME, source_id)}
    (stored,) = office.stored.all_sources()
    assert (stored.name, stored.created_at, stored.created_by) == ("Runtime", NOW, ADMIN.user_id)
    assert stored.key_hint == secret[:8]
    assert secret not in repr(office.stored)


def test_keys_are_long_and_never_the_same(office: SourceOffice) -> None:
    """256 random bits that can stand in a header, known by how they begin."""
    keys = {add(office, key=f"k-{number}")[1] for number in range(20)}

    assert len(keys) == 20
    assert all(key.startswith("bmk_") and len(key) == 47 and key.isascii() for key in keys)


def test_repeated_request_gives_the_same_source_another_key(office: SourceOffice) -> None:
    """Who got no answer has a key that works, and the one that nobody knows opens nothing."""
    source_id, lost = add(office)
    again_id, secret = add(office)

    assert (again_id, lost == secret) == (source_id, False)
    assert office.published.sources == {key_hash(secret): SourceIdentity(ACME, source_id)}
    assert [entry.operation for entry in office.stored.trail] == [
        "event_source.added",
        "event_source.key_replaced",
    ]


def test_keys_of_requests_are_a_user_s_own(office: SourceOffice) -> None:
    """The same Idempotency-Key of somebody else adds another source."""
    colleague = member("u-second-admin", Role.BILLING_ADMIN)

    assert add(office)[0] != add(office, by=colleague)[0]


def test_old_request_does_not_replace_a_key(office: SourceOffice) -> None:
    """A day later, under another name, or once it is revoked, the same Idempotency-Key is refused."""
    source_id, secret = add(office)
    with pytest.raises(Conflict, match="another name"):
        add(office, "Other")
    with pytest.raises(Conflict, match="a day ago"):
        office.manage.add(ADMIN, ACME, "Runtime", NOW + DAY, key="k-1")
    assert list(office.published.sources) == [key_hash(secret)]

    office.manage.revoke(ADMIN, ACME, source_id, NOW)
    with pytest.raises(Conflict, match="revoked since"):
        add(office)
    assert office.published.sources == {}


def test_revoked_key_opens_nothing(office: SourceOffice) -> None:
    """The source stays in the list, with the time; the others stay as they are. Again changes nothing."""
    source_id, _ = add(office)
    _, other = add(office, "Other", key="k-2")
    for minutes in range(2):
        revoked = office.manage.revoke(ADMIN, ACME, source_id, NOW + timedelta(minutes=minutes))
        assert revoked.revoked_at == NOW

    assert list(office.published.sources) == [key_hash(other)]
    assert [entry.operation for entry in office.stored.trail].count("event_source.revoked") == 1


def test_what_was_stored_is_published_by_the_same_request_again(office: SourceOffice) -> None:
    """Who dies between storing and publishing leaves nothing that a repeated request does not mend."""
    office.published.before = die
    with pytest.raises(Died):
        add(office)
    assert len(office.stored.known) == 1

    office.published.before = lambda: None
    source_id, secret = add(office)
    assert list(office.published.sources) == [key_hash(secret)]

    office.published.before = die
    with pytest.raises(Died):
        office.manage.revoke(ADMIN, ACME, source_id, NOW)
    assert list(office.published.sources) == [key_hash(secret)]

    office.published.before = lambda: None
    office.manage.revoke(ADMIN, ACME, source_id, NOW)
    assert office.published.sources == {}


def test_operator_publishes_everything_again(office: SourceOffice) -> None:
    """As after a table that was restored; returned is how many sources there are."""
    source_id, _ = add(office)
    _, secret = add(office, key="k-2")
    office.manage.revoke(ADMIN, ACME, source_id, NOW)
    office.published.sources.clear()

    assert office.manage.publish(OPERATOR) == 1
    assert list(office.published.sources) == [key_hash(secret)]


def test_changes_leave_an_audit_entry_without_the_key(office: SourceOffice) -> None:
    """Who, when, what before and after; of the key no more than how it begins."""
    source_id, secret = add(office)
    office.manage.revoke(ADMIN, ACME, source_id, NOW + DAY)
    added, revoked = office.stored.trail
    details = {"source_id": source_id, "name": "Runtime", "key_hint": secret[:8]}

    assert (added.at, added.actor.actor_id, added.account_id) == (NOW, ADMIN.user_id, ACME)
    assert (added.before, added.after) == ({}, details)
    assert (revoked.operation, revoked.before, revoked.after) == ("event_source.revoked", details, {})
    assert added.entry_id != revoked.entry_id


def test_list_has_the_newest_first(office: SourceOffice) -> None:
    """Also those that were revoked."""
    first, _ = office.manage.add(ADMIN, ACME, "First", NOW, key="k-1")
    second, _ = office.manage.add(ADMIN, ACME, "Second", NOW + DAY, key="k-2")
    office.manage.revoke(ADMIN, ACME, first.source_id, NOW + DAY)

    listed = office.manage.of_account(ADMIN, ACME)
    assert [source.source_id for source in listed] == [second.source_id, first.source_id]


def test_account_has_so_many_sources_at_most(office: SourceOffice) -> None:
    """What is published stays small; revoked ones make room."""
    ids = [add(office, key=f"k-{number}")[0] for number in range(MAX_SOURCES)]
    with pytest.raises(Conflict, match="revoke one first"):
        add(office, key="one more")

    office.manage.revoke(ADMIN, ACME, ids[0], NOW)
    add(office, key="one more")


def test_account_makes_no_more_sources_than_can_be_read(
    office: SourceOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are read whenever one of any account changes; revoked ones count."""
    monkeypatch.setattr(manage_event_sources, "MAX_EVER", 2)
    for key in ("k-1", "k-2"):
        office.manage.revoke(ADMIN, ACME, add(office, key=key)[0], NOW)

    with pytest.raises(Conflict, match="2 event sources at most"):
        add(office, key="one more")


@pytest.mark.parametrize(
    "who", [OWNER, VIEWER, STRANGER, replace(ADMIN, roles=frozenset({Role.EVENT_SOURCE}))]
)
def test_only_billing_admins_of_the_account_manage_its_sources(office: SourceOffice, who: Member) -> None:
    """Nobody else sees, adds or revokes any; a source least of all."""
    source_id, _ = add(office)
    for call in (
        lambda: office.manage.of_account(who, ACME),
        lambda: office.manage.add(who, ACME, "Mine", NOW, key="k"),
        lambda: office.manage.revoke(who, ACME, source_id, NOW),
        lambda: office.manage.publish(who),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_operator_manages_sources_of_accounts_that_there_are(office: SourceOffice) -> None:
    """As the command does."""
    source_id, _ = add(office, by=OPERATOR)

    assert office.manage.revoke(OPERATOR, ACME, source_id, NOW).revoked_at == NOW
    with pytest.raises(NotFound, match="there is no account acct_nobody"):
        office.manage.add(OPERATOR, "acct_nobody", "Runtime", NOW, key="k")


def test_source_of_another_account_is_not_found(office: SourceOffice) -> None:
    """It looks as if it did not exist."""
    source_id, _ = add(office)

    with pytest.raises(NotFound, match=f"there is no event source {source_id}"):
        office.manage.revoke(STRANGER, STRANGER.account_id, source_id, NOW)
