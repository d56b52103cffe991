"""Usage records to stored rows and back; nothing else knows their stored form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.settlement import Metered, Timeline, UsageRecord

# An item in DynamoDB's wire form: attribute name to {type: value}.
Item = dict[str, Any]
# In the days of a month, beside the units: what free credits have paid of the price of a day's sessions.
FREE_MICROS = "free"
# In the totals of a day, beside the hours: the earlier days on which windows began that have sessions on it.
BEGAN = "began"
# And by which the index of all bots' totals finds it.
ACCOUNT_DAY = "account_day"
# In a timeline: the numbers of its further parts.
PARTS = "parts"


def to_records(records: Iterable[UsageRecord]) -> Item:
    """Records as a map from plan and rule to rows: DynamoDB charges for names, repetition and long numbers.

    The columns of a row: name of the subject, revision, start (ms), length (ms), agent's time (ms), starts
    of the sessions after the first, and in a reversal the record that it takes back. Starts are ms after the
    window's; `95x900000` where so many follow at that distance; the number 0 where there is no session.
    """
    return _rows((record, [{"S": record.subject.name}, *_to_columns(record)]) for record in records)


def from_records(attribute: Item, account_id: str, bot_id: str) -> tuple[UsageRecord, ...]:
    """The records of such a map, by start."""
    found = (
        _from_columns(_subject(account_id, bot_id, name["S"]), columns, terms)
        for terms, rows in attribute["M"].items()
        for name, *columns in (row["L"] for row in rows["L"])
    )
    return tuple(sorted(found, key=lambda record: record.metered.start_ms))


def to_standing(records: Iterable[UsageRecord]) -> Item:
    """The records that stand for a timeline, in the same form but for the name, which is the timeline's."""
    return _rows((record, _to_columns(record)) for record in records)


def _from_standing(attribute: Item, subject: Subject) -> tuple[UsageRecord, ...]:
    """The records of a timeline, by start."""
    found = (
        _from_columns(subject, row["L"], terms) for terms, rows in attribute["M"].items() for row in rows["L"]
    )
    return tuple(sorted(found, key=lambda record: record.metered.start_ms))


def _rows(records: Iterable[tuple[UsageRecord, list[Item]]]) -> Item:
    """Rows of columns below the plan and the rule of their records."""
    rows: dict[str, list[Item]] = {}
    for record, columns in records:
        rows.setdefault(f"{record.plan}/{record.rule}", []).append({"L": columns})
    return {"M": {terms: {"L": of_terms} for terms, of_terms in rows.items()}}


def _to_columns(record: UsageRecord) -> list[Item]:
    """One record as columns, but for the name."""
    metered = record.metered
    columns: list[Item] = [
        number(record.revision),
        number(metered.start_ms),
        number(metered.end_ms - metered.start_ms),
        number(metered.agent_ms),
        _to_starts(metered.session_starts_ms),
    ]
    return columns if record.reverses is None else [*columns, {"S": record.reverses}]


def _to_starts(starts_ms: Sequence[int]) -> Item:
    """The starts of a window's sessions: a window of weeks has thousands, and most are a length apart."""
    if not starts_ms:
        return number(0)
    later = [start_ms - starts_ms[0] for start_ms in starts_ms[1:]]
    if len(later) > 1 and later == [n * later[0] for n in range(1, len(later) + 1)]:
        return {"S": f"{len(later)}x{later[0]}"}
    return {"L": [number(after_ms) for after_ms in later]}


def _from_starts(column: Item, start_ms: int) -> tuple[int, ...]:
    """The starts of the sessions of a window that began at `start_ms`."""
    if "S" in column:
        count, length_ms = map(int, column["S"].split("x"))
        return tuple(start_ms + n * length_ms for n in range(count + 1))
    return (start_ms, *(start_ms + int(after["N"]) for after in column["L"])) if "L" in column else ()


def _subject(account_id: str, bot_id: str, name: str) -> Subject:
    """A subject of a bot: only the name of a delivery, `alert/user`, has a slash."""
    kind = SubjectKind.ALERT_DELIVERY if "/" in name else SubjectKind.CONVERSATION
    return Subject(account_id, bot_id, kind, name)


def _from_columns(subject: Subject, columns: list[Item], terms: str) -> UsageRecord:
    """The record of such columns, below its plan and rule."""
    revision, start, length, agent, later, *reverses = columns
    plan, rule = terms.split("/")
    start_ms = int(start["N"])
    starts_ms = _from_starts(later, start_ms)
    metered = Metered(start_ms, start_ms + int(length["N"]), int(agent["N"]), starts_ms)
    reversed_id = reverses[0]["S"] if reverses else None
    return UsageRecord(subject, int(revision["N"]), metered, plan, rule, reversed_id)


def number(value: int) -> Item:
    """A number attribute."""
    return {"N": str(value)}


def from_timeline(item: Item, subject: Subject, further: Mapping[int, Item]) -> Timeline:
    """The timeline of a stored item, and of the `further` parts of it that there are."""
    parts = {part: _marks(of_part) for part, of_part in {0: item, **further}.items()}
    return Timeline(
        subject=subject,
        marks=frozenset().union(*parts.values()),
        due_at_ms=int(item["due_at"]["N"]) if "due_at" in item else None,
        standing=_from_standing(item.get("standing", {"M": {}}), subject),
        revision=int(item["revision"]["N"]) if "revision" in item else 0,
        parts=parts if further else {},
    )


def further_parts(item: Item) -> list[int]:
    """The numbers of the further parts that a timeline's item knows of."""
    return sorted(int(part) for part in item.get(PARTS, {"NS": []})["NS"])


def _marks(item: Item) -> frozenset[int]:
    """The marks in an item; none where all were dropped."""
    return frozenset(int(mark) for mark in item.get("marks", {"NS": []})["NS"])
