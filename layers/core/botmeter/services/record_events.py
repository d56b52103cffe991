"""Record events: from received texts to marks on timelines, or to quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from botmeter.domain.errors import ForeignEvent, InvalidEvent, StoreUnavailable
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.events import Report, Subject, SubjectKind, require_timely, unknown_bot
from botmeter.domain.settle_times import first_look_ms
from botmeter.ports.metering import (
    NOBODY,
    BotRegistry,
    EventArchive,
    EventParser,
    MarkAddition,
    Quarantine,
    RejectedEvent,
    Sources,
    TimelineWriter,
)
from botmeter.services.own_events import read_own


@dataclass(slots=True)
class RecordedBatch:
    """What became of a batch, by the positions in it.

    `rejected` cannot be used and are in quarantine, `refused` are not of their source's account, or nobody
    can tell of whose, and leave nothing, `test` are accepted and never metered, `failed` must be delivered
    again. All others are accepted.
    """

    size: int
    rejected: dict[int, InvalidEvent] = field(default_factory=dict)
    refused: dict[int, InvalidEvent] = field(default_factory=dict)
    test: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)

    @property
    def accepted(self) -> int:
        """How many are metered."""
        test = self.test - self.failed
        return self.size - len(self.rejected) - len(self.refused) - len(self.failed) - len(test)

    @property
    def counts(self) -> dict[str, int]:
        """How many events there are of each kind, by the name of the metric."""
        return {
            "EventsAccepted": self.accepted,
            "EventsOfTests": len(self.test),
            "EventsQuarantined": len(self.rejected),
            "EventsRefused": len(self.refused),
            "EventsToRetry": len(self.failed),
        }

    @property
    def reasons(self) -> list[str]:
        """Why events are in quarantine, each reason once."""
        return sorted({str(error) for error in self.rejected.values()})

    def results(self) -> list[dict[str, str]]:
        """What a source is told of its events, in their order."""
        return [self._result(position) for position in range(self.size)]

    def _result(self, position: int) -> dict[str, str]:
        """What became of the event at `position`."""
        if position in self.failed:
            return {"status": "retry"}
        error = self.rejected.get(position) or self.refused.get(position)
        if error is not None:
            return {"status": "rejected", "field": error.field, "rule": error.rule}
        return {"status": "accepted"}


@dataclass(slots=True)
class _Collected:
    """Marks of one subject in a batch, and which events they came from."""

    marks: set[int] = field(default_factory=set)
    positions: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """Records batches of events. Blind, commutative and idempotent: any batch may come any number of times.

    Events are archived before they are metered, so that the archive lacks nothing that is billed.
    `grace_ms` is how long after the idle timeout the meter may look at a conversation that has opened, and
    `interval_ms` how far apart a bot's times are at which it does.
    """

    parse: EventParser
    registry: BotRegistry
    archive: EventArchive
    timelines: TimelineWriter
    quarantine: Quarantine
    grace_ms: int
    interval_ms: int = 0

    def __call__(self, texts: Sequence[str], now_ms: int, sources: Sources = NOBODY) -> RecordedBatch:
        """Record `texts`, received at `now_ms`. An unusable event never holds up the others.

        What has a source must be of its account: else it is refused.
        """
        batch = RecordedBatch(len(texts))
        found: list[tuple[int, Report]] = []
        waits_ms: dict[Subject, int] = {}
        for position, text in enumerate(texts):
            try:
                reports = self._usable(text, sources.get(position), waits_ms, now_ms)
                found += [(position, report) for report in reports]
            except ForeignEvent as error:
                batch.refused[position] = error
            except InvalidEvent as error:
                batch.rejected[position] = error
            except StoreUnavailable:
                batch.failed.add(position)
        self._archive(found, batch)
        self._write(_collect(found, batch), waits_ms, batch, now_ms)
        self._reject(texts, sources, batch, now_ms)
        return batch

    def _usable(
        self, text: str, source: SourceIdentity | None, waits_ms: dict[Subject, int], now_ms: int
    ) -> Sequence[Report]:
        """What a text reports, if all of it can be used; raises `InvalidEvent` and `StoreUnavailable`."""
        reports = read_own(self.parse, text, source)
        for report in reports:
            self._check(report, waits_ms, now_ms)
        return reports

    def _check(self, report: Report, waits_ms: dict[Subject, int], now_ms: int) -> None:
        """Note how long to leave the subject of a report alone; raises `InvalidEvent` if it is no use."""
        require_timely(report.sighting, now_ms)
        subject = report.sighting.subject
        if subject not in waits_ms:
            waits_ms[subject] = self._wait_ms(subject)

    def _wait_ms(self, subject: Subject) -> int:
        """How long after its first mark to look at a subject; raises `InvalidEvent` for an unknown bot."""
        timeout_ms = self.registry.idle_timeout_ms(subject.account_id, subject.bot_id)
        if timeout_ms is None:
            raise unknown_bot()
        return self.grace_ms if subject.kind is SubjectKind.ALERT_DELIVERY else timeout_ms + self.grace_ms

    def _archive(self, found: Sequence[tuple[int, Report]], batch: RecordedBatch) -> None:
        """Keep what can be used; what cannot be kept must come again."""
        if found:
            unkept = self.archive.keep([report for _, report in found])
            batch.failed.update(found[index][0] for index in unkept)

    def _write(
        self,
        collected: dict[Subject, _Collected],
        waits_ms: dict[Subject, int],
        batch: RecordedBatch,
        now_ms: int,
    ) -> None:
        """One blind write for each subject."""
        looks_ms = {s: first_look_ms(s, now_ms + waits_ms[s], self.interval_ms) for s in collected}
        unwritten = self.timelines.add_marks(
            [MarkAddition(subject, e.marks, looks_ms[subject]) for subject, e in collected.items()]
        )
        for subject in unwritten:
            batch.failed.update(collected[subject].positions)

    def _reject(self, texts: Sequence[str], sources: Sources, batch: RecordedBatch, now_ms: int) -> None:
        """Quarantine what cannot be used; what cannot be quarantined must come again."""
        if not batch.rejected:
            return
        positions = list(batch.rejected)
        unkept = self.quarantine.keep(
            [RejectedEvent(texts[p], batch.rejected[p], now_ms, sources.get(p)) for p in positions]
        )
        for index in unkept:
            batch.failed.add(positions[index])
            del batch.rejected[positions[index]]


def _collect(found: Sequence[tuple[int, Report]], batch: RecordedBatch) -> dict[Subject, _Collected]:
    """The marks of each subject, but for test traffic and for events that must come again."""
    collected: dict[Subject, _Collected] = {}
    for position, (subject, mark, test) in ((p, report.sighting) for p, report in found):
        if test:
            batch.test.add(position)
        elif position not in batch.failed:
            entry = collected.setdefault(subject, _Collected())
            entry.marks.add(mark)
            entry.positions.append(position)
    return collected
