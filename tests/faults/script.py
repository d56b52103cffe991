"""What a scenario is made of. All of it follows from a seed, and any part may be left out."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from botmeter.domain.events import Subject
from botmeter.domain.settling import RECORDED_AT_ONCE_MS


class Fault(StrEnum):
    """What may happen to a call of AWS. Each waits for the next call to which it can happen."""

    THROTTLED = "throttled, nothing done"
    UNREACHABLE = "no connection, nothing done"
    LOST_ANSWER = "done, but the answer is lost"
    REPEATED = "done, the answer lost, and done again by the client"
    CONFLICT = "another transaction is in the way"
    UNPROCESSED = "only some of the items are read"
    STALE = "an index that lags behind"
    DIED_BEFORE = "the process dies before the call"
    DIED_AFTER = "the process dies after the call"
    RIVAL_BEFORE = "another process works just before the call"
    RIVAL_AFTER = "another process works just after the call"


@dataclass(frozen=True)
class Sound:
    """An event that is accepted, as text, and what it says."""

    text: str
    subject: Subject
    mark: int
    test: bool


@dataclass(frozen=True)
class Poison:
    """A text that cannot be used, and the field that is to blame."""

    text: str
    field: str


@dataclass(frozen=True)
class Step:
    """An invocation at `now_ms`: of ingest with the next `size` messages, or of the meter where it is 0."""

    now_ms: int
    size: int = 0


@dataclass(frozen=True)
class Limits:
    """How much is done at once. Low limits bring every seam near."""

    max_changes: int = 24
    max_actions: int = 84
    page: int = 400
    marks_of_a_part: int = 4_096
    recorded_at_once_ms: int = RECORDED_AT_ONCE_MS


@dataclass(frozen=True)
class Act:
    """A part of a scenario: what is delivered in it, in this order, and the invocations that meet faults.

    `rivals` is what other processes do in turn when a fault lets them.
    """

    deliveries: tuple[Sound | Poison, ...]
    steps: tuple[Step, ...]
    rivals: tuple[Step, ...]
    # The clock when it has come to rest.
    quiet_ms: int


@dataclass(frozen=True)
class Script:
    """A scenario: its acts, and the faults by the call at which they begin to wait."""

    seed: int
    acts: tuple[Act, ...]
    faults: tuple[tuple[int, Fault], ...]
    limits: Limits = field(default_factory=Limits)

    def sound(self) -> set[Sound]:
        """The events that are accepted."""
        return {d for act in self.acts for d in act.deliveries if isinstance(d, Sound)}

    def poison(self) -> set[Poison]:
        """What is not."""
        return {d for act in self.acts for d in act.deliveries if isinstance(d, Poison)}

    def without_faults(self, first: int, count: int) -> "Script":
        """The same with fewer faults."""
        return replace(self, faults=self.faults[:first] + self.faults[first + count :])

    def without_deliveries(self, gone: set[Sound | Poison]) -> "Script":
        """The same without some events."""
        acts = [
            replace(act, deliveries=tuple(d for d in act.deliveries if d not in gone)) for act in self.acts
        ]
        return replace(self, acts=tuple(acts))

    def __str__(self) -> str:
        lines = [f"the shortest that fails: seed {self.seed}, {self.limits}"]
        for act in self.acts:
            lines += [f"  deliver {delivery.text}" for delivery in act.deliveries]
            lines += [f"  {step}" for step in act.steps]
        lines += [f"  from call {number}: {fault}" for number, fault in self.faults]
        return "\n".join(lines)
