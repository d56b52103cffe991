"""`botmeter import`, and `botmeter sessions` of native records."""

import gzip
import json
from pathlib import Path
from typing import cast

import pytest
from typer.testing import CliRunner, Result

from botmeter.adapters.sources import FORMATS
from botmeter_cli import aws
from botmeter_cli.main import app
from botmeter_local import Stack
from tests.fakes.bus_stack import BusStack
from tests.fakes.native import conversation_path, documented, envelope, records

NAMED = ("--account", "acct_acme", "--bot", "bot_standard")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> BusStack:
    """The stack that the command finds; nothing is worth waiting for."""
    found = BusStack()
    monkeypatch.setattr(Stack, "load", lambda _: cast("Stack", found))
    monkeypatch.setattr(aws, "_LOCAL_PACE", (0, 0))
    monkeypatch.setattr("botmeter_cli.replay.FIRST_PAUSE_S", 0)
    return found


def run(command: str, file: object, name: str, *options: str) -> Result:
    return CliRunner().invoke(app, [command, str(file), "--format", name, *NAMED, *options])


def import_(file: object, name: str, *options: str) -> Result:
    return run("import", file, name, "--json", *options)


def test_transcript_is_put_on_the_bus(stack: BusStack) -> None:
    """Each activity that matters goes out in its envelope; the others are counted."""
    done = import_(conversation_path("bot-framework"), "bot-framework", "--channel", "web")
    result = json.loads(done.stdout)
    del result["seconds"]

    assert done.exit_code == 0
    assert result == {
        "records": 18,
        "events": 14,
        "by_type": {
            "conversation.agent.joined": 1,
            "conversation.agent.left": 1,
            "conversation.ended": 1,
            "conversation.message": 11,
        },
        "ignored": 4,
        "refused": 0,
        "refused_file": None,
        "failed": 0,
        "dead_letters": 0,
    }
    sent = [json.loads(entry["Detail"]) for entry in stack.entries]
    activity = records("bot-framework")[1]
    assert envelope("bot-framework", activity, channel="web", test=False, bot_party="contoso-bot") in sent
    assert {(entry["Source"], entry["DetailType"]) for entry in stack.entries} == {("bot-framework",) * 2}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("form", ["array", "lines", "gzipped", "with a byte order mark"])
def test_files_of_any_form(tmp_path: Path, stack: BusStack, name: str, form: str) -> None:
    """A JSON array, however it is laid out, or a record a line; compressed or not."""
    found, file = records(name), tmp_path / "records"
    lines = "\n\n".join(map(json.dumps, found)).encode()
    contents = {
        "array": b"\n  " + json.dumps(found, indent=1).encode(),
        "lines": lines,
        "gzipped": gzip.compress(json.dumps(found).encode()),
        "with a byte order mark": b"\xef\xbb\xbf" + lines,
    }
    file.write_bytes(contents[form])
    result = json.loads(import_(file, name).stdout)

    assert (result["records"], result["refused"]) == (len(found), 0)
    assert len(stack.entries) == len(found) - result["ignored"]


def test_what_cannot_be_used_is_told_and_not_sent(tmp_path: Path, stack: BusStack) -> None:
    """By its line and with the rule that it breaks; the records beside it go on, the command fails."""
    good, file = json.dumps(records("rasa")[4]), tmp_path / "events.jsonl"
    file.write_text("\n".join(["{", good, "", '{"event": "bot"}', "[" * 100_000, good[:-1] + ', "x": NaN}']))
    done = import_(file, "rasa")
    result = json.loads(done.stdout)

    assert done.exit_code == 1
    assert (result["records"], result["events"], result["refused"]) == (5, 1, 4)
    assert len(stack.entries) == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("record")] == [
        "record 1: record: must be JSON",
        "record 4: record.sender_id: must be given",
        "record 5: record: must be JSON",
        "record 6: record: must be JSON",
    ]


def test_what_the_bus_does_not_take_is_counted(stack: BusStack) -> None:
    """After several attempts; the command fails."""
    stack.takes = lambda detail: "action_human_handoff" not in detail
    done = import_(conversation_path("rasa"), "rasa")

    assert (done.exit_code, json.loads(done.stdout)["failed"]) == (1, 1)


@pytest.mark.parametrize("text", ["[{}", "[" * 100_000])
def test_arrays_that_are_no_json(tmp_path: Path, stack: BusStack, text: str) -> None:
    """The whole file is refused: nobody knows where its records are."""
    file = tmp_path / "a.transcript"
    file.write_text(text)

    assert "must be a JSON array" in str(import_(file, "bot-framework").exception)
    assert stack.entries == []


def test_damaged_gzip_file(tmp_path: Path, stack: BusStack) -> None:
    """It is told in a line, as for events."""
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(conversation_path("rasa").read_bytes())[:200])

    assert "damaged gzip file" in str(import_(file, "rasa").exception)


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("icq", (), "must be one of bot-framework"),
        ("rasa", ("--account", "a#b"), "must be 1 to 128 characters"),
        ("rasa", ("--channel", "a b"), "must be 1 to 128 characters"),
    ],
)
def test_usage_errors(stack: BusStack, name: str, options: tuple[str, ...], problem: str) -> None:
    """What would be refused for every record is refused before the first."""
    done = import_(conversation_path("rasa"), name, *options)

    assert done.exit_code == 2
    assert problem in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("name", "sessions"),
    [("bot-framework", 3), ("rasa", 2), ("lex-v2", 4), ("dialogflow-cx", 3), ("kore-ai", 2)],
)
def test_sessions_of_native_records(name: str, sessions: int) -> None:
    """The rule is applied to them without a stack."""
    done = run("sessions", conversation_path(name), name, "--summary")

    assert json.loads(done.stdout) == {"usage_sessions": sessions, "alert_sessions": 0, "rejected": 0}


def test_bot_of_a_channel_is_told_to_either_command(tmp_path: Path, stack: BusStack) -> None:
    """Microsoft's own example does not say which of its parties is the bot."""
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(documented("bot-framework")[0]))
    told = ("--bot-party", "12345678")

    assert json.loads(import_(file, "bot-framework", *told).stdout)["events"] == 1
    assert (
        json.loads(run("sessions", file, "bot-framework", "--summary", *told).stdout)["usage_sessions"] == 1
    )
    assert json.loads(run("sessions", file, "bot-framework", "--summary").stdout)["rejected"] == 1
    assert CliRunner().invoke(app, ["sessions", str(file), *told]).exit_code == 2


def test_sessions_need_to_know_whose_records_they_are() -> None:
    """A format without account and bot, or the other way round, is a mistake."""
    done = CliRunner().invoke(app, ["sessions", str(conversation_path("rasa")), "--format", "rasa"])

    assert done.exit_code == 2
    assert "go together" in done.stderr
