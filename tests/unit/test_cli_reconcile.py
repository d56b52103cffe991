"""`botmeter reconcile` and `replay --from-archive` over a stack in memory."""

import io
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from botmeter.adapters.event_reader import read
from botmeter.adapters.s3.archive import S3Archive
from botmeter.domain.periods import to_ms
from botmeter.ports.stamped_prices import StampedPrice
from botmeter_cli import archive_replay, clock, wiring
from botmeter_cli.commands import pipeline
from botmeter_local import Stack
from tests.fakes import cli
from tests.fakes.cli import answer, run
from tests.fakes.demo import ACCOUNT
from tests.fakes.desk import DUE, GRACE, Desk
from tests.fakes.quarantine import Ingest
from tests.fakes.world import NOW, World
from tests.unit.test_manage_quarantine import event

ASKED = ("reconcile", "--account", "acct_acme", "--period", "2026-10")
SPAN = ("--account", "acct_acme", "--from", "2026-10-05", "--to", "2026-10-06T00:00:00+02:00")


@dataclass
class FakeS3:
    """Objects by key."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: str) -> None:  # noqa: N803 (boto3's names)
        self.objects[Key] = Body

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        return {"Body": io.BytesIO(self.objects[Key])}

    def get_paginator(self, operation: str) -> "FakeS3":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[Any]:  # noqa: N803
        yield {"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}


@dataclass
class FakeStampedPrices:
    """The prices of the catalogue, beside every record."""

    world: World

    def of_bot(self, account_id: str, bot_id: str, first: date, last: date) -> Iterator[StampedPrice]:
        for settlement_id, record in self.world.usage.settled_records(account_id, bot_id, first, last):
            plan = self.world.accounts.plan(record.plan)
            day = record.day(ACCOUNT.calendar)
            prices = plan.usage_price_micros, plan.alert_price_micros
            yield StampedPrice(day, settlement_id, plan.ref, plan.currency, *prices)


@dataclass
class Scene:
    """A world with its ingest, its desk and its archive."""

    ingest: Ingest
    desk: Desk
    s3: FakeS3

    @property
    def store(self) -> S3Archive:
        client: Any = self.s3
        return S3Archive(client, "archive")

    def archive(self, text: str) -> None:
        assert not self.store.keep(read(text))

    def receive(self, text: str) -> None:
        self.archive(text)
        self.ingest.record([text], to_ms(NOW))

    def everything(self) -> Any:
        """All that is stored."""
        world = self.ingest.world
        return cli.stored(world), self.s3.objects, world.usage.timelines, world.usage.appended

    def settle(self) -> None:
        self.ingest.world.settle("all", to_ms(DUE))


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    world = cli.world()
    made = Scene(Ingest(world), Desk(world), FakeS3())
    services = SimpleNamespace(
        accounts=world.accounts,
        usage=world.usage,
        timelines=world.usage,
        billing=world.billing,
        invoices=made.desk.invoices,
        event_queue=made.ingest.queue,
        archive=made.store,
        stamped_prices=FakeStampedPrices(world),
        settings=SimpleNamespace(invoice_grace=GRACE),
    )
    cli.install(world, cli.FakeRegistry(), monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(Stack, "load", lambda _: SimpleNamespace())
    monkeypatch.setattr(wiring, "wiring_for", lambda _: services)
    monkeypatch.setattr(archive_replay, "wiring_for", lambda _: services)
    monkeypatch.setattr(archive_replay, "dead_letters", lambda _: 0)
    monkeypatch.setattr(archive_replay, "wait_until_empty", lambda *_: None)
    return made


def talk(conversation_id: str = "c-1") -> str:
    return event("bot_standard").replace("c-1", conversation_id)


def test_period_that_agrees(scene: Scene) -> None:
    """For machines and for people."""
    scene.receive(talk())
    scene.settle()
    scene.desk.issued()
    told = answer(*ASKED)

    assert (told["agrees"], told["usage_sessions"], told["differences"], told["open"]) == (True, 1, [], [])
    assert told["invoices"] == scene.desk.counted()[0].number
    assert "Differences           0" in run(*ASKED).stdout


def test_difference_is_shown_and_fails(scene: Scene) -> None:
    """With its bot, its conversation, its time, how many sessions, and where."""
    scene.receive(talk())
    scene.settle()
    scene.archive(talk("c-lost"))
    failed = run(*ASKED)
    shown = " ".join(failed.stdout.split())

    assert failed.exit_code == 1
    assert "records unbilled bot_standard usage c-lost 2026-10-05T" in shown
    assert "totals differs bot_standard usage standard@1 2026-10-05 2 1" in shown


def test_what_is_not_settled_yet_is_shown_apart(scene: Scene) -> None:
    """And nothing fails."""
    scene.receive(talk())
    shown = run(*ASKED)

    assert shown.exit_code == 0
    assert "c-1 bot_standard usage 1 0" in " ".join(shown.stdout.split())


def test_what_should_have_been_settled_long_ago_fails(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the conversation, and when it had ended."""
    scene.receive(talk())
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    failed = run(*ASKED)

    assert failed.exit_code == 1
    assert "overdue unbilled bot_standard usage c-1 2026-10-05T" in " ".join(failed.stdout.split())


def test_archive_that_is_damaged_fails(scene: Scene) -> None:
    """The object is named."""
    scene.receive(talk())
    scene.settle()
    (key,) = scene.s3.objects
    broken = key.replace("day=2026-10-05/", "day=2026-10-05/0")
    scene.s3.objects[broken] = scene.s3.objects[key]
    failed = run(*ASKED)

    assert failed.exit_code == 1
    assert broken in failed.stdout


def test_period_that_is_none_is_a_usage_error(scene: Scene) -> None:
    """As is one that the account does not have."""
    assert run("reconcile", "--account", "acct_acme", "--period", "October").exit_code == 2
    assert "such as 2026-10" in cli.refusal("reconcile", "--account", "acct_acme", "--period", "2026-10-15")


def test_reconciling_reads_only(scene: Scene) -> None:
    """Everything that is stored is the same afterwards."""
    scene.receive(talk())
    scene.settle()
    before = deepcopy(scene.everything())
    run(*ASKED)

    assert scene.everything() == before


def test_archive_is_replayed_through_the_queue(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each event once, however often it is in the archive; nothing of it was too old or damaged."""
    for conversation_id in ("c-1", "c-2", "c-1"):
        scene.archive(talk(conversation_id))
    monkeypatch.setattr(pipeline, "datetime", SimpleNamespace(now=lambda _: NOW))
    told = answer("replay", "--from-archive", *SPAN)

    assert (told["events"], told["too_old"], told["damaged_objects"]) == (2, 0, [])
    assert sorted(scene.ingest.queue.waiting) == sorted(
        read(talk(name))[0].canonical for name in ("c-1", "c-2")
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--from-archive"],
        ["--from-archive", "--account", "acct_acme", "--from", "2026-10-05"],
        ["events.jsonl", "--from-archive", *SPAN],
        ["events.jsonl", *SPAN],
        [*SPAN],
        ["--from-archive", "--account", "acct_acme", "--from", "2026-10-05", "--to", "2026-10-06T00:00:00"],
    ],
)
def test_replay_of_neither_or_both_is_a_usage_error(scene: Scene, arguments: list[str]) -> None:
    """A file, or else the archive with account and times; a time has an offset."""
    assert run("replay", *arguments).exit_code == 2
