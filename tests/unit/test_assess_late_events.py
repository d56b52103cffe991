"""What events that came too late would have changed."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botmeter.adapters.event_reader import read
from botmeter.domain.accounts import Bot
from botmeter.domain.errors import RejectReason, StoreUnavailable
from botmeter.domain.late_events import LateEffect, UnknownEffect
from botmeter.domain.periods import to_ms
from botmeter.domain.quarantine import QuarantinedEvent
from botmeter.ports.metering import MarkAddition
from botmeter.services.assess_late_events import AssessLateEvents
from tests.fakes.demo import SINCE, STANDARD, bot
from tests.fakes.quarantine import FakeArchive
from tests.fakes.world import World

PRICE = STANDARD.usage_price_micros
AT = SINCE + timedelta(days=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
NOW = AT + 100 * DAY
RETENTION = 400 * DAY


class Desk:
    """Who assesses, over a timeline and an archive that know different things."""

    def __init__(self, of: Bot) -> None:
        self.world = World([of])
        self.archive = FakeArchive()
        self.service = AssessLateEvents(read, self.world.accounts, self.world.usage, self.archive, RETENTION)

    def assess(
        self, event: QuarantinedEvent, most_objects: int | None = None, at: datetime = NOW
    ) -> LateEffect | UnknownEffect | None:
        return self.service(event, at, most_objects)

    def store(self, *minutes: int) -> None:
        """User messages that the timeline still has."""
        for minute in minutes:
            sighting = read(text(AT + minute * MINUTE))[0].sighting
            self.world.usage.add_marks([MarkAddition(sighting.subject, [sighting.mark], 0)])

    def file(self, *minutes: int, test: bool = False) -> None:
        """User messages that the archive has."""
        for minute in minutes:
            self.archive.keep(read(text(AT + minute * MINUTE, test=test)))


@pytest.fixture
def desk() -> Desk:
    return Desk(bot(STANDARD))


def text(
    at: datetime, kind: str = "conversation.message", bot_id: str = "bot_standard", **also: object
) -> str:
    data = {"account_id": "acct_acme", "bot_id": bot_id, "conversation_id": "c-1", "role": "user", **also}
    whole = {"specversion": "1.0", "id": "e", "source": "s", "type": kind, "time": at.isoformat()}
    return json.dumps({**whole, "data": data})


def refused(event: str, reason: RejectReason = RejectReason.TOO_LATE) -> QuarantinedEvent:
    return QuarantinedEvent("2027-02-01-" + "0" * 64, to_ms(AT), "time", "must not be", event, "v", reason)


def test_event_of_a_conversation_that_nobody_knows_would_have_been_a_session(desk: Desk) -> None:
    """At the price of the plan at its time."""
    assert desk.assess(refused(text(AT))) == LateEffect(1, PRICE, "EUR")


def test_event_within_a_session_would_have_changed_nothing(desk: Desk) -> None:
    """The timeline and the archive are counted as one."""
    desk.store(0)
    desk.file(10)

    assert desk.assess(refused(text(AT + 5 * MINUTE))) == LateEffect(0, 0, "EUR")


def test_event_that_makes_a_window_longer_would_have_been_one_more(desk: Desk) -> None:
    """The end of a conversation, six minutes after the first quarter was over."""
    desk.file(0, 10)

    assert desk.assess(refused(text(AT + 21 * MINUTE))) == LateEffect(1, PRICE, "EUR")


def test_event_that_would_have_taken_sessions_away_is_negative(desk: Desk) -> None:
    """An agent had joined, and the bot's time was over."""
    desk.file(0, 10, 20, 30)

    assert desk.assess(refused(text(AT + MINUTE, "conversation.agent.joined"))) == LateEffect(
        -1, -PRICE, "EUR"
    )


def turn(minute: int, **also: object) -> str:
    """A record of Lex: what the user said and what the bot answered, in the same millisecond."""
    record = {"sessionId": "c-1", "requestId": "r", "timestamp": (AT + minute * MINUTE).isoformat()}
    said = {**record, "inputTranscript": "…", "messages": [{"content": "…"}]}
    whole = {"format": "lex-v2", "account_id": "acct_acme", "bot_id": "bot_standard", "record": said}
    return json.dumps({**whole, **also})


def test_events_of_one_text_are_counted_together(desk: Desk) -> None:
    """A turn is two marks of one conversation: one quarter of an hour more, not two."""
    desk.file(0, 10)

    assert len(read(turn(20))) == 2
    assert desk.assess(refused(turn(20))) == LateEffect(1, PRICE, "EUR")
    assert desk.assess(refused(turn(20, test=True))) is None


def test_events_of_two_conversations_are_counted_one_by_one(desk: Desk) -> None:
    """What each of them missed is added up, whatever the other one was."""
    desk.file(0, 10)
    both = [*read(turn(20)), *read(text(AT, conversation_id="c-2"))]
    assess = replace(desk.service, parse=lambda _: both)

    assert assess(refused("both"), NOW) == LateEffect(2, 2 * PRICE, "EUR")


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (399 * DAY, LateEffect(0, 0, "EUR")),
        (400 * DAY, UnknownEffect("events are kept for 400 days, and these are older")),
    ],
)
def test_what_the_archive_may_have_removed_is_not_told(
    desk: Desk, age: timedelta, told: LateEffect | UnknownEffect
) -> None:
    """A duplicate of what was billed would look as if it had been missed. The day before counts, too."""
    desk.file(0)

    assert desk.assess(refused(text(AT)), at=AT - DAY + age) == told


def test_test_traffic_neither_counts_nor_would_have(desk: Desk) -> None:
    """What the archive has of tests is no part of the conversation."""
    desk.file(0, 10, test=True)

    assert desk.assess(refused(text(AT + 5 * MINUTE))) == LateEffect(1, PRICE, "EUR")
    assert desk.assess(refused(text(AT, test=True))) is None


@pytest.mark.parametrize(
    "event",
    [
        refused(text(AT), RejectReason.IN_FUTURE),
        refused("garbage", RejectReason.MALFORMED),
        refused("garbage"),
        refused(text(AT).replace(AT.isoformat(), "0001-01-01T00:00:00Z")),
        refused(text(AT, bot_id="bot_gone")),
    ],
)
def test_of_others_nothing_is_told(desk: Desk, event: QuarantinedEvent) -> None:
    """Events that did not come too late, that say nothing, or are of no bot."""
    assert desk.assess(event) is None


def test_archive_is_read_as_far_as_the_idle_timeout_reaches() -> None:
    """A message of three days before is in the same window, where silences may last for four."""
    desk = Desk(replace(bot(STANDARD), idle_timeout_minutes=4 * 24 * 60))
    desk.file(0)

    assert desk.assess(refused(text(AT + timedelta(days=3)))) == LateEffect(287, 287 * PRICE, "EUR")


def test_what_is_too_much_to_read_is_not_told(desk: Desk) -> None:
    """Rather than a wrong amount; without a limit it is."""
    desk.file(0, 10)

    assert desk.assess(refused(text(AT + 5 * MINUTE)), most_objects=1) == UnknownEffect("too many")
    assert desk.assess(refused(text(AT + 5 * MINUTE)), most_objects=2) == LateEffect(0, 0, "EUR")


def test_archive_that_does_not_answer_is_told(desk: Desk) -> None:
    """Rather than a wrong amount."""
    desk.archive.is_down = True
    with pytest.raises(StoreUnavailable):
        desk.assess(refused(text(AT)))
