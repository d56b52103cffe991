"""The operator's commands on event sources: the real service over stores in memory."""

from types import SimpleNamespace
from typing import Any

import pytest

from botmeter.domain.event_sources import key_hash
from botmeter_cli.commands import sources
from tests.fakes.cli import answer, refusal, run
from tests.fakes.demo import ACCOUNT
from tests.fakes.event_sources import SourceOffice
from tests.fakes.world import World

ACME = ACCOUNT.account_id


@pytest.fixture(autouse=True)
def office(monkeypatch: pytest.MonkeyPatch) -> SourceOffice:
    """Every stack has these stores."""
    office = SourceOffice(World().accounts)
    services = SimpleNamespace(manage_event_sources=office.manage)
    monkeypatch.setattr(sources, "services_of", lambda _: services)
    return office


def add(name: str = "Runtime") -> dict[str, Any]:
    """What is printed of a source that is added."""
    printed: dict[str, Any] = answer("sources", "add", ACME, "--name", name)
    return printed


def test_added_source_is_printed_with_its_key(office: SourceOffice) -> None:
    """The key opens the account; the list does not have it. Each command adds another source."""
    first, second = add(), add()
    listed = answer("sources", "list", ACME)["event_sources"]

    assert {key_hash(first["key"]), key_hash(second["key"])} == set(office.published.sources)
    assert {source["source_id"] for source in listed} == {first["source_id"], second["source_id"]}
    assert all("key" not in source for source in listed)
    assert first["key"] not in run("sources", "list", ACME).stdout


def test_revoked_source_is_printed(office: SourceOffice) -> None:
    """It stays in the list, and its key opens nothing."""
    added = add()
    revoked = answer("sources", "revoke", ACME, added["source_id"])

    assert revoked["revoked_at"] is not None
    assert answer("sources", "list", ACME)["event_sources"] == [revoked]
    assert office.published.sources == {}
    assert "Runtime" in run("sources", "list", ACME).stdout


def test_publishes_again(office: SourceOffice) -> None:
    """The number of active sources is printed."""
    add()
    office.published.sources.clear()

    assert answer("sources", "publish") == {"active": 1}
    assert len(office.published.sources) == 1


@pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines"])
def test_name_is_one_line(name: str) -> None:
    """Anything else is a mistake of usage."""
    assert run("sources", "add", ACME, "--name", name).exit_code == 2


def test_what_is_not_there_is_told() -> None:
    """No such account, no such source."""
    assert refusal("sources", "list", "acct_nobody") == "there is no account acct_nobody"
    assert refusal("sources", "revoke", ACME, "src-0") == "there is no event source src-0"
