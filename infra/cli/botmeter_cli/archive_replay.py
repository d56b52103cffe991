"""`botmeter replay --from-archive`: put what was accepted once on the event queue again.

Marks are sets: where all is as it should be a replay changes nothing, and what was lost comes back.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import RETENTION_DAYS, RETENTION_MS
from botmeter.domain.periods import days_between, to_ms, to_utc
from botmeter.ports.metering import EventQueue
from botmeter_cli.archive import Archive
from botmeter_cli.aws import wait_until_empty
from botmeter_cli.in_flight import in_flight
from botmeter_cli.output import Output
from botmeter_cli.replay import ATTEMPTS, BATCH, FIRST_PAUSE_S, dead_letters
from botmeter_cli.wiring import wiring_for
from botmeter_local import Stack


@dataclass(frozen=True, slots=True)
class Stretch:
    """The events of an account from `from_ms` until before `to_ms`, in ms since 1970 UTC."""

    account_id: str
    from_ms: int
    to_ms: int

    @classmethod
    def between(cls, account_id: str, first: datetime, end: datetime) -> "Stretch":
        """From the instant `first` until before `end`."""
        return cls(account_id, to_ms(first), to_ms(end))

    @property
    def days(self) -> Sequence[date]:
        """The days (UTC) that it touches."""
        if self.from_ms >= self.to_ms:
            return []
        return days_between(to_utc(self.from_ms).date(), to_utc(self.to_ms - 1).date())

    def events(self, archive: Archive) -> Iterator["Archived"]:
        """Its events, day by day, each once however often it was archived."""
        for day in self.days:
            # What is replayed is archived again: without this, each replay would double what there is.
            seen: set[bytes] = set()
            for found in archive.objects(self.account_id, [day]):
                for line in found.lines.splitlines():
                    digest = hashlib.blake2b(line, digest_size=16).digest()
                    event = json.loads(line)
                    if digest not in seen and self._has(event):
                        yield Archived(event["type"], line.decode())
                    seen.add(digest)

    def _has(self, event: dict[str, Any]) -> bool:
        """Whether an event took place in this time."""
        return self.from_ms <= to_ms(datetime.fromisoformat(event["time"].upper())) < self.to_ms


class Archived(NamedTuple):
    """An event's type, and its text."""

    type: str
    text: str


def replay_archive(stack: Stack, asked: Stretch, now: datetime, output: Output) -> dict[str, Any]:
    """Queue the events of `asked` that ingest still takes at `now`, wait until they are ingested, and count.

    What is too old is told before anything is sent.
    """
    started = time.monotonic()
    services = wiring_for(stack)
    archive, before = Archive(services.archive), dead_letters(stack)
    accepted_from_ms = to_ms(now) - RETENTION_MS
    with output.step("Looking for events that are too old"):
        old = replace(asked, to_ms=min(asked.to_ms, accepted_from_ms))
        too_old = sum(1 for _ in old.events(archive))
    if too_old:
        output.warn(f"{too_old:,} events are older than {RETENTION_DAYS} days: they are not sent")
    timely = replace(asked, from_ms=max(asked.from_ms, accepted_from_ms))
    sent, failed = _queue_all(services.event_queue, _batches(timely, archive), output)
    with output.step("Ingesting what the queue still holds") as tell:
        wait_until_empty(stack, "EventQueueUrl", tell)
    return {
        "events": sent.total(),
        "by_type": dict(sorted(sent.items())),
        "failed": failed,
        "too_old": too_old,
        "dead_letters": dead_letters(stack) - before,
        "damaged_objects": sorted(set(archive.damaged)),
        "seconds": round(time.monotonic() - started, 1),
    }


def _batches(stretch: Stretch, archive: Archive) -> Iterator[list[Archived]]:
    """Events in runs that one call takes."""
    events = stretch.events(archive)
    while batch := list(islice(events, BATCH)):
        yield batch


def _queue_all(
    queue: EventQueue, batches: Iterator[list[Archived]], output: Output
) -> tuple[Counter[str], int]:
    """Queue events, several calls in flight; returns how many of each type, and how many no queue takes."""
    sent: Counter[str] = Counter()
    failed = 0
    with output.bar("Replaying events", None) as advance:
        for taken, left in in_flight(partial(_queue, queue), batches):
            sent.update(event.type for event in taken)
            failed += len(left)
            advance(len(taken) + len(left))
    return sent, failed


def _queue(queue: EventQueue, batch: Sequence[Archived]) -> tuple[list[Archived], list[Archived]]:
    """Queue a batch; returns the events that were taken, and those that no queue takes."""
    refused = _send(queue, [event.text for event in batch])
    taken = [event for position, event in enumerate(batch) if position not in refused]
    return taken, [batch[position] for position in sorted(refused)]


def _send(queue: EventQueue, texts: Sequence[str], attempt: int = 1) -> set[int]:
    """Send texts, again while the queue does not answer; raises `StoreUnavailable` if it never does."""
    try:
        return queue.send(texts)
    except StoreUnavailable:
        if attempt == ATTEMPTS:
            raise
        time.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
        return _send(queue, texts, attempt + 1)
