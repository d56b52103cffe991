"""What a settlement writes to a timeline: its state, on condition that the timeline is as it was read."""

from collections.abc import Mapping

from botmeter.adapters.dynamo.items import PARTS, Item, number, to_standing
from botmeter.adapters.dynamo.keys import PARTS_KEPT_S, TIMELINE_KEPT_S, timeline_key
from botmeter.domain.settlement import Settlement
from botmeter.domain.timeline import mark_instant_ms

# Between two settlements a set only grows: equal size means that nothing has arrived since it was read.
NOTHING_ARRIVED_MEANWHILE = "size(marks) = :seen"
NOTHING_IN_IT_STILL = "attribute_not_exists(marks)"
# Marks are dropped by settlements alone, and each of them counts.
NEVER_SETTLED = "attribute_not_exists(revision)"
SETTLED_AS_READ = "revision = :settled"
NO_FURTHER_PART = f"attribute_not_exists({PARTS})"
NO_MORE_PARTS = f"size({PARTS}) = :parts"


def settle_timeline(settlement: Settlement, table: str) -> list[Item]:
    """The actions of a transaction: on the timeline's item, and on each further part."""
    timeline = settlement.timeline
    parts = timeline.parts or {0: timeline.marks}
    dropped = _dropped(parts, settlement.forgotten)
    actions = []
    for part, marks in parts.items():
        action = _Action(marks, dropped[part])
        action.set("expires_at", number(_expires_at(settlement, part)))
        if part == 0:
            _settle(action, settlement)
        actions.append(action.of(table, settlement, part))
    return actions


class _Action:
    """An update of one item, put together."""

    def __init__(self, marks: frozenset[int], dropped: frozenset[int]) -> None:
        self._sets: list[str] = []
        self._removes: list[str] = []
        self._deletes: list[str] = []
        self.values: dict[str, Item] = {}
        self.conditions = [NOTHING_ARRIVED_MEANWHILE if marks else NOTHING_IN_IT_STILL]
        if marks:
            self.values[":seen"] = number(len(marks))
        if dropped:
            self._deletes.append("marks :dropped")
            self.values[":dropped"] = {"NS": [str(mark) for mark in dropped]}

    def set(self, name: str, value: Item) -> None:
        """Give an attribute a value."""
        self._sets.append(f"{name} = :{name}")
        self.values[f":{name}"] = value

    def remove(self, name: str) -> None:
        """Take an attribute away."""
        self._removes.append(name)

    def of(self, table: str, settlement: Settlement, part: int) -> Item:
        """The action."""
        clauses = {"SET": self._sets, "REMOVE": self._removes, "DELETE": self._deletes}
        return {
            "Update": {
                "TableName": table,
                "Key": timeline_key(settlement.timeline.subject, part),
                "UpdateExpression": " ".join(f"{verb} {', '.join(of)}" for verb, of in clauses.items() if of),
                "ConditionExpression": " AND ".join(self.conditions),
                "ExpressionAttributeValues": self.values,
            }
        }


def _settle(action: _Action, settlement: Settlement) -> None:
    """The state of the timeline, in its first item."""
    timeline = settlement.timeline
    action.set("standing", to_standing(settlement.standing))
    action.set("revision", number(timeline.revision + 1))
    if settlement.next_due_ms is None:
        action.remove("due_at")
    else:
        action.set("due_at", number(settlement.next_due_ms))
    if timeline.revision:
        action.values[":settled"] = number(timeline.revision)
    if timeline.parts:
        action.values[":parts"] = number(len(timeline.parts) - 1)
    action.conditions += [
        SETTLED_AS_READ if timeline.revision else NEVER_SETTLED,
        NO_MORE_PARTS if timeline.parts else NO_FURTHER_PART,
    ]


def _dropped(parts: Mapping[int, frozenset[int]], forgotten: frozenset[int]) -> dict[int, frozenset[int]]:
    """The marks that each part loses: what is forgotten, and what an earlier part has already."""
    seen: frozenset[int] = frozenset()
    dropped = {}
    for part, marks in sorted(parts.items()):
        dropped[part] = marks & (forgotten | seen)
        seen |= marks
    return dropped


def _expires_at(settlement: Settlement, part: int) -> int:
    """When the table may forget a part of the timeline, in seconds."""
    last_s = mark_instant_ms(max(settlement.timeline.marks)) // 1000
    return last_s + (PARTS_KEPT_S if part else TIMELINE_KEPT_S)
