"""Late events: what an event that came too late would have changed."""

from collections import Counter
from dataclasses import dataclass

from botmeter.domain.events import Sighting
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Terms, UsageRecord, meter

# Sessions by plan version and unit.
Missed = Counter[tuple[str, Unit]]


@dataclass(frozen=True, slots=True)
class LateEffect:
    """What an event would have changed, had it come in time: sessions, and their price (micro-units).

    The price is that of the plans at the time, for each session: what they include is not looked at.
    """

    sessions: int
    amount_micros: int
    currency: str


def missed_sessions(late: Sighting, known: frozenset[int], terms: Terms) -> Missed:
    """The sessions that a late event adds to those of the `known` marks of its subject; less are negative."""
    missed: Missed = Counter()
    for marks, sign in ((known | {late.mark}, 1), (known, -1)):
        for metered in meter(late.subject, marks, terms.rule) if marks else []:
            record = UsageRecord(late.subject, 1, metered, terms.plan_ref(metered), terms.rule.name)
            missed[record.plan, record.unit] += sign * record.sessions
    return missed
