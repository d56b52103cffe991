"""Records that the platforms' documentation prints; `tests/events/sources/README.md` names the pages."""

import json
from typing import Any

import pytest

from botmeter.adapters.sources import FORMATS
from tests.fakes.native import documented, outcome, read_record

# What each of them reports, or the member that it is refused for.
DOCUMENTED: dict[str, list[list[str]]] = {
    "bot-framework": [
        ["! record.from.role"],  # neither party says what it is
        ["! record.timestamp"],
        ["! record.timestamp"],
        ["! record.timestamp"],
        ["! record.timestamp"],
        [],  # handoff.initiate
        ["! record.timestamp"],
        ["! record.timestamp"],
    ],
    "rasa": [
        ["bot 20:20:37.617Z"],
        [],  # slot
        [],  # reset_slots
        [],  # reminder
        [],  # cancel_reminder
        ["agent.joined 20:20:42.617Z"],
        ["agent.left 20:20:43.617Z"],
        [],  # followup
        [],  # rewind
        [],  # undo
        ["ended 20:20:47.617Z"],
        [],  # action_session_start
        [],  # session_started
        ["user 20:20:50.617Z"],
        ["bot 20:20:51.617Z"],
        [],  # action
        ["user 20:20:53.617Z"],
        ["ended 20:20:54.617Z"],
        ["user 14:20:10.000Z"],
    ],
    "lex-v2": [
        ["user 08:00:00.000Z", "bot 08:00:00.000Z"],
        ["user 08:00:20.000Z", "bot 08:00:20.000Z"],  # spoken, but no word of it was understood
        ["bot 08:00:40.000Z"],  # the user was silent
        ["user 08:01:00.000Z", "bot 08:01:00.000Z"],  # by a key of the telephone
        ["bot 08:01:30.000Z"],  # an update, while something is done
        [],  # a program has put the session
    ],
    "dialogflow-cx": [
        ["user 09:30:12.480000Z", "bot 09:30:12.480000Z"],
        ["user 09:31:00Z", "bot 09:31:00Z"],
        ["user 09:32:00.5Z", "bot 09:32:00.5Z"],
        ["bot 09:33:00Z"],  # nobody said anything
        [],  # a program has set an intent
        ["user 09:34:00Z", "agent.joined 09:34:00Z", "ended 09:34:00Z"],
    ],
    "kore-ai": [
        ["user 09:46:46.925Z"],
        ["bot 09:46:47.497Z"],
        ["user 10:21:45.106Z"],
        [],  # sessions that do not say whether they are closed
        [],
        [],
        ["ended 07:10:39.201Z"],
        ["ended 14:01:37.518Z"],
    ],
}
AT = "2016-10-19T20:18:00Z"


def stamped(index: int, **more: Any) -> Any:
    """An activity as a channel passes it on: with a time."""
    return {**documented("bot-framework")[index], "timestamp": AT, **more}


@pytest.mark.parametrize("name", FORMATS)
def test_documented_records_are_read(name: str) -> None:
    """Each reports what its page says it is, in spite of members that only some records have."""
    assert [outcome(name, record) for record in documented(name)] == DOCUMENTED[name]


def test_documented_user_is_known_by_the_bot_that_is_told() -> None:
    """Microsoft's first example names its parties without roles: the envelope says which is the bot."""
    (message, *_) = documented("bot-framework")

    assert outcome("bot-framework", message, bot_party="12345678") == ["user 20:17:52.2891902Z"]
    assert outcome("bot-framework", message, bot_party="1234abcd") == ["bot 20:17:52.2891902Z"]
    assert outcome("bot-framework", message, bot_party="bot_orders") == ["! record.from.role"]


@pytest.mark.parametrize("index", [1, 2])
def test_documented_replies(index: int) -> None:
    """They are the bot's; as they are printed, no channel has stamped them yet."""
    reply = documented("bot-framework")[index]

    assert outcome("bot-framework", stamped(index), bot_party="12345678") == ["bot 20:18:00Z"]
    assert outcome("bot-framework", reply, bot_party="12345678") == ["! record.timestamp"]


def test_documented_direct_line_activities() -> None:
    """Direct Line tells no recipient: who is not the bot is a user."""
    both = [outcome("bot-framework", stamped(index), bot_party="bot1") for index in (3, 4)]

    assert both == [["user 20:18:00Z"], ["bot 20:18:00Z"]]


@pytest.mark.parametrize("index", [6, 7])
def test_documented_ends_of_a_handoff(index: int) -> None:
    """A handoff that is completed, and one that failed, give the conversation back to the bot."""
    assert outcome("bot-framework", stamped(index)) == ["agent.left 20:18:00Z"]


def test_channel_of_both_ways_to_ask_for_messages() -> None:
    """Kore.ai calls it `chnl` in one sample and `channel` in the other."""
    events = [read_record("kore-ai", record)[0] for record in documented("kore-ai")[:3]]

    assert [json.loads(event.canonical)["data"]["channel"] for event in events] == ["rtm", "rtm", "rcs"]
