"""Settlement: from the marks of a subject to usage records, and from records to totals and debits.

Records are appended, never edited. When late marks change a window that was settled, its record is
reversed by a record that names it, and the window as it is now is recorded anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from botmeter.domain.compaction import NOTHING_MS, forgettable_until_ms
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import Calendar, to_utc
from botmeter.domain.sessions import Unit, alert_session_starts, usage_session_starts
from botmeter.domain.subscriptions import Subscription
from botmeter.domain.timeline import MeteringRule, mark_instant_ms, windows

# So that all that follows from one subject fits one transaction: fewer where a timeline has many parts, which
# are written too. A record may be alone on its day, and so be a page and a total.
MAX_CHANGES = 24
_ITEMS_OF_A_CHANGE = 2
_PARTS_AND_CHANGES = 76


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


@dataclass(slots=True)
class _Group:
    """Standing records and windows that share time: they are corrected together or not at all."""

    records: list[UsageRecord] = field(default_factory=list)
    found: list[Metered] = field(default_factory=list)

    @property
    def outdated(self) -> list[UsageRecord]:
        """Records that no longer say what the marks say."""
        return [record for record in self.records if record.metered not in self.found]

    @property
    def unrecorded(self) -> list[Metered]:
        """Windows that no record stands for."""
        standing = [record.metered for record in self.records]
        return [metered for metered in self.found if metered not in standing]

    @property
    def changes(self) -> int:
        """How many records its correction appends."""
        return len(self.outdated) + len(self.unrecorded)

    @property
    def end_ms(self) -> int:
        """When the last of it ends."""
        return max(metered.end_ms for metered in (*self.found, *(r.metered for r in self.records)))


def settle(timeline: Timeline, terms: Terms, now_ms: int) -> Settlement:
    """Settle the windows of `timeline` that have been idle for longer than timeout and grace.

    What shares time with a window that is still open waits until that closes, so that a correction is
    made once and whole. Where there is much to record, the subject is settled in portions and stays due.
    """
    subject = timeline.subject
    patience_ms = terms.patience_ms(subject.kind)
    found = meter(subject, timeline.marks, terms.rule)
    still_open = [metered for metered in found if now_ms - metered.end_ms <= patience_ms]
    groups = _groups(subject.kind, timeline.standing, found)
    final = [g for g in groups if g.changes and not any(m in still_open for m in g.found)]
    portion = _portion(final, _most_changes(timeline))

    next_due_ms = still_open[0].end_ms + patience_ms + 1 if still_open else None
    if len(portion) < len(final):
        next_due_ms = now_ms
    recorded = {id(group) for group in portion}
    ends = [None if group.changes and id(group) not in recorded else group.end_ms for group in groups]
    return _record(timeline, portion, terms, next_due_ms, forgettable_until_ms(ends, now_ms))


def _groups(kind: SubjectKind, standing: Iterable[UsageRecord], found: Iterable[Metered]) -> list[_Group]:
    """Records and windows put together where they share time, in order of time."""
    if kind is SubjectKind.ALERT_DELIVERY:
        return [_Group(list(standing), list(found))]
    pairs: list[tuple[Metered, UsageRecord | None]] = [(r.metered, r) for r in standing]
    pairs += [(metered, None) for metered in found]
    groups: list[_Group] = []
    reach_ms = -1
    for metered, record in sorted(pairs, key=lambda pair: pair[0].start_ms):
        if not groups or metered.start_ms > reach_ms:
            groups.append(_Group())
        reach_ms = max(reach_ms, metered.end_ms)
        if record is None:
            groups[-1].found.append(metered)
        else:
            groups[-1].records.append(record)
    return groups


def _most_changes(timeline: Timeline) -> int:
    """How many records may be appended at once."""
    return min(MAX_CHANGES, (_PARTS_AND_CHANGES - len(timeline.parts)) // _ITEMS_OF_A_CHANGE)


def _portion(groups: Sequence[_Group], most_changes: int) -> list[_Group]:
    """The first of `groups` with at most so many changes, and at least one if there is any."""
    portion: list[_Group] = []
    for group in groups:
        if portion and sum(g.changes for g in portion) + group.changes > most_changes:
            break
        portion.append(group)
    return portion


def _record(
    timeline: Timeline,
    portion: Iterable[_Group],
    terms: Terms,
    next_due_ms: int | None,
    forgotten_until_ms: int,
) -> Settlement:
    """Reversals of what is outdated, and records of what has none; a correction never changes a price."""
    revision = timeline.revision + 1
    standing = set(timeline.standing)
    appended: list[UsageRecord] = []
    for group in portion:
        corrected = group.outdated[0].plan if group.outdated else None
        added = [
            UsageRecord(timeline.subject, revision, m, corrected or terms.plan_ref(m), terms.rule.name)
            for m in group.unrecorded
        ]
        reversals = [replace(r, revision=revision, reverses=r.record_id) for r in group.outdated]
        appended += [*reversals, *added]
        standing = (standing - set(group.outdated)) | set(added)
    kept = [record for record in standing if record.metered.end_ms > forgotten_until_ms]
    ordered = sorted(kept, key=lambda record: record.metered.start_ms)
    return Settlement(timeline, tuple(appended), tuple(ordered), next_due_ms, forgotten_until_ms)


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
    counts: Counter[tuple[TotalKey, Bucket]] = Counter()
    for record in records:
        sign = -1 if record.reverses else 1
        for start_ms in record.metered.session_starts_ms:
            hour = calendar.local_hour(start_ms)
            counts[TotalKey(hour.day, record.plan), Bucket(record.unit, hour.index)] += sign
    totals: dict[TotalKey, dict[Bucket, int]] = {}
    for (key, bucket), count in sorted(counts.items()):
        if count:
            totals.setdefault(key, {})[bucket] = count
    return totals
