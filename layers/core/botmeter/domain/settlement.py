"""Settlement: from the marks of a subject to usage records, and from records to totals and debits.

Records are appended, never edited. When late marks change a window that was settled, its record is
reversed by a record that names it, and the window as it is now is recorded anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import local_hour
from botmeter.domain.plans import PlanVersion
from botmeter.domain.sessions import Unit, alert_session_starts, usage_session_starts
from botmeter.domain.timeline import MeteringRule, windows

# So that all that follows from one subject fits one transaction.
MAX_WINDOWS = 24


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

    def day(self, zone: ZoneInfo) -> date:
        """The local day in which its window starts."""
        return local_hour(self.metered.start_ms, zone).day

    @property
    def sessions(self) -> int:
        """Sessions that it adds to the bill; negative for a reversal."""
        count = len(self.metered.session_starts_ms)
        return -count if self.reverses else count


@dataclass(frozen=True, slots=True)
class Timeline:
    """A subject as it is stored: its marks, the records that stand, and how often it was settled."""

    subject: Subject
    marks: frozenset[int]
    due_at_ms: int | None
    standing: tuple[UsageRecord, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """How a bot is metered now: its rule, its plan version, and how long past the idle timeout to wait."""

    rule: MeteringRule
    plan: PlanVersion
    grace_ms: int

    @property
    def patience_ms(self) -> int:
        """How long a window must have been silent before it is settled."""
        return self.rule.idle_timeout_ms + self.grace_ms


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settling a timeline would write.

    `appended` are the new records, `standing` the records that then stand, `next_due_ms` when to look
    again (None: nothing is open). It holds only while the timeline still has exactly these marks.
    """

    timeline: Timeline
    appended: tuple[UsageRecord, ...]
    standing: tuple[UsageRecord, ...]
    next_due_ms: int | None

    @property
    def is_postponed(self) -> bool:
        """Whether there is nothing to write but the time of the next look."""
        return not self.appended and self.next_due_ms is not None


def meter(subject: Subject, marks: Iterable[int], rule: MeteringRule) -> list[Metered]:
    """Apply the rule to the marks of a subject."""
    if subject.kind is SubjectKind.ALERT_DELIVERY:
        starts = alert_session_starts(marks)
        return [Metered(starts[0], starts[0], 0, starts)]
    return [
        Metered(window.start_ms, window.end_ms, window.agent_ms, usage_session_starts(window, rule))
        for window in windows(marks, rule)
    ]


def settle(timeline: Timeline, terms: Terms, now_ms: int) -> Settlement:
    """Settle the windows of `timeline` that have been idle for longer than timeout and grace.

    A standing record that an open window may still change is left alone until that window closes. At
    most `MAX_WINDOWS` windows are settled at once; if there are more, the subject stays due.
    """
    found = meter(timeline.subject, timeline.marks, terms.rule)
    still_open = [m for m in found if now_ms - m.end_ms <= terms.patience_ms]
    limit_ms = _limit(timeline.standing, still_open[0].start_ms) if still_open else None
    next_due_ms = still_open[0].end_ms + terms.patience_ms + 1 if still_open else None

    settled = {r.metered for r in timeline.standing}
    fresh = [m for m in found if _before(m, limit_ms) and m not in settled]
    if len(fresh) > MAX_WINDOWS:
        limit_ms, next_due_ms = _limit(timeline.standing, fresh[MAX_WINDOWS].start_ms), now_ms
        fresh = [m for m in fresh if _before(m, limit_ms)]
    return _record(timeline, terms, found, fresh, limit_ms=limit_ms, next_due_ms=next_due_ms)


def _limit(standing: Iterable[UsageRecord], open_from_ms: int) -> int:
    """From when on nothing is settled yet: the open window's start, or that of a record that reaches in."""
    reaching_in = [r.metered.start_ms for r in standing if r.metered.end_ms >= open_from_ms]
    return min([open_from_ms, *reaching_in])


def _before(metered: Metered, limit_ms: int | None) -> bool:
    """Whether it ends before the limit, if there is one."""
    return limit_ms is None or metered.end_ms < limit_ms


def _record(
    timeline: Timeline,
    terms: Terms,
    found: Sequence[Metered],
    fresh: Sequence[Metered],
    *,
    limit_ms: int | None,
    next_due_ms: int | None,
) -> Settlement:
    """The records that make `timeline` say what was found before the limit."""
    revision = timeline.revision + 1
    outdated = [r for r in timeline.standing if _before(r.metered, limit_ms) and r.metered not in found]
    reversals = tuple(replace(r, revision=revision, reverses=r.record_id) for r in outdated)
    added = tuple(
        UsageRecord(timeline.subject, revision, m, _plan_for(m, outdated, terms.plan), terms.rule.name)
        for m in fresh
    )
    standing = sorted({*timeline.standing, *added} - set(outdated), key=lambda r: r.metered.start_ms)
    return Settlement(timeline, reversals + added, tuple(standing), next_due_ms)


def _plan_for(metered: Metered, outdated: Iterable[UsageRecord], current: PlanVersion) -> str:
    """The plan of the record that `metered` corrects, so that a correction never changes a price."""
    for record in outdated:
        if metered.start_ms <= record.metered.end_ms and record.metered.start_ms <= metered.end_ms:
            return record.plan
    return current.ref


class TotalKey(NamedTuple):
    """A local day of a bot on one plan version."""

    day: date
    plan: str


class Bucket(NamedTuple):
    """Sessions of a unit in an hour, counted in hours after local midnight."""

    unit: Unit
    hour: int


def usage_totals(records: Iterable[UsageRecord], zone: ZoneInfo) -> dict[TotalKey, dict[Bucket, int]]:
    """Sessions by day, plan, unit and hour in which they start. Buckets that come to zero are left out."""
    counts: Counter[tuple[TotalKey, Bucket]] = Counter()
    for record in records:
        sign = -1 if record.reverses else 1
        for start_ms in record.metered.session_starts_ms:
            hour = local_hour(start_ms, zone)
            counts[TotalKey(hour.day, record.plan), Bucket(record.unit, hour.index)] += sign
    totals: dict[TotalKey, dict[Bucket, int]] = {}
    for (key, bucket), count in sorted(counts.items()):
        if count:
            totals.setdefault(key, {})[bucket] = count
    return totals


def sessions_by_plan(records: Iterable[UsageRecord]) -> Counter[tuple[str, Unit]]:
    """Sessions by plan version and unit, reversals taken off."""
    counts: Counter[tuple[str, Unit]] = Counter()
    for record in records:
        counts[record.plan, record.unit] += record.sessions
    return counts


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """What a settlement takes from a bot's balance (micro-units, negative gives back) and adds to its use."""

    debit_micros: int
    usage_sessions: int
    alert_sessions: int


def balance_change(records: Sequence[UsageRecord], plans: Mapping[str, PlanVersion]) -> BalanceChange:
    """The change of balance that `records` make; `plans` holds the plan versions that they name."""
    debit_micros = 0
    used: Counter[Unit] = Counter()
    for (plan, unit), sessions in sessions_by_plan(records).items():
        debit_micros += plans[plan].debit_micros(unit, sessions)
        used[unit] += sessions
    return BalanceChange(debit_micros, used[Unit.USAGE], used[Unit.ALERT])
