"""The operator's commands on the quarantine: real services over a stack in memory."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.late_events import LateEffect, UnknownEffect
from botmeter.services.manage_quarantine import MOST_AT_ONCE
from botmeter_cli import wiring
from tests.fakes import cli
from tests.fakes.cli import ME, PRESENT, answer, refusal, run
from tests.fakes.quarantine import Ingest
from tests.unit.test_manage_quarantine import event

TODAY = PRESENT.date().isoformat()
# What events in quarantine are said to have missed here.
MISSED = LateEffect(2, 240_000, "EUR")


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    """Ingest of a world that is every stack."""
    made = Ingest(cli.world())
    cli.install(made.world, cli.FakeRegistry(), monkeypatch)
    services = SimpleNamespace(
        manage_quarantine=made.manage, operate=made.world.operate, assess_late_events=lambda *_: MISSED
    )
    monkeypatch.setattr(wiring, "wiring_for", lambda _: services)
    return made


def corrected() -> dict[str, Any]:
    """An event of now that ingest takes."""
    return {**json.loads(event()), "time": PRESENT.isoformat()}


def test_lists_events(ingest: Ingest) -> None:
    """With the rule that each broke and whom it names, for machines and for people."""
    event_id = ingest.receive(event("bot_typo"), PRESENT)
    (listed,) = answer("quarantine", "list")["events"]

    assert (listed["event_id"], listed["field"]) == (event_id, "data.bot_id")
    assert (listed["account_id"], listed["bot_id"]) == ("acct_acme", "bot_typo")
    assert listed["excerpt"] == event("bot_typo")[:200]
    shown = run("quarantine", "list").stdout.split()
    assert {event_id, "data.bot_id:", "acct_acme", "bot_typo"} <= {*shown}


def test_lists_some_of_them(ingest: Ingest) -> None:
    """Of one day, of one field, so many."""
    ingest.hold(3, PRESENT - timedelta(days=1), "time")
    ingest.hold(3, PRESENT, "time")
    ingest.hold(3, PRESENT)

    assert len(answer("quarantine", "list", "--day", TODAY)["events"]) == 6
    assert len(answer("quarantine", "list", "--field", "time")["events"]) == 6
    assert len(answer("quarantine", "list", "--day", TODAY, "--field", "time")["events"]) == 3
    assert len(answer("quarantine", "list", "--limit", "5")["events"]) == 5
    assert run("quarantine", "list", "--field", "data").stdout == "no events\n"


def test_shows_the_text(ingest: Ingest) -> None:
    """As it was received, with the rule that it still breaks and what would have been billed."""
    shown = answer("quarantine", "show", ingest.receive("garbage", PRESENT))

    assert (shown["text"], shown["refusal"]["field"]) == ("garbage", "event")
    assert shown["late_effect"] == {"sessions": 2, "amount": {"amount": 24, "currency": "EUR"}}
    assert refusal("quarantine", "show", "nothing") == "there is no event nothing in quarantine"


def test_shows_whose_event_source_sent_it(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the list, and with the event; and why nobody can tell what it missed."""
    event_id = ingest.receive("{}", PRESENT, SourceIdentity("acct_acme", "src-1"))
    unknown = UnknownEffect("events are kept for 400 days, and these are older")
    services = SimpleNamespace(manage_quarantine=ingest.manage, assess_late_events=lambda *_: unknown)
    monkeypatch.setattr(wiring, "wiring_for", lambda _: services)
    shown = answer("quarantine", "show", event_id)

    assert (shown["source_account_id"], shown["source_id"]) == ("acct_acme", "src-1")
    assert (shown["late_effect"], shown["late_effect_unknown"]) == (None, unknown.reason)
    assert "acct_acme/src-1" in run("quarantine", "list").stdout


def test_redrives_one(ingest: Ingest) -> None:
    """As it is: the answer foresees that it comes back."""
    event_id = ingest.receive("garbage", PRESENT)
    done = answer("quarantine", "redrive", event_id)

    assert (done["event_id"], done["corrected"], done["refusal"]["field"]) == (event_id, False, "event")
    assert (ingest.queue.waiting, ingest.quarantine.events) == (["garbage"], {})
    (entry,) = answer("quarantine", "audit")["entries"]
    assert (entry["actor"]["id"], entry["operation"]) == (ME, "quarantine.redriven")


def test_redrives_a_correction(ingest: Ingest) -> None:
    """From a file; a bad one is told in a line, and nothing is sent."""
    event_id = ingest.receive("garbage", PRESENT)
    command = ("quarantine", "redrive", event_id, "--corrected", "-")

    assert refusal(*command, file="{").startswith("text: event: must be JSON")
    assert answer(*command, file=corrected()) == {"event_id": event_id, "corrected": True, "refusal": None}
    assert [json.loads(text) for text in ingest.queue.waiting] == [corrected()]


def test_redrives_all(ingest: Ingest) -> None:
    """More than go at once; of one day or field, if asked."""
    ingest.hold(2, PRESENT - timedelta(days=1))
    ingest.hold(MOST_AT_ONCE + 2, PRESENT)

    assert answer("quarantine", "redrive", "--all", "--field", "time") == {"sent": 0, "failed": 0}
    assert answer("quarantine", "redrive", "--all", "--day", TODAY) == {"sent": MOST_AT_ONCE + 2, "failed": 0}
    assert answer("quarantine", "redrive", "--all") == {"sent": 2, "failed": 0}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["some-event", "--all"],
        ["--day", "2026-10-05"],
        ["some-event", "--field", "time"],
        ["--all", "--corrected", "-"],
        ["--all", "--day", "yesterday"],
    ],
)
def test_redrive_has_to_say_what(ingest: Ingest, arguments: list[str]) -> None:
    """One event or all: nothing is sent by mistake."""
    ingest.hold(1, PRESENT)

    assert run("quarantine", "redrive", *arguments).exit_code == 2
    assert ingest.queue.waiting == []
