"""Who is the bot in transcripts whose activities do not all say so."""

from typing import Any

import pytest

from botmeter_cli.bot_parties import bot_parties
from tests.fakes.native import records

BOT, USER, OTHER = {"id": "b-1"}, {"id": "u-1"}, {"id": "u-2"}


def activity(author: Any, recipient: Any = None, **more: Any) -> dict[str, Any]:
    """A message of a conversation."""
    return {"type": "message", "from": author, "recipient": recipient, "conversation": {"id": "c"}, **more}


def as_user(party: dict[str, Any]) -> dict[str, Any]:
    return {**party, "role": "User"}


@pytest.mark.parametrize(
    "activities",
    [
        [activity({**BOT, "role": "Bot"})],
        [activity(USER, {**BOT, "role": "bot"})],
        [activity(as_user(USER), BOT), activity(BOT, USER)],
        [activity(USER, BOT, type="conversationUpdate"), activity(USER, BOT)],
        [activity(BOT, USER, type="event", name="handoff.initiate")],
        [activity(as_user(USER), id="1"), activity(BOT, id="2", replyToId="1")],
        [activity(BOT, replyToId="1"), activity(as_user(USER), id="1")],
    ],
)
def test_bot_is_known(activities: list[Any]) -> None:
    """By a role in any activity, since it alone gets users' messages and updates, or replies to the user."""
    assert bot_parties(activities) == {"c": "b-1"}


@pytest.mark.parametrize(
    "activities",
    [
        [],
        [activity(USER, BOT), activity(BOT, USER, replyToId="1")],
        [activity(USER, BOT, id="1"), activity(BOT, USER, replyToId="1")],
        [activity(as_user(USER), id="1"), activity(BOT, replyToId="1"), activity(OTHER)],
        [activity(as_user(USER), id="1"), activity(as_user(USER), replyToId="1")],
        [activity(as_user(USER), {"id": "b-1"}), activity(as_user(USER), {"id": "b-2"})],
        [activity(as_user(USER), BOT), activity(as_user(BOT), {**USER, "role": "user"})],
        [activity(as_user(USER), {"id": 7}), activity({"id": ""}, USER)],
        [7, None, {"conversation": {"id": 7}}, activity("u-1", ["b-1"]), activity({**USER, "role": 7})],
    ],
)
def test_bot_is_not_guessed(activities: list[Any]) -> None:
    """Nor if another user could have replied, if activities contradict each other, or are no activities."""
    assert bot_parties(activities) == {}


def test_each_conversation_has_its_own() -> None:
    """What one conversation tells is nothing to another; a transcript with roles says it, too."""
    elsewhere = {**activity(USER, BOT), "conversation": {"id": "d"}}
    known = bot_parties([*records("bot-framework"), activity(as_user(USER), BOT), elsewhere])

    assert known == {"91hcXEd0ZYCBPoRwBDPHZ6-o|livechat": "contoso-bot", "c": "b-1"}
