"""Windows of the archive beside windows of the records, one by one."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from botmeter.domain.explanations import Settled
from botmeter.domain.periods import to_rfc3339
from botmeter_cli.reconcile.differences import Difference, Measure, OpenConversation, Where
from botmeter_cli.reconcile.recount import Span, Window


class Name(NamedTuple):
    """What windows belong to: a conversation, or the delivery of an alert."""

    unit: str
    bot_id: str
    name: str


def name_of(window: Window) -> Name:
    """What a window belongs to."""
    return Name(window.unit, window.bot_id, window.name)


def sessions_in(window: Window, period: Span) -> int:
    """How many sessions of a window start in a period."""
    return sum(period.from_ms <= start_ms < period.to_ms for start_ms in window.session_starts_ms)


def concerns(window: Window, period: Span) -> bool:
    """Whether a window has sessions in a period, or none at all but begins in it."""
    begins = period.from_ms <= window.start_ms < period.to_ms
    return begins if not window.session_starts_ms else bool(sessions_in(window, period))


def recorded_window(settled: Settled) -> Window:
    """The window that a record bills, or takes back."""
    record, metered = settled.record, settled.record.metered
    subject = record.subject
    return Window(
        record.unit.value,
        subject.bot_id,
        subject.name,
        metered.start_ms,
        metered.end_ms,
        metered.agent_ms,
        metered.session_starts_ms,
    )


@dataclass(slots=True)
class Matched:
    """Windows of a period: `same` in the archive and in the records, once each, and all others.

    `plans` are the plan versions on which what is recorded belongs; `elsewhere` counts what is on others.
    """

    period: Span
    same: list[Window] = field(default_factory=list)
    archived: dict[Name, list[Window]] = field(default_factory=lambda: defaultdict(list))
    recorded: dict[Name, Counter[Window]] = field(default_factory=lambda: defaultdict(Counter))
    plans: Mapping[Window, str] = field(default_factory=dict)
    elsewhere: Counter[tuple[Window, str]] = field(default_factory=Counter)

    @property
    def names(self) -> list[Name]:
        """What differs belongs to these."""
        return sorted({*self.archived, *self.recorded})

    @property
    def unbilled_alerts(self) -> list[Name]:
        """Alerts in the archive that no record of the period knows."""
        return [name for name in self.archived if name.unit == Measure.ALERT and name not in self.recorded]

    def plan_of(self, window: Window) -> str | None:
        """The plan version of a window, or of what is recorded of its subject near it; else None."""
        if window in self.plans:
            return self.plans[window]
        near = self.recorded.get(name_of(window), ())
        shared = [w for w in near if w.start_ms <= window.end_ms and window.start_ms <= w.end_ms]
        return self.plans[min(shared, key=lambda w: w.start_ms)] if shared else None

    def open(self, name: Name) -> OpenConversation:
        """What differs of a subject that is still to be settled."""
        archived = sum(sessions_in(window, self.period) for window in self.archived.get(name, ()))
        recorded = self.recorded.get(name, Counter())
        billed = sum(count * sessions_in(window, self.period) for window, count in recorded.items())
        return OpenConversation(name.bot_id, Measure(name.unit), name.name, archived, billed)

    def ended_ms(self, name: Name) -> int:
        """When the first window of a subject that differs had ended; one in the archive, if there is any."""
        windows = self.archived.get(name) or self.recorded[name]
        return min(window.end_ms for window in windows)

    def overdue(self, name: Name) -> Difference:
        """What differs of a subject that should have been settled long ago."""
        of = self.open(name)
        ended_at = to_rfc3339(self.ended_ms(name))
        return Difference(Where.OVERDUE, of.bot_id, of.measure, of.subject, ended_at, of.archived, of.billed)

    def plan_differences(self) -> Iterator[Difference]:
        """Sessions that are recorded on another plan version than the one on which they belong."""
        for (window, plan), count in sorted(self.elsewhere.items()):
            sessions = sessions_in(window, self.period)
            if count * sessions:
                yield Difference(
                    Where.PLAN,
                    window.bot_id,
                    Measure(window.unit),
                    window.name,
                    to_rfc3339(window.start_ms),
                    sessions,
                    count * sessions,
                    f"{plan}, not {self.plans[window]}",
                )

    def differences(self, name: Name) -> Iterator[Difference]:
        """What differs of a subject, in order of time. Windows that begin together are one difference."""
        archived = {window.start_ms: window for window in self.archived.get(name, ())}
        recorded: dict[int, int] = defaultdict(int)
        for window, count in self.recorded.get(name, Counter()).items():
            recorded[window.start_ms] += count * sessions_in(window, self.period)
        for start_ms in sorted({*archived, *recorded}):
            begun = archived.get(start_ms)
            yield Difference(
                Where.RECORDS,
                name.bot_id,
                Measure(name.unit),
                name.name,
                to_rfc3339(start_ms),
                sessions_in(begun, self.period) if begun else 0,
                recorded.get(start_ms, 0),
            )


def match(
    archived: Iterable[Window], settled: Sequence[Settled], plans: Mapping[Window, str], period: Span
) -> Matched:
    """Put windows of the archive and of the records side by side. Reversals take records away first.

    `plans` are the plan versions on which all that is recorded belongs.
    """
    matched = Matched(period, plans=plans)
    standing: Counter[Window] = Counter()
    for one in settled:
        window, times = recorded_window(one), -1 if one.record.reverses else 1
        if concerns(window, period):
            standing[window] += times
            if one.record.plan != plans[window]:
                matched.elsewhere[window, one.record.plan] += times
    for window in archived:
        if not concerns(window, period):
            continue
        # One window that was recorded twice differs, and so does one that was taken back twice.
        if standing[window] == 1:
            matched.same.append(window)
            del standing[window]
        else:
            matched.archived[name_of(window)].append(window)
    for window, count in standing.items():
        if count:
            matched.recorded[name_of(window)][window] = count
    return matched
