"""Conversations as they happen and arrive: a platform's minutes, one after the other."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from botmeter.domain.periods import to_rfc3339
from botmeter_cli.provisioning import demo_account, seed
from botmeter_local import Stack

BOTS = 10
ACCOUNT = "acct_bench"
_PLANS = ("essential-eur@1", "standard-eur@1")
MINUTE_MS = 60_000
# From when a source sends until a batch is with the handler.
_UNDER_WAY_MS = 1_000
# Free credits end after 90 days: the bots have none left, and do not change while they are measured.
_CUSTOMER_FOR = timedelta(days=100)
_FUNDS_MINOR = 100_000_000_00


class Way(StrEnum):
    """How events come in."""

    HTTPS = "HTTPS"
    QUEUE = "queue"
    BUS = "EventBridge"


class Sent(StrEnum):
    """When a source sends the events of a conversation."""

    WHOLE = "whole, when it is over"
    EACH_MINUTE = "collected for a minute"
    EACH_TEN_MINUTES = "collected for ten minutes"
    AT_ONCE = "as they happen"


_COLLECTED_MS = {Sent.EACH_MINUTE: MINUTE_MS, Sent.EACH_TEN_MINUTES: 10 * MINUTE_MS, Sent.AT_ONCE: 1}


class Batch(NamedTuple):
    """Texts of events that the handler gets together at `arrived_ms`."""

    arrived_ms: int
    texts: list[str]


class _Event(NamedTuple):
    sent_ms: int
    number: int
    step: int
    at_ms: int
    conversation: str
    event_id: str


@dataclass(frozen=True)
class Load:
    """What happens in each minute: `conversations` begin, of the `bots` (and of so many `accounts`) in turn.

    A conversation has so many `messages` within `lasting_s` seconds, at equal distances; its source sends
    them as `sent` says. What is sent fills batches of `batch` events.
    """

    way: Way
    batch: int
    conversations: int = 1_000
    messages: int = 10
    lasting_s: int = 45
    sent: Sent = Sent.WHOLE
    bots: int = BOTS
    accounts: int = 1

    @property
    def events(self) -> int:
        """How many events begin in a minute's conversations."""
        return self.conversations * self.messages

    def batches(self, minutes: int, since_ms: int) -> Iterator[Batch]:
        """All batches of so many minutes, in order of arrival; the same minutes have the same events."""
        full: list[_Event] = []
        for event in self._sent(minutes, since_ms):
            full.append(event)
            if len(full) == self.batch:
                yield self._batch(full)
                full = []
        if full:
            yield self._batch(full)

    def _batch(self, events: list[_Event]) -> Batch:
        return Batch(events[-1].sent_ms + _UNDER_WAY_MS, [self._text(event) for event in events])

    def _sent(self, minutes: int, since_ms: int) -> Iterator[_Event]:
        """The events in the order in which they are sent; those of open conversations are held."""
        held: list[_Event] = []
        for minute in range(minutes):
            begin_ms = since_ms + minute * MINUTE_MS
            held = sorted([*held, *self._minute(minute, begin_ms, since_ms)])
            ready = [event for event in held if event.sent_ms < begin_ms + MINUTE_MS]
            yield from ready
            held = held[len(ready) :]
        yield from held

    def _minute(self, minute: int, begin_ms: int, since_ms: int) -> Iterator[_Event]:
        """The events of the conversations that begin in a minute."""
        chance = random.Random(f"{minute} {self}")
        between_ms = self.lasting_s * 1000 // max(1, self.messages - 1)
        for number in range(self.conversations):
            name = str(UUID(bytes=chance.randbytes(16), version=4))
            first_ms = begin_ms + number * MINUTE_MS // self.conversations
            for step in range(self.messages):
                at_ms = first_ms + step * between_ms
                sent_ms = self._sent_ms(at_ms, first_ms + (self.messages - 1) * between_ms, since_ms)
                yield _Event(sent_ms, number, step, at_ms, name, chance.randbytes(16).hex())

    def _sent_ms(self, at_ms: int, over_ms: int, since_ms: int) -> int:
        """When an event is sent that happened at `at_ms`, of a conversation that is over at `over_ms`."""
        if self.sent is Sent.WHOLE:
            return over_ms
        return at_ms + (since_ms - at_ms) % _COLLECTED_MS[self.sent]

    def _text(self, event: _Event) -> str:
        """A message: the user and the bot write in turn."""
        account = ACCOUNT if self.accounts == 1 else account_name(event.number % self.accounts)
        bot = _bot_name(event.number % self.bots)
        data = (
            f'"account_id": "{account}", "bot_id": "{bot}", "channel": "web", '
            f'"conversation_id": "{event.conversation}", "user_id": "u-{event.conversation[:8]}", '
            f'"role": "{"bot" if event.step % 2 else "user"}", "test": false'
        )
        return (
            f'{{"specversion": "1.0", "id": "{event.event_id}", "source": "bots/bench/eu-1", '
            f'"type": "conversation.message", "time": "{to_rfc3339(event.at_ms)}", "data": {{{data}}}}}'
        )


def prepare(stack: Stack) -> None:
    """Set up the account whose bots the load is of: half of them are prepaid."""
    bots = [_bot(number) for number in range(BOTS)]
    file = demo_account() | {"account_id": ACCOUNT, "bots": bots}
    seed(stack, datetime.now(UTC) - _CUSTOMER_FOR, file)


def account_name(number: int) -> str:
    """One of many accounts."""
    return f"acct_{number:04d}"


def bots_of(accounts: int) -> dict[str, int]:
    """Idle timeouts (ms) of the bots of so many accounts, by `account/bot`."""
    return {f"{account_name(a)}/{_bot_name(b)}": 900_000 for a in range(accounts) for b in range(BOTS)}


def _bot_name(number: int) -> str:
    return f"bot_{number}"


def _bot(number: int) -> dict[str, Any]:
    """A bot of the account file."""
    plan = _PLANS[number % len(_PLANS)]
    funds = {"opening_funds_minor": _FUNDS_MINOR} if plan.startswith("standard") else {}
    return {"bot_id": _bot_name(number), "name": "Support", "owner_id": "u-1", "plan": plan, **funds}
