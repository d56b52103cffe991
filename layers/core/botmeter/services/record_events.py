"""Record events: from received texts to marks on timelines, or to quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from botmeter.domain.errors import InvalidEvent, StoreUnavailable
from botmeter.domain.events import Subject, SubjectKind, require_timely, unknown_bot
from botmeter.ports.metering import (
    BotRegistry,
    EventParser,
    MarkAddition,
    Quarantine,
    RejectedEvent,
    TimelineWriter,
)


@dataclass(slots=True)
class RecordedBatch:
    """What became of a batch. The lists hold positions in it; `failed` must be delivered again."""

    accepted: int = 0
    test: int = 0
    rejected: dict[int, InvalidEvent] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Collected:
    """Marks of one subject in a batch, which events they came from, and how long it is left alone."""

    wait_ms: int
    marks: set[int] = field(default_factory=set)
    positions: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """Records batches of events. Blind, commutative and idempotent: any batch may come any number of times.

    `grace_ms` is how long after the idle timeout the meter looks at a conversation that has opened.
    """

    parse: EventParser
    registry: BotRegistry
    timelines: TimelineWriter
    quarantine: Quarantine
    grace_ms: int

    def __call__(self, texts: Sequence[str], now_ms: int) -> RecordedBatch:
        """Record `texts`, received at `now_ms`. An unusable event never holds up the others."""
        batch = RecordedBatch()
        collected: dict[Subject, _Collected] = {}
        for position, text in enumerate(texts):
            try:
                self._collect(collected, batch, position, text, now_ms)
            except InvalidEvent as error:
                batch.rejected[position] = error
            except StoreUnavailable:
                batch.failed.add(position)
        self._write(collected, batch, now_ms)
        self._reject(texts, batch, now_ms)
        return batch

    def _collect(
        self,
        collected: dict[Subject, _Collected],
        batch: RecordedBatch,
        position: int,
        text: str,
        now_ms: int,
    ) -> None:
        """Add the mark of one event to what is collected; raises `InvalidEvent`."""
        sighting = self.parse(text)
        require_timely(sighting, now_ms)
        subject = sighting.subject
        entry = collected.get(subject)
        if entry is None:
            entry = _Collected(self._wait_ms(subject))
        if sighting.test:
            batch.test += 1
            return
        entry.marks.add(sighting.mark)
        entry.positions.append(position)
        collected[subject] = entry

    def _wait_ms(self, subject: Subject) -> int:
        """How long after its first mark to look at a subject; raises `InvalidEvent` for an unknown bot."""
        timeout_ms = self.registry.idle_timeout_ms(subject.account_id, subject.bot_id)
        if timeout_ms is None:
            raise unknown_bot()
        return self.grace_ms if subject.kind is SubjectKind.ALERT_DELIVERY else timeout_ms + self.grace_ms

    def _write(self, collected: dict[Subject, _Collected], batch: RecordedBatch, now_ms: int) -> None:
        """One blind write for each subject."""
        additions = [
            MarkAddition(subject, entry.marks, now_ms + entry.wait_ms) for subject, entry in collected.items()
        ]
        unwritten = self.timelines.add_marks(additions)
        for subject, entry in collected.items():
            if subject in unwritten:
                batch.failed.update(entry.positions)
            else:
                batch.accepted += len(entry.positions)

    def _reject(self, texts: Sequence[str], batch: RecordedBatch, now_ms: int) -> None:
        """Quarantine what cannot be used; what cannot be quarantined must come again."""
        if not batch.rejected:
            return
        positions = list(batch.rejected)
        unkept = self.quarantine.keep([RejectedEvent(texts[p], batch.rejected[p], now_ms) for p in positions])
        for index in unkept:
            batch.failed.add(positions[index])
            del batch.rejected[positions[index]]
