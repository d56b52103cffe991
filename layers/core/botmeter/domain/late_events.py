"""Late events: what an event that came too late would have changed."""

from collections import Counter
from dataclasses import dataclass

from botmeter.domain.events import Subject
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Terms, UsageRecord, meter

# Sessions by plan version and unit.
Missed = Counter[tuple[str, Unit]]


@dataclass(frozen=True, slots=True)
class LateEffect:
    """What late events would have changed, had they come in time: sessions, and their price (micro-units).

    The price is that of the plans at the time, for each session: what they include is not looked at.
    """

    sessions: int
    amount_micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class UnknownEffect:
    """What late events would have changed cannot be told; `reason` says why."""

    reason: str


def missed_sessions(subject: Subject, late: frozenset[int], known: frozenset[int], terms: Terms) -> Missed:
    """The sessions that `late` marks, all together, add to those of the `known` ones; less are negative."""
    missed: Missed = Counter()
    for marks, sign in ((known | late, 1), (known, -1)):
        for metered in meter(subject, marks, terms.rule) if marks else []:
            record = UsageRecord(subject, 1, metered, terms.plan_ref(metered), terms.rule.name)
            missed[record.plan, record.unit] += sign * record.sessions
    return missed
