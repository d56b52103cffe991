"""Settling: what of a subject's marks is to be recorded now, and what is to be taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from botmeter.domain.compaction import forgettable_until_ms
from botmeter.domain.events import SubjectKind
from botmeter.domain.settlement import Metered, Settlement, Terms, Timeline, UsageRecord, meter
from botmeter.domain.timeline import MINUTE_MS, MeteringRule, mark_instant_ms

# So that all that follows from one subject fits one transaction: fewer where a timeline has many parts, which
# are written too. A record may be alone on its day, and so be a page and a total.
MAX_CHANGES = 24
_ITEMS_OF_A_CHANGE = 2
_PARTS_AND_CHANGES = 76
# A window may go on for as long as somebody writes within the idle timeout, and has sessions on each of its
# days. It is recorded as it stands, so much of it at a time: what follows is a correction of that.
RECORDED_AT_ONCE_MS = 7 * 24 * 60 * MINUTE_MS


@dataclass(slots=True)
class _Group:
    """Standing records and windows that share time: they are corrected together or not at all."""

    records: list[UsageRecord] = field(default_factory=list)
    found: list[Metered] = field(default_factory=list)
    is_cut: bool = False

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

    def cut(self, timeline: Timeline, rule: MeteringRule) -> None:
        """If there is more of it to record than is done at once, take the windows as they were then."""
        start_ms = min((metered.start_ms for metered in self.found), default=self.end_ms)
        known_ms = max((record.metered.end_ms for record in self.records), default=start_ms)
        if self.end_ms - known_ms <= RECORDED_AT_ONCE_MS:
            return
        marks = [mark for mark in timeline.marks if start_ms <= mark_instant_ms(mark) <= self.end_ms]
        # The next mark may be later than that: an idle timeout may be two weeks.
        next_ms = min(instant for instant in map(mark_instant_ms, marks) if instant > known_ms)
        until_ms = max(known_ms + RECORDED_AT_ONCE_MS, next_ms)
        if until_ms < self.end_ms:
            self.found = meter(timeline.subject, [m for m in marks if mark_instant_ms(m) <= until_ms], rule)
            self.is_cut = True


def settle(timeline: Timeline, terms: Terms, now_ms: int) -> Settlement:
    """Settle the windows of `timeline` that have been idle for longer than timeout and grace.

    What shares time with a window that is still open waits until that closes, so that a correction is
    made once and whole; but of a window that does not close, what is older than a week is recorded. Where
    there is much to record, the subject is settled in portions and stays due.
    """
    subject = timeline.subject
    patience_ms = terms.patience_ms(subject.kind)
    found = meter(subject, timeline.marks, terms.rule)
    still_open = [metered for metered in found if now_ms - metered.end_ms <= patience_ms]
    groups = _groups(subject.kind, timeline.standing, found)
    for group in groups:
        group.cut(timeline, terms.rule)
    final = [g for g in groups if g.changes and not any(m in still_open for m in g.found)]
    portion = _portion(final, _most_changes(timeline))

    next_due_ms = still_open[0].end_ms + patience_ms + 1 if still_open else None
    if len(portion) < len(final) or any(group.is_cut for group in groups):
        next_due_ms = now_ms
    recorded = {id(group) for group in portion if not group.is_cut}
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
