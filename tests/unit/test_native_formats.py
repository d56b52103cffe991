"""Records of native formats, as conversations of their sources have them."""

import json
import subprocess
import sys

import pytest

from botmeter.adapters.sources import FORMATS
from botmeter.adapters.sources.canonical import identifier
from botmeter.domain.identifiers import is_identifier
from botmeter.domain.sessions import usage_sessions
from botmeter.domain.timeline import MeteringRule, windows
from botmeter_local.paths import ROOT
from tests.fakes.native import envelope, first, read_record, records, told

RULE = MeteringRule()

# What each record of each conversation reports.
TOLD: dict[str, list[list[str]]] = {
    "bot-framework": [
        [],  # conversationUpdate
        ["bot 09:30:00.120Z"],
        [],  # typing
        ["user 09:31:00.4567891Z"],
        ["bot 09:31:02.000Z"],
        ["user 09:39:00.000Z"],
        ["bot 09:39:01.000Z"],
        [],  # handoff.initiate: nobody has joined yet
        ["agent.joined 09:40:00.000Z"],
        ["user 09:45:00.000Z"],
        ["bot 09:50:00.000Z"],
        ["bot 10:00:00.000Z"],
        ["agent.left 10:10:00.000Z"],
        ["user 11:20:00.000+01:00"],
        ["bot 10:20:30.000Z"],
        ["ended 10:21:00.000Z"],
        ["user 10:23:00.000Z"],
        [],  # trace
    ],
    "rasa": [
        [],  # action_session_start
        [],  # session_started
        [],  # action_listen
        [],  # /session_start: a page was opened
        ["user 12:00:00.250Z"],
        [],  # slot
        [],  # utter_payment: the bot's message follows
        ["bot 12:00:00.500Z"],
        ["user 12:14:00.000Z"],
        ["bot 12:14:01.000Z"],
        ["user 12:20:00.000Z"],
        ["agent.joined 12:20:02.000Z"],  # action_human_handoff
        ["agent.joined 12:20:02.100Z"],  # pause
        ["agent 12:25:00.000Z"],
        ["user 12:30:00.000Z"],
        ["agent.left 12:34:00.000Z"],
        ["bot 12:34:01.000Z"],
        [],  # a reminder
        ["user 12:36:00.000Z"],
        ["bot 12:36:01.000Z"],
        ["ended 12:36:30.000Z"],
    ],
    "lex-v2": [
        ["user 08:00:00.000Z", "bot 08:00:00.000Z"],
        ["user 08:10:00.000Z", "bot 08:10:00.000Z"],
        ["bot 08:20:00.000Z"],  # nothing was understood
        ["user 08:30:00.001Z"],  # a function fulfils it: Lex says nothing
        ["user 08:50:00.000Z", "bot 08:50:00.000Z"],
    ],
    "dialogflow-cx": [
        ["bot 14:00:00.000Z"],  # the welcome event
        ["user 14:01:00.250Z", "bot 14:01:00.250Z"],
        ["user 14:12:00.000000Z", "bot 14:12:00.000000Z"],
        [
            "user 14:16:00.000000Z",
            "bot 14:16:00.000000Z",
            "agent.joined 14:16:00.000000Z",
            "ended 14:16:00.000000Z",
        ],
        ["user 14:25:00.000Z", "bot 14:25:00.000Z"],  # by telephone
    ],
    "kore-ai": [
        ["user 16:00:00.000Z"],
        ["bot 16:00:00.572Z"],
        ["user 16:05:00.000Z"],
        ["bot 16:05:01.000Z", "agent.joined 16:05:01.000Z"],
        ["agent 16:10:00.000Z"],
        ["user 16:20:00.000Z"],
        ["agent 16:29:00.000Z"],
        ["bot 16:30:00.000Z", "agent.left 16:30:00.000Z"],
        ["user 16:31:00.000Z"],
        ["bot 16:31:01.000Z"],
        ["user 16:45:00.000Z"],
        [],  # the session, while it goes on
        ["ended 16:45:01.000Z"],
    ],
}
# Sessions of each window, with the milliseconds that were the bot's and an agent's.
SESSIONS = {
    "bot-framework": [(2, 1_259_880, 1_800_000), (1, 0, 0)],
    "rasa": [(2, 1_351_750, 838_000)],
    "lex-v2": [(3, 1_800_001, 0), (1, 0, 0)],
    "dialogflow-cx": [(2, 960_000, 0), (1, 0, 0)],
    "kore-ai": [(2, 1_202_000, 1_499_000)],
}


@pytest.mark.parametrize("name", FORMATS)
def test_records_become_events(name: str) -> None:
    """Each record reports what happened at the time that its source gives; what does not matter, nothing."""
    assert [told(read_record(name, record)) for record in records(name)] == TOLD[name]


@pytest.mark.parametrize("name", FORMATS)
def test_conversation_is_counted_by_the_rule(name: str) -> None:
    """Whole conversations with agents, pauses and ends give the sessions that the metering rule says."""
    reports = [report for record in records(name) for report in read_record(name, record)]
    marks = [report.sighting.mark for report in reports]

    assert len({report.sighting.subject for report in reports}) == 1
    found = windows(marks, RULE)
    assert [(usage_sessions(w, RULE), w.bot_ms, w.agent_ms) for w in found] == SESSIONS[name]


@pytest.mark.parametrize("name", FORMATS)
def test_same_record_gives_the_same_events(name: str) -> None:
    """Delivered again, a record changes nothing; and no two records share an id."""
    once = [read_record(name, record) for record in records(name)]
    ids = [json.loads(report.canonical)["id"] for reports in once for report in reports]

    assert [read_record(name, record) for record in records(name)] == once
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_that_was_said_is_kept(name: str) -> None:
    """Events have the names that metering needs, and no others: no texts, no people."""
    allowed = {"account_id", "bot_id", "conversation_id", "role", "channel", "test"}
    for record in records(name):
        for report in read_record(name, record):
            event = json.loads(report.canonical)
            assert set(event) == {"specversion", "id", "source", "type", "time", "data"}
            assert set(event["data"]) <= allowed


def test_event_in_full() -> None:
    """An event is named for the ids of its record, and has the channel of its source."""
    (report,) = read_record("kore-ai", records("kore-ai")[0])

    assert json.loads(report.canonical) == {
        "specversion": "1.0",
        "id": "64b65f87277b464507f778c0/ms-fee996b9-0485-55a3-bf42-417c12720001/user",
        "source": "kore-ai/acct_acme/bot_standard",
        "type": "conversation.message",
        "time": "2026-10-05T16:00:00.000Z",
        "data": {
            "account_id": "acct_acme",
            "bot_id": "bot_standard",
            "conversation_id": "64b65f87277b464507f778c0",
            "channel": "rtm",
            "test": False,
            "role": "user",
        },
    }


def test_envelope_may_name_the_channel_and_a_test() -> None:
    """What it says holds for all events of the record."""
    (report,) = read_record("rasa", records("rasa")[4], channel="web", test=True)

    assert json.loads(report.canonical)["data"]["channel"] == "web"
    assert report.sighting.test


def test_channels_that_are_no_identifiers_are_left_out() -> None:
    """A channel is told where it can be, and never a reason to refuse."""
    for channel in ("my channel", 7, None):
        (report,) = read_record("rasa", {**first("rasa", 4), "input_channel": channel})
        assert "channel" not in json.loads(report.canonical)["data"]


@pytest.mark.parametrize("native", ["c-81", "29:1bSn-A.b_c@d", "x" * 128])
def test_ids_that_can_be_keys_stay(native: str) -> None:
    """Who looks for a conversation finds it under its own id."""
    assert identifier(native) == native


def test_other_ids_are_derived_without_collision() -> None:
    """Ids of any form become identifiers, different ones different ones, also those that look derived."""
    natives = ["a|b", "a;b", "a b", "a/b", "é", "x" * 129, "a\n", identifier("a|b"), "sha256:"]
    derived = [identifier(native) for native in natives]

    assert all(map(is_identifier, derived))
    assert len({*derived, *natives}) == len(derived) + len(natives) - 1
    assert identifier("a|b") == derived[0]


def test_activities_without_an_id_are_told_apart_by_their_time() -> None:
    """Transcripts that were written by tools have none."""
    one, other = ({**first("bot-framework", index), "id": None} for index in (1, 4))

    assert read_record("bot-framework", one) == read_record("bot-framework", one)
    assert read_record("bot-framework", one) != read_record("bot-framework", other)


def test_own_name_of_a_handoff_action() -> None:
    """An action whose name ends like Rasa's own hands over too; others do nothing."""
    action = first("rasa", 11)
    named = {name: told(read_record("rasa", {**action, "name": name})) for name in ("action_ask", "x", None)}
    own = told(read_record("rasa", {**action, "name": "action_billing_human_handoff"}))

    assert own == ["agent.joined 12:20:02.000Z"]
    assert set(map(tuple, named.values())) == {()}


def test_formats_are_loaded_with_their_first_record() -> None:
    """Reading canonical events loads no format; a record loads its own and no other."""
    code = (
        "import json, sys\n"
        "from botmeter.adapters.event_reader import read\n"
        "from botmeter.adapters.sources import FORMATS, __name__ as package\n"
        "def loaded(): return [n for n, m in FORMATS.items() if f'{package}.{m}' in sys.modules]\n"
        "before = loaded(); read(sys.argv[1]); print(json.dumps([before, loaded()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(envelope("rasa", records("rasa")[4]))],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "layers/core")},
    )

    assert json.loads(done.stdout) == [[], ["rasa"]]


@pytest.mark.parametrize("name", FORMATS)
def test_documentation_has_every_format(name: str) -> None:
    """Whoever sends records reads there what becomes of them."""
    text = (ROOT / "docs/sources.md").read_text(encoding="utf-8")

    assert f"### `{name}`: " in text
