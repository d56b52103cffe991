"""Plays a scenario: a queue that delivers again what failed, processes that die, and rest in the end."""

import io
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

import ingest.handler
import meter.handler
from botmeter.adapters.dynamo import timelines
from botmeter.domain import settling
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.periods import to_utc
from botmeter.services import settle_conversations
from tests.fakes.context import FakeContext
from tests.faults import oracle
from tests.faults.cloud import Cloud
from tests.faults.fire import Died, Fire
from tests.faults.script import Act, Fault, Limits, Script, Step

# So often the meter may run until nothing is due any more.
_RUNS = 300
# Long enough that ingest reads the registry again every few invocations.
_BETWEEN_INVOCATIONS_S = 20


@dataclass
class Message:
    """A message of the queue."""

    message_id: str
    text: str


class Play:
    """One scenario in an empty cloud."""

    def __init__(self, cloud: Cloud, script: Script) -> None:
        self.cloud, self.script = cloud, script
        self.fire = Fire(script.faults, self._rival)
        self.queue: list[Message] = []
        self._rivals: list[Step] = []

    def run(self) -> Counter[Fault]:
        """Play it to its end; returns which faults were met."""
        self.cloud.empty()
        self.cloud.dice = random.Random(self.script.seed)
        # The functions print their metrics: thousands of lines that nobody asked for.
        with _limited(self.script.limits), redirect_stdout(io.StringIO()):
            for act in self.script.acts:
                self._play(act)
        return self.fire.met

    def _play(self, act: Act) -> None:
        self.queue = [Message(f"m-{n}", delivery.text) for n, delivery in enumerate(act.deliveries)]
        self._rivals = list(act.rivals)
        self.cloud.fire, self.fire.burns = self.fire, True
        for step in act.steps[:-1]:
            self._invoke(step)
        self._surprise(act.steps[-1])
        self.fire.burns = False
        self._come_to_rest(act)
        self.cloud.fire = None

    def _surprise(self, step: Step) -> None:
        """All that is left arrives in the midst of a settlement: nothing comes later that would repair it."""
        self._rivals = [Step(step.now_ms, len(self.queue))] if self.queue else []
        self.fire.expect(Fault.RIVAL_BEFORE)
        self._invoke(step)

    def _come_to_rest(self, act: Act) -> None:
        """What is left in the queue is delivered, and the meter runs until nothing is due."""
        while self.queue:
            left = len(self.queue)
            self._invoke(Step(act.steps[-1].now_ms, 10))
            assert len(self.queue) < left, "without any fault, messages fail"
        for _ in range(_RUNS):
            if not any(self._settle(act.quiet_ms).values()):
                return
        raise AssertionError("the meter never comes to rest")

    def _invoke(self, step: Step) -> None:
        """One invocation; a process that died is replaced by a new one."""
        self.cloud.now_ms = step.now_ms
        self.cloud.uptime_s += _BETWEEN_INVOCATIONS_S
        try:
            if step.size:
                self._ingest(step.size)
            else:
                self._settle(step.now_ms)
        except Died:
            with self.cloud.unharmed():
                oracle.check_archive_is_ahead(self.cloud)
            self.cloud.wiring = self.cloud.new_process()

    def _ingest(self, size: int) -> None:
        """Deliver the next messages; those that fail, or all if the process dies, come again later."""
        batch, self.queue = self.queue[:size], self.queue[size:]
        failed = {message.message_id for message in batch}
        records = [{"messageId": message.message_id, "body": message.text} for message in batch]
        try:
            answer = ingest.handler.handler({"Records": records}, FakeContext())
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        finally:
            self.queue += [message for message in batch if message.message_id in failed]

    def _settle(self, now_ms: int) -> dict[str, int]:
        """A run of the meter. One that cannot even see what is due fails, and the next one does it."""
        try:
            counts: dict[str, int] = meter.handler.handler({"now": to_utc(now_ms).isoformat()}, FakeContext())
        except StoreUnavailable:
            assert self.fire.burns, "without any fault, the meter fails"
            return {}
        assert not counts["stuck"], "nothing in a scenario is to be put off"
        return counts

    def _rival(self) -> None:
        """Another process does the next two things in the midst of a call; then this one goes on."""
        mine, now_ms = self.cloud.wiring, self.cloud.now_ms
        self.cloud.wiring = self.cloud.new_process()
        steps, self._rivals = self._rivals[:2], self._rivals[2:]
        for step in steps:
            self._invoke(step)
        self.cloud.wiring, self.cloud.now_ms = mine, now_ms


@contextmanager
def _limited(limits: Limits) -> Iterator[None]:
    """Let things be done in portions as small as the limits say."""
    with (
        patch.object(settling, "MAX_CHANGES", limits.max_changes),
        patch.object(settling, "RECORDED_AT_ONCE_MS", limits.recorded_at_once_ms),
        patch.object(settle_conversations, "MAX_ACTIONS", limits.max_actions),
        patch.object(settle_conversations, "_PAGE", limits.page),
        patch.object(timelines, "MARKS_OF_A_PART", limits.marks_of_a_part),
    ):
        yield
