"""Settlement: from the marks of a subject to usage records, and from records to totals and debits.

Records are appended, never edited. When late marks change a window that was settled, its record is
reversed by a record that names it, and the window as it is now is recorded anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from botmeter.domain.compaction import NOTHING_MS
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import Calendar, to_utc
from botmeter.domain.sessions import Unit, alert_session_starts, usage_session_starts
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.timeline import MeteringRule, mark_instant_ms, windows


@dataclass(frozen=True, slots=True)
class Metered:
    """What the rule finds on a subject: one window, or the one delivery of an alert. Instants in ms."""

    start_ms: int
    end_ms: int
    agent_ms: int
    session_starts_ms: tuple[int, ...]

    @property
    def bot_ms(self) -> int:
        """Time that belonged to the bot."""
        return self.end_ms - self.start_ms - self.agent_ms


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One settled window as it is billed, or the reversal of one.

    `revision` counts the settlements of its subject. `plan` is the plan version (`standard@1`) whose
    prices apply. `reverses` is the id of the record that this one takes back, else None.
    """

    subject: Subject
    revision: int
    metered: Metered
    plan: str
    rule: str
    reverses: str | None = None

    @property
    def record_id(self) -> str:
        """Unique within the bot: `subject/revision/start`, with a minus where it takes back."""
        return f"{self.subject.name}/{self.revision}/{self.metered.start_ms}{'-' if self.reverses else ''}"

    @property
    def unit(self) -> Unit:
        """What its sessions are."""
        return Unit.ALERT if self.subject.kind is SubjectKind.ALERT_DELIVERY else Unit.USAGE

    def day(self, calendar: Calendar) -> date:
        """The local day in which its window starts."""
        return calendar.day(to_utc(self.metered.start_ms))

    @property
    def sessions(self) -> int:
        """Sessions that it adds to the bill; negative for a reversal."""
        count = len(self.metered.session_starts_ms)
        return -count if self.reverses else count


@dataclass(frozen=True, slots=True)
class Timeline:
    """A subject as it is stored: its marks, the records that stand, and how often it was settled.

    `parts` holds the marks by the items that they are in, if there are more than one: item 0 is the first.
    """

    subject: Subject
    marks: frozenset[int]
    due_at_ms: int | None
    standing: tuple[UsageRecord, ...] = ()
    revision: int = 0
    parts: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a bot is metered: its rule, its plans, and how long past the idle timeout to wait."""

    rule: MeteringRule
    subscription: Subscription
    grace_ms: int

    def plan_ref(self, metered: Metered) -> str:
        """The plan version whose prices apply to a window: the one at its start."""
        return self.subscription.at(to_utc(metered.start_ms)).plan.ref

    def patience_ms(self, kind: SubjectKind) -> int:
        """How long a window must have been silent before it is settled; a delivery, the grace alone."""
        idle_timeout_ms = 0 if kind is SubjectKind.ALERT_DELIVERY else self.rule.idle_timeout_ms
        return idle_timeout_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settling a timeline would write.

    `appended` are the new records, `standing` the records that then stand, `next_due_ms` when to look
    again (None: nothing is open). It holds only while the timeline still has exactly these marks. Those
    up to `forgotten_until_ms` are dropped with it, and the records of their windows stand no more in it.
    """

    timeline: Timeline
    appended: tuple[UsageRecord, ...]
    standing: tuple[UsageRecord, ...]
    next_due_ms: int | None
    forgotten_until_ms: int = NOTHING_MS

    @property
    def is_postponed(self) -> bool:
        """Whether there is nothing to write but the time of the next look."""
        return not self.appended and self.next_due_ms is not None

    @property
    def forgotten(self) -> frozenset[int]:
        """The marks that are dropped."""
        until_ms = self.forgotten_until_ms
        return frozenset(mark for mark in self.timeline.marks if mark_instant_ms(mark) <= until_ms)


def meter(subject: Subject, marks: Iterable[int], rule: MeteringRule) -> list[Metered]:
    """Apply the rule to the marks of a subject."""
    if subject.kind is SubjectKind.ALERT_DELIVERY:
        starts = alert_session_starts(marks)
        return [Metered(starts[0], starts[0], 0, starts)]
    return [
        Metered(window.start_ms, window.end_ms, window.agent_ms, usage_session_starts(window, rule))
        for window in windows(marks, rule)
    ]


class TotalKey(NamedTuple):
    """A local day of a bot on one plan version."""

    day: date
    plan: str


class Bucket(NamedTuple):
    """Sessions of a unit in an hour, counted in hours after the start of its day."""

    unit: Unit
    hour: int


def usage_totals(records: Iterable[UsageRecord], calendar: Calendar) -> dict[TotalKey, dict[Bucket, int]]:
    """Sessions by day, plan, unit and hour in which they start. Buckets that come to zero are left out."""
    # A window of weeks is taken back with all of its sessions, and recorded anew with nearly the same.
    starts: Counter[tuple[int, str, Unit]] = Counter()
    for record in records:
        sign = -1 if record.reverses else 1
        for start_ms in record.metered.session_starts_ms:
            starts[start_ms, record.plan, record.unit] += sign
    counts: Counter[tuple[TotalKey, Bucket]] = Counter()
    for (start_ms, plan, unit), count in starts.items():
        if count:
            hour = calendar.local_hour(start_ms)
            counts[TotalKey(hour.day, plan), Bucket(unit, hour.index)] += count
    totals: dict[TotalKey, dict[Bucket, int]] = {}
    for (key, bucket), count in sorted(counts.items()):
        if count:
            totals.setdefault(key, {})[bucket] = count
    return totals
