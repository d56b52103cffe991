"""What ingest refused: found, corrected, sent again, whatever dies in between."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from botmeter.domain.errors import InvalidEvent, NotAllowed, NotFound, Refused
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import RETENTION_DAYS
from botmeter.domain.members import Member
from botmeter.domain.quarantine import Selection
from botmeter.services.manage_quarantine import RedrivenEvent
from tests.fakes.demo import STANDARD, bot, conversation
from tests.fakes.native import envelope
from tests.fakes.quarantine import Ingest
from tests.fakes.world import ADMIN, NOW, OPERATOR, VIEWER, Died, World, die

ALL = Selection()
DAY = timedelta(days=1)
TYPE = "conversation.message"
SOURCE = SourceIdentity("acct_acme", "src-1")


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()


def event(bot_id: str = "bot_standard", kind: str = TYPE, **data: Any) -> str:
    """The text of an event of now."""
    named = {"account_id": "acct_acme", "bot_id": bot_id, "conversation_id": "c-1", "role": "user", **data}
    whole = {"specversion": "1.0", "id": "e-1", "source": "bots/acme", "type": kind}
    return json.dumps({**whole, "time": NOW.isoformat(), "data": named})


def marks(ingest: Ingest) -> int:
    """How many marks the conversation has."""
    timeline = ingest.world.usage.timelines.get(conversation())
    return len(timeline.marks) if timeline else 0


# ------------------------------------------------------------------------------------ redriving one


def test_event_is_metered_once_its_cause_is_mended(ingest: Ingest) -> None:
    """The bot that was missing is added: the event, sent as it was, is in quarantine no more."""
    event_id = ingest.receive(event("bot_new"))
    ingest.world.add(bot(STANDARD, "bot_new"))
    redriven = ingest.manage.redrive(OPERATOR, event_id, None, NOW)
    ingest.work()

    assert redriven == RedrivenEvent(event_id, corrected=False, refusal=None)
    assert len(ingest.world.usage.timelines[conversation(bot_id="bot_new")].marks) == 1
    assert ingest.quarantine.events == {}


def test_corrected_event_is_metered_instead(ingest: Ingest) -> None:
    """What the operator gives is sent; the text that was refused goes."""
    event_id = ingest.receive(event("bot_typo"))
    redriven = ingest.manage.redrive(OPERATOR, event_id, event(), NOW)
    ingest.work()

    assert redriven == RedrivenEvent(event_id, corrected=True, refusal=None)
    assert marks(ingest) == 1
    assert ingest.quarantine.events == {}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "text: event: must be JSON"),
        (event(kind="conversation.begun"), "text: type: must be one of 'conversation.message'"),
        (event(role="robot"), "text: data.role: must be 'user', 'bot' or 'agent'"),
        (event("bot_nobody"), "text: data.bot_id: must be a bot of data.account_id"),
        (event(account_id="acct_nobody"), "text: data.bot_id: must be a bot of data.account_id"),
    ],
)
def test_correction_that_would_be_refused_is_not_sent(ingest: Ingest, text: str, rule: str) -> None:
    """It is judged as ingest does, and told with field and rule; nothing changes."""
    event_id = ingest.receive("garbage")
    with pytest.raises(Refused, match=f"^{rule}"):
        ingest.manage.redrive(OPERATOR, event_id, text, NOW)

    assert (ingest.queue.waiting, [*ingest.quarantine.events]) == ([], [event_id])
    assert ingest.manage.audit_of(OPERATOR, 10, None).items == []


def test_correction_has_to_say_something(ingest: Ingest) -> None:
    """A record that does not matter for metering corrects nothing."""
    event_id = ingest.receive("garbage")
    with pytest.raises(Refused, match="text: must report something that is metered"):
        ingest.manage.redrive(OPERATOR, event_id, json.dumps(envelope("rasa", {"event": "slot"})), NOW)


def test_correction_has_to_be_timely(ingest: Ingest) -> None:
    """What is older than the retention cannot be metered any more."""
    event_id = ingest.receive("garbage")
    with pytest.raises(Refused, match="text: time: must not be older than 90 days"):
        ingest.manage.redrive(OPERATOR, event_id, event(), NOW + (RETENTION_DAYS + 1) * DAY)


def test_what_is_still_bad_comes_back_with_its_reason(ingest: Ingest) -> None:
    """It is foreseen, and kept as an event of the day on which it came again."""
    event_id = ingest.receive("garbage")
    redriven = ingest.manage.redrive(OPERATOR, event_id, None, NOW + DAY)
    ingest.work(NOW + DAY)

    assert isinstance(redriven.refusal, InvalidEvent)
    (again,) = ingest.quarantine.events.values()
    assert (again.event_id[:10], again.text) == ("2026-10-06", "garbage")
    assert (again.field, again.rule) == (redriven.refusal.field, redriven.refusal.rule)


def test_text_that_the_queue_does_not_take_stays(ingest: Ingest) -> None:
    """It is refused with the rule."""
    event_id = ingest.receive("x" * 20_000)
    with pytest.raises(Refused, match="text: must be what the event queue takes"):
        ingest.manage.redrive(OPERATOR, event_id, None, NOW)

    assert [*ingest.quarantine.events] == [event_id]


def test_shows_whether_an_event_would_be_taken_now(ingest: Ingest) -> None:
    """The bot is unknown until it is added."""
    found = ingest.manage.event(OPERATOR, ingest.receive(event("bot_new")))
    before = ingest.manage.refusal(found, NOW)
    ingest.world.add(bot(STANDARD, "bot_new"))

    assert before is not None
    assert (before.field, before.rule) == ("data.bot_id", "must be a bot of data.account_id")
    assert ingest.manage.refusal(found, NOW) is None


# ----------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("corrected", [None, event()])
def test_death_before_the_removal_costs_nothing(ingest: Ingest, corrected: str | None) -> None:
    """The event was sent and is still there: sent again, it is metered once."""
    event_id = ingest.receive(event("bot_new"))
    ingest.world.add(bot(STANDARD, "bot_new"))
    ingest.quarantine.before_removal = [die]
    with pytest.raises(Died):
        ingest.manage.redrive(OPERATOR, event_id, corrected, NOW)
    ingest.work()
    assert [*ingest.quarantine.events] == [event_id]

    ingest.manage.redrive(OPERATOR, event_id, corrected, NOW + timedelta(minutes=1))
    ingest.work()

    assert ingest.quarantine.events == {}
    assert sum(len(timeline.marks) for timeline in ingest.world.usage.timelines.values()) == 1


def test_death_in_the_middle_of_many_costs_nothing(ingest: Ingest) -> None:
    """All of them were sent and are still there: sent again, all are metered once."""
    for number in range(3):
        ingest.receive(event("bot_new", conversation_id=f"c-{number}"))
    ingest.world.add(bot(STANDARD, "bot_new"))
    ingest.quarantine.before_removal = [die]
    with pytest.raises(Died):
        ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW)
    ingest.work()
    again = ingest.manage.redrive_matching(OPERATOR, ALL, None, NOW)
    ingest.work()

    assert (again.sent, ingest.quarantine.events) == (3, {})
    assert [len(timeline.marks) for timeline in ingest.world.usage.timelines.values()] == [1, 1, 1]


def test_event_that_comes_back_at_once_is_not_removed(ingest: Ingest) -> None:
    """Ingest may refuse it, under the same id, before the copy that was read is removed."""
    event_id = ingest.receive("garbage")
    ingest.quarantine.before_removal = [lambda: ingest.work(NOW + timedelta(seconds=1))]
    ingest.manage.redrive(OPERATOR, event_id, None, NOW)

    assert [*ingest.quarantine.events] == [event_id]
    assert ingest.queue.waiting == []


# -------------------------------------------------------------------------------------- the trail


def test_correction_is_in_the_trail_of_the_account_it_bills(ingest: Ingest) -> None:
    """Who made which event of it; what else the text holds is nobody's business."""
    event_id = ingest.receive("garbage")
    ingest.manage.redrive(OPERATOR, event_id, event(text="my secret"), NOW)
    (entry,) = [e for e in ingest.world.billing.trail if e.operation == "event.corrected"]

    assert (entry.account_id, entry.bot_id, entry.actor.actor_id) == (
        "acct_acme",
        "bot_standard",
        "u-operator",
    )
    assert entry.before["event_id"] == event_id
    assert entry.after == {
        "conversation": "c-1",
        "kind": "user_message",
        "time": "2026-10-05T12:00:00.000Z",
        "test": "false",
    }


def test_redrives_are_in_a_trail_of_their_own(ingest: Ingest) -> None:
    """One entry for each call: which events were asked for, and how many were sent."""
    first = ingest.receive("garbage")
    ingest.manage.redrive(OPERATOR, first, None, NOW)
    ingest.hold(3)
    ingest.manage.redrive_matching(OPERATOR, Selection(NOW.date(), "event"), None, NOW + DAY)
    many, one = ingest.manage.audit_of(OPERATOR, 10, None).items

    assert (one.operation, one.before, one.after) == (
        "quarantine.redriven",
        {},
        {"events": "1", "first": first},
    )
    assert (many.before, many.after["events"]) == ({"day": "2026-10-05", "field": "event"}, "3")
    assert many.actor.actor_id == "u-operator"


# -------------------------------------------------------------------------------------------- who


@pytest.mark.parametrize("who", [ADMIN, VIEWER])
@pytest.mark.parametrize(
    "call",
    [
        lambda manage, who: manage.page(who, ALL, 10, None),
        lambda manage, who: manage.event(who, "x"),
        lambda manage, who: manage.redrive(who, "x", None, NOW),
        lambda manage, who: manage.redrive_matching(who, ALL, None, NOW),
        lambda manage, who: manage.audit_of(who, 10, None),
    ],
)
def test_quarantine_is_the_operators(who: Member, call: Callable[..., object]) -> None:
    """It holds events of all accounts."""
    with pytest.raises(NotAllowed):
        call(Ingest(World([])).manage, who)


def test_event_that_is_not_there(ingest: Ingest) -> None:
    """It may have been sent again before."""
    event_id = ingest.receive("garbage")
    ingest.manage.redrive(OPERATOR, event_id, None, NOW)

    with pytest.raises(NotFound):
        ingest.manage.event(OPERATOR, event_id)
    with pytest.raises(NotFound):
        ingest.manage.redrive(OPERATOR, event_id, None, NOW)
