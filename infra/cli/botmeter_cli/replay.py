"""`botmeter replay`: put events on the stack's event bus, as their sources would."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botmeter_cli.aws import messages_in, wait_until_empty
from botmeter_cli.in_flight import in_flight
from botmeter_cli.output import Output
from botmeter_local import Stack

# What PutEvents takes at once: entries and bytes, with some room for what it counts besides.
BATCH = 10
LARGEST_BATCH = 250_000
ATTEMPTS = 8
FIRST_PAUSE_S = 0.05

Entry = dict[str, str]
# Entries that went through, and those given up.
Sent = tuple[list[Entry], list[Entry]]
DEAD_LETTER_QUEUES = ("EventDeadLetterQueueUrl", "UndeliveredQueueUrl")


@dataclass(slots=True)
class Replay:
    """What became of events: `sent` by type, `failed` on the bus, `refused` since no bus carries them."""

    sent: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    refused: int = 0


def replay(
    stack: Stack, lines: Iterable[str | bytes], output: Output, total: int | None = None
) -> dict[str, Any]:
    """Put events on the bus, wait until they are ingested, and count what came of them."""
    started = time.monotonic()
    before = dead_letters(stack)
    with output.bar("Replaying events", total) as advance:
        done = send(stack.client("events"), stack.outputs["EventBusName"], lines, advance)
    with output.step("Ingesting what the queue still holds") as tell:
        wait_until_empty(stack, "EventQueueUrl", tell)
    return {
        "events": done.sent.total(),
        "by_type": dict(sorted(done.sent.items())),
        "failed": done.failed,
        "refused": done.refused,
        "dead_letters": dead_letters(stack) - before,
        "seconds": round(time.monotonic() - started, 1),
    }


def dead_letters(stack: Stack) -> int:
    """Messages that ingest or the bus gave up on."""
    return sum(messages_in(stack, queue) for queue in DEAD_LETTER_QUEUES)


def send(client: Any, bus: str, lines: Iterable[str | bytes], advance: Callable[[int], None]) -> Replay:
    """Put events on `bus` with several calls in flight, never more than those in memory."""
    done = Replay()
    for sent, failed in in_flight(partial(_put, client), _batches(_entries(lines, bus, done))):
        done.sent.update(entry["DetailType"] for entry in sent)
        done.failed += len(failed)
        advance(len(sent) + len(failed))
    return done


def _put(client: Any, batch: list[Entry]) -> Sent:
    """Put a batch, then again the entries that failed; returns those sent and those given up."""
    sent: list[Entry] = []
    left = batch
    for attempt in range(ATTEMPTS):
        outcomes = list(zip(left, client.put_events(Entries=left)["Entries"], strict=True))
        sent += [entry for entry, outcome in outcomes if not outcome.get("ErrorCode")]
        left = [entry for entry, outcome in outcomes if outcome.get("ErrorCode")]
        if not left:
            break
        time.sleep(FIRST_PAUSE_S * 2**attempt)
    return sent, left


def _entries(lines: Iterable[str | bytes], bus: str, done: Replay) -> Iterator[Entry]:
    """Each event as an entry of the bus; what cannot be one is counted as refused."""
    for line in lines:
        if not line.strip():
            continue
        entry = _entry(line, bus)
        if entry is None:
            done.refused += 1
        else:
            yield entry


def _entry(line: str | bytes, bus: str) -> Entry | None:
    """One event as an entry, unchanged and unchecked: to judge it is the stack's business."""
    try:
        text = line.decode() if isinstance(line, bytes) else line
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or len(text.encode()) > LARGEST_BATCH:
        return None
    # An envelope of a native record has neither; its format tells what it is.
    kind, source = (str(event.get(name) or event.get("format") or "unknown") for name in ("type", "source"))
    return {"EventBusName": bus, "Source": source[:256], "DetailType": kind[:128], "Detail": text}


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Entries in runs that one call may carry."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        entry_size = sum(len(value.encode()) for value in entry.values())
        if len(batch) == BATCH or (batch and size + entry_size > LARGEST_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry_size
    if batch:
        yield batch
