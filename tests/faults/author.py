"""Writes scenarios: conversations near every limit of the rule, delivered in any way, and what goes wrong."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from botmeter.domain.accounts import Bot
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.settling import RECORDED_AT_ONCE_MS
from botmeter.domain.timeline import Kind, encode_mark
from tests.faults.cast import BOTS
from tests.faults.script import Act, Fault, Limits, Poison, Script, Sound, Step

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
# Clocks may be so far apart; every sound event is timely, and every other one is not, by all of them.
CLOCKS_MS = 8 * HOUR
# Ordinary days, the days on which the clocks of Berlin change, the ends of a month and of a year.
BEGINNINGS = [
    datetime(2027, 2, 10, 9, tzinfo=UTC),
    datetime(2026, 11, 30, 20, tzinfo=UTC),
    datetime(2026, 12, 31, 22, 50, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 40, tzinfo=UTC),
    datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
]
TALK = {
    Kind.USER_MESSAGE: ("conversation.message", "user"),
    Kind.BOT_MESSAGE: ("conversation.message", "bot"),
    Kind.AGENT_MESSAGE: ("conversation.message", "agent"),
    Kind.AGENT_JOINED: ("conversation.agent.joined", None),
    Kind.AGENT_LEFT: ("conversation.agent.left", None),
    Kind.CONVERSATION_ENDED: ("conversation.ended", None),
}
KINDS = [*[Kind.USER_MESSAGE] * 4, *[Kind.BOT_MESSAGE] * 2, *TALK]
# Two processes at once are what most can go wrong with.
FAULTS = [*Fault, *[Fault.RIVAL_BEFORE, Fault.RIVAL_AFTER] * 4]


def write(seed: int, *, scale: int = 1) -> Script:
    """The scenario of `seed`; a larger `scale` makes more and longer conversations."""
    return Author(seed, scale).script()


class Author:
    """Writes one scenario."""

    def __init__(self, seed: int, scale: int) -> None:
        self._seed, self._scale = seed, scale
        self._dice = random.Random(seed)
        self._begin_ms = to_ms(self._dice.choice(BEGINNINGS))
        self._ids = 0

    def script(self) -> Script:
        dice = self._dice
        bots = dice.choices(BOTS, k=2)
        talks = [(dice.choice(bots), f"c-{n}") for n in range(dice.randint(1, 4 * self._scale))]
        acts = [self._act(talks)]
        if dice.random() < 0.15:
            # Much later the same conversations go on: what was settled long ago is dropped meanwhile.
            self._begin_ms += 120 * DAY
            acts.append(self._act(talks))
        return Script(self._seed, tuple(acts), tuple(self._faults()), self._limits())

    def _limits(self) -> Limits:
        """A conversation in many parts needs all the actions that there are."""
        dice = self._dice
        marks_of_a_part = dice.choice([2 * self._scale, 4_096])
        return Limits(
            max_changes=dice.choice([2, 24]),
            max_actions=84 if marks_of_a_part < 4_096 else 48,
            page=dice.choice([1, 2, 400]),
            marks_of_a_part=marks_of_a_part,
            recorded_at_once_ms=dice.choice([20 * MINUTE, RECORDED_AT_ONCE_MS]),
        )

    def _act(self, talks: list[tuple[Bot, str]]) -> Act:
        dice = self._dice
        events: list[Sound | Poison] = [event for talk in talks for event in self._talk(*talk)]
        events += [self._alert(n) for n in range(dice.randint(0, 2 * self._scale))]
        events += [dice.choice(POISON)(self) for _ in range(dice.randint(0, 3))]
        most = dice.choice([1, 1, 2, 4])
        deliveries = [event for event in events for _ in range(dice.randint(1, most))]
        dice.shuffle(deliveries)
        steps, rivals = tuple(self._steps(len(deliveries))), tuple(self._rivals())
        return Act(tuple(deliveries), steps, rivals, self._begin_ms + 3 * DAY)

    def _talk(self, bot: Bot, name: str) -> Iterator[Sound]:
        """What happens in one conversation, and the same again under other ids."""
        dice, timeout_ms = self._dice, bot.rule.idle_timeout_ms
        test = dice.random() < 0.08
        gaps = [0, 1, MINUTE, 7 * MINUTE, timeout_ms - 1, timeout_ms, timeout_ms + 1, 2 * timeout_ms]
        at_ms = self._begin_ms - dice.randint(0, 5 * HOUR)
        if dice.random() < 0.2:
            at_ms -= dice.randint(1, 80) * DAY
        for _ in range(dice.randint(1, 8 * self._scale)):
            yield self._of_talk(bot, name, at_ms, dice.choice(KINDS), test=test)
            at_ms = min(at_ms + dice.choice(gaps), self._begin_ms)

    def _of_talk(self, bot: Bot, name: str, at_ms: int, kind: Kind, *, test: bool) -> Sound:
        event_type, role = TALK[kind]
        data = {"account_id": bot.account_id, "bot_id": bot.bot_id, "conversation_id": name}
        data |= {"role": role} if role else {}
        subject = Subject(bot.account_id, bot.bot_id, SubjectKind.CONVERSATION, name)
        text = self._event(event_type, at_ms, data, test=test)
        return Sound(text, subject, encode_mark(at_ms, kind), test)

    def _alert(self, number: int) -> Sound:
        bot = self._dice.choice(BOTS)
        at_ms = self._begin_ms - self._dice.randint(0, 30 * HOUR)
        data = {"account_id": bot.account_id, "bot_id": bot.bot_id, "alert_id": f"a-{number}", "user_id": "u"}
        subject = Subject(bot.account_id, bot.bot_id, SubjectKind.ALERT_DELIVERY, f"a-{number}/u")
        text = self._event("alert.delivered", at_ms, data)
        return Sound(text, subject, encode_mark(at_ms, Kind.ALERT_DELIVERED), test=False)

    def _event(self, event_type: str, at_ms: int, data: Mapping[str, object], *, test: bool = False) -> str:
        self._ids += 1
        time = to_rfc3339(at_ms)
        event = {
            "specversion": "1.0",
            "id": f"e-{self._ids}",
            "source": "s",
            "type": event_type,
            "time": time,
        }
        return json.dumps({**event, "data": {**data, "test": test}})

    def poisoned(self, name: str, value: object) -> str:
        """An event of which one member is wrong."""
        bot = BOTS[0]
        data = {"account_id": bot.account_id, "bot_id": bot.bot_id, "conversation_id": "c-0", "role": "user"}
        event = json.loads(self._event("conversation.message", self._begin_ms, data))
        (event["data"] if name in data else event)[name] = value
        return json.dumps(event)

    def at(self, offset_ms: int) -> str:
        """A time so far from the scenario's."""
        return to_rfc3339(self._begin_ms + offset_ms)

    def _steps(self, deliveries: int) -> Iterator[Step]:
        """Ingest takes about half of the queue; rivals get the rest. The meter comes between, and last."""
        left = deliveries // 2
        while left > 0:
            yield self._ingest(size := self._dice.randint(1, 8 * self._scale))
            left -= size
            if self._dice.random() < 0.6:
                yield self._settle()
        for _ in range(self._dice.randint(0, 2)):
            yield self._settle()
        yield Step(self._begin_ms + CLOCKS_MS)

    def _rivals(self) -> Iterator[Step]:
        for _ in range(40 * self._scale):
            yield self._settle() if self._dice.random() < 0.5 else self._ingest(self._dice.randint(1, 3))

    def _ingest(self, size: int) -> Step:
        latest = self._dice.choice([CLOCKS_MS // 4, CLOCKS_MS])
        return Step(self._begin_ms + self._dice.randint(0, latest), size)

    def _settle(self) -> Step:
        """Clocks jump: so the meter often, but not always, finds what is due."""
        earliest = self._dice.choice([0, CLOCKS_MS // 2])
        return Step(self._begin_ms + self._dice.randint(earliest, CLOCKS_MS))

    def _faults(self) -> Iterator[tuple[int, Fault]]:
        """Few faults far apart, or many one after the other."""
        share = self._dice.choice([0.04, 0.15, 0.4])
        for number in range(220 * self._scale):
            if self._dice.random() < share:
                yield number, self._dice.choice(FAULTS)


POISON: list[Callable[[Author], Poison]] = [
    lambda author: Poison("{" + "[" * author.at(0).count("0"), "event"),
    lambda author: Poison("null", "event"),
    lambda author: Poison(author.poisoned("bot_id", "bot_nobody"), "data.bot_id"),
    lambda author: Poison(author.poisoned("account_id", "acct_nobody"), "data.bot_id"),
    lambda author: Poison(author.poisoned("conversation_id", "a#b"), "data.conversation_id"),
    lambda author: Poison(author.poisoned("role", "dog"), "data.role"),
    lambda author: Poison(author.poisoned("type", "conversation.begun"), "type"),
    lambda author: Poison(author.poisoned("time", "2026-11-30T10:00:00"), "time"),
    lambda author: Poison(author.poisoned("time", author.at(CLOCKS_MS + 2 * HOUR)), "time"),
    lambda author: Poison(author.poisoned("time", author.at(-91 * DAY)), "time"),
]
