"""Activities of Bot Framework: who wrote them, when, and what becomes of handoffs."""

from typing import Any

import pytest

from tests.fakes.native import first, outcome

BOT, USER = {"id": "b-1"}, {"id": "u-1"}


def message(**change: Any) -> Any:
    """A message of 09:30:00.120Z."""
    return {**first("bot-framework", 1), **change}


def status(**change: Any) -> Any:
    """A handoff that an agent accepts at 09:40."""
    return {**first("bot-framework", 8), **change}


@pytest.mark.parametrize(
    ("author", "recipient", "role"),
    [
        ({"role": "user"}, None, "user"),
        ({"role": "skill"}, None, "bot"),
        ({"role": "Bot"}, None, "bot"),
        ({"role": "agenticUser"}, {"role": "user"}, "bot"),
        ({"id": "u-1"}, {"role": "agenticAppInstance"}, "user"),
        ({"id": "u-1"}, {"role": "bot"}, "user"),
        ({"role": "somebody"}, {"role": "USER"}, "bot"),
        ({"id": "29:1bSnHZ7Js2STWrgk6ScEErLk1Lp2zQuD5H2qQ0DcAPKE"}, {"id": "28:c9e8c047"}, "user"),
        ({"id": "28:c9e8c047"}, {"id": "a-1"}, "bot"),
        ({"id": "8:orgid:1"}, {"id": "28:c9e8c047"}, "user"),
    ],
)
def test_author_says_what_it_is(author: Any, recipient: Any, role: str) -> None:
    """By its role in any case, or else the recipient's; in Teams, their ids tell."""
    found = outcome("bot-framework", message(**{"from": author}, recipient=recipient))

    assert found == [f"{role} 09:30:00.120Z"]


@pytest.mark.parametrize(
    ("author", "recipient", "role"),
    [
        (BOT, USER, "bot"),
        (BOT, None, "bot"),
        (USER, BOT, "user"),
        (USER, None, "user"),
        (USER, {}, "user"),
        ({**BOT, "role": "user"}, USER, "bot"),
        ({"id": "s-1", "role": "skill"}, BOT, "bot"),
        (USER, {"role": "user"}, "bot"),
    ],
)
def test_bot_that_the_source_names(author: Any, recipient: Any, role: str) -> None:
    """Its word goes before the activity's own; who writes to it, or to all, and says nothing is a user."""
    found = outcome("bot-framework", message(**{"from": author}, recipient=recipient), bot_party="b-1")

    assert found == [f"{role} 09:30:00.120Z"]


@pytest.mark.parametrize("named", [{}, {"bot_party": "b-2"}])
def test_nobody_is_guessed(named: dict[str, str]) -> None:
    """Where nothing tells who is the bot, or another one is named. Users reply, too: that tells nothing."""
    reply = message(**{"from": USER}, recipient=BOT, replyToId="1")

    assert outcome("bot-framework", reply, **named) == ["! record.from.role"]


def test_time_of_an_activity_that_no_channel_has_stamped() -> None:
    """It is its author's, with the offset; where there are both, the channel's counts."""
    local = {"localTimestamp": "2026-10-05T11:30:00.12+02:00"}

    assert outcome("bot-framework", message(timestamp=None, **local)) == ["bot 11:30:00.12+02:00"]
    assert outcome("bot-framework", message(**local)) == ["bot 09:30:00.120Z"]
    assert outcome("bot-framework", message(localTimestamp="soon")) == ["bot 09:30:00.120Z"]


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({}, "record.timestamp"),
        ({"localTimestamp": "2026-10-05T11:30:00"}, "record.localTimestamp"),
        ({"localTimestamp": 7}, "record.localTimestamp"),
    ],
)
def test_activity_without_a_time(times: dict[str, Any], field: str) -> None:
    """A time that could be anybody's is none."""
    assert outcome("bot-framework", message(timestamp=None, **times)) == [f"! {field}"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"value": {"state": "failed", "message": "nobody is there"}}, "agent.left"),
        ({"name": "Handoff.Status", "value": {"state": "Accepted"}}, "agent.joined"),
        ({"type": "handoff.status", "name": None}, "agent.joined"),
        ({"type": "handoff", "name": None, "value": {"state": "completed"}}, "agent.left"),
    ],
)
def test_states_of_a_handoff(change: dict[str, Any], found: str) -> None:
    """One that failed gives the conversation back, whether anybody had accepted or not."""
    assert outcome("bot-framework", status(**change)) == [f"{found} 09:40:00.000Z"]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "handoff", "value": None},
        {"type": "handoff", "value": {"skill": "parcels"}},
        {"name": "handoff.initiate"},
        {"type": "handoff.initiate"},
        {"type": "invoke"},
    ],
)
def test_handoffs_that_change_nothing(change: dict[str, Any]) -> None:
    """A request has nobody yet who took it, and a bare `handoff` goes from one part of a bot to another."""
    assert outcome("bot-framework", status(**change)) == []


@pytest.mark.parametrize("kind", ["handoff", "handoff.status"])
def test_state_of_a_handoff_that_is_none(kind: str) -> None:
    """It is refused, whatever the type of the activity."""
    assert outcome("bot-framework", status(type=kind, value={"state": "lost"})) == ["! record.value.state"]
