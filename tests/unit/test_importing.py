"""What `botmeter import` does with records that are large, that are refused, or do not say who is the bot."""

import json
import os
from pathlib import Path
from typing import Any, cast

import pytest

from botmeter.adapters.sources import Origin
from botmeter_cli import aws
from botmeter_cli.importing import Import, import_records
from botmeter_cli.output import Output
from botmeter_cli.replay import LARGEST_BATCH
from botmeter_local import Stack
from tests.fakes.bus_stack import BusStack
from tests.fakes.demo import ACCOUNT
from tests.fakes.native import BOT_ID, documented, first, read_record, records

PICTURE = {"contentType": "image/png", "contentUrl": "data:image/png;base64," + "A" * LARGEST_BATCH}
QUIET = Output(as_json=True)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> BusStack:
    """A stack; nothing is worth waiting for."""
    monkeypatch.setattr(aws, "_LOCAL_PACE", (0, 0))
    return BusStack()


def origin(name: str, bot_party: str | None = None) -> Origin:
    return Origin(name, ACCOUNT.account_id, BOT_ID, bot_party=bot_party)


def written(file: Path, *found: Any) -> Path:
    """A file with a record a line; texts stand as they are."""
    lines = (one if isinstance(one, str) else json.dumps(one) for one in found)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def import_file(stack: BusStack, file: Path, name: str, bot_party: str | None = None) -> dict[str, Any]:
    return import_records(cast("Stack", stack), str(file), origin(name, bot_party), QUIET)


def without_roles(activity: dict[str, Any]) -> dict[str, Any]:
    """An activity whose parties have ids alone."""
    return {
        **activity,
        "from": {"id": activity["from"]["id"]},
        "recipient": {"id": activity["recipient"]["id"]},
    }


# ------------------------------------------------------------------------------------------- large


def test_record_too_large_for_the_bus_goes_as_events(tmp_path: Path, stack: BusStack) -> None:
    """A message with a picture in it is one message: what it reports is sent, without the picture."""
    large = {**first("bot-framework", 3), "attachments": [PICTURE]}
    done = import_file(
        stack, written(tmp_path / "a.jsonl", first("bot-framework", 1), large), "bot-framework"
    )
    (envelope, event) = (json.loads(entry["Detail"]) for entry in stack.entries)

    assert (done["events"], done["refused"], done["by_type"]) == (2, 0, {"conversation.message": 2})
    assert envelope["record"] == first("bot-framework", 1)
    assert event == json.loads(read_record("bot-framework", large)[0].canonical)


def test_turn_too_large_for_the_bus_is_sent_whole(tmp_path: Path, stack: BusStack) -> None:
    """A line may be of any length, and all events of its record are sent."""
    turn = {**first("lex-v2", 0), "requestAttributes": {"x": "y" * 5 * LARGEST_BATCH}}
    done = import_file(stack, written(tmp_path / "a.jsonl", turn), "lex-v2")

    assert (done["records"], done["events"], done["refused"]) == (1, 2, 0)
    assert [json.loads(entry["Detail"])["data"]["role"] for entry in stack.entries] == ["user", "bot"]


def test_large_record_that_does_not_matter(tmp_path: Path, stack: BusStack) -> None:
    """A request of a handoff with the transcript in it is ignored, as any other."""
    request = {**first("bot-framework", 7), "attachments": [PICTURE]}
    done = import_file(stack, written(tmp_path / "a.jsonl", request), "bot-framework")

    assert (done["ignored"], done["refused"], stack.entries) == (1, 0, [])


# ----------------------------------------------------------------------------------------- refused


def test_what_is_refused_is_kept_and_can_be_repaired(tmp_path: Path, stack: BusStack) -> None:
    """In a file of its own, each record as it came below the reason; repaired, the file is imported."""
    bad, large = {"event": "bot"}, {**first("rasa", 4), "timestamp": "now", "text": "x" * LARGEST_BATCH}
    done = import_file(stack, written(tmp_path / "a.jsonl", bad, first("rasa", 7), "{é", large), "rasa")
    kept = Path(done["refused_file"])
    text = kept.read_text(encoding="utf-8")

    assert kept == tmp_path / "a.jsonl.refused.jsonl"
    assert text.splitlines() == [
        "# record 1: record.sender_id: must be given",
        json.dumps(bad),
        "# record 3: record: must be JSON",
        "{é",
        "# record 4: record.timestamp: must be a number",
        json.dumps(large),
    ]
    kept.write_text(text.replace('"now"', "1791201600").replace("{é\n", ""), encoding="utf-8")
    again = import_file(stack, kept, "rasa")
    assert (again["records"], again["events"], again["refused"]) == (2, 1, 1)


def test_refused_items_of_an_array(tmp_path: Path, stack: BusStack) -> None:
    """They are told by their place, and kept a record a line."""
    file = tmp_path / "a.transcript"
    file.write_text(json.dumps([first("bot-framework", 1), {"type": "message"}], indent=1))
    kept = Path(import_file(stack, file, "bot-framework")["refused_file"])

    assert kept.read_text().splitlines()[1:] == ['{"type": "message"}']


def test_bytes_that_are_no_text_are_kept(tmp_path: Path, stack: BusStack) -> None:
    """As they came."""
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"text": "\xff"}\n')
    kept = Path(import_file(stack, file, "rasa")["refused_file"])

    assert kept.read_bytes().splitlines()[1] == b'{"text": "\xff"}'


def test_refused_records_are_never_overwritten(tmp_path: Path, stack: BusStack) -> None:
    """A file that is there may be half repaired; and there is none where nothing was refused."""
    file = written(tmp_path / "a.jsonl", {"event": "bot"})
    kept = [Path(import_file(stack, file, "rasa")["refused_file"]).name for _ in range(3)]

    assert kept == ["a.jsonl.refused.jsonl", "a.jsonl.refused-2.jsonl", "a.jsonl.refused-3.jsonl"]
    assert import_file(stack, written(file, first("rasa", 4)), "rasa")["refused_file"] is None


def test_counting_offline_keeps_nothing(tmp_path: Path) -> None:
    """What is refused is told, and no file is written."""
    run = Import(str(written(tmp_path / "a.jsonl", {"event": "bot"}, first("rasa", 4))), origin("rasa"))

    assert len(run.collect().timelines) == run.rejects.count == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


# ------------------------------------------------------------------------------------- who is the bot


def test_bot_of_a_transcript_is_known_from_other_activities(tmp_path: Path, stack: BusStack) -> None:
    """Its update is for the bot alone: so all its messages are read, though most name no roles."""
    update, *others = records("bot-framework")
    file = written(tmp_path / "a.jsonl", "{", update, *map(without_roles, others))
    done = import_file(stack, file, "bot-framework")
    sent = [json.loads(entry["Detail"]) for entry in stack.entries]

    assert (done["events"], done["refused"]) == (14, 1)
    assert {envelope["bot_party"] for envelope in sent} == {"contoso-bot"}
    roles = Import(str(file), origin("bot-framework")).collect()
    assert (
        roles.timelines
        == Import(str(written(file, *records("bot-framework"))), origin("bot-framework")).collect().timelines
    )


def test_bot_of_a_transcript_is_told(tmp_path: Path, stack: BusStack) -> None:
    """Where nothing in the file tells, its id has to be given."""
    file = written(tmp_path / "a.jsonl", documented("bot-framework")[0])

    assert import_file(stack, file, "bot-framework")["refused"] == 1
    assert import_file(stack, file, "bot-framework", "12345678")["by_type"] == {"conversation.message": 1}


@pytest.mark.parametrize("is_named", [False, True])
def test_pipe_is_read_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stack: BusStack, *, is_named: bool
) -> None:
    """So nothing is known of its other activities; what it refuses is kept where the command runs."""
    monkeypatch.chdir(tmp_path)
    update, _, _, spoken, *_ = records("bot-framework")
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as file:
        file.write(f"{json.dumps(update)}\n{json.dumps(without_roles(spoken))}\n")
    with os.fdopen(reader) as stream:
        monkeypatch.setattr("sys.stdin", stream)
        path = Path(f"/dev/fd/{reader}") if is_named else Path("-")
        done = import_file(stack, path, "bot-framework")

    assert (done["ignored"], done["refused"], done["refused_file"]) == (1, 1, "import.refused.jsonl")
