"""Usage records to stored maps and back; nothing else knows their stored form."""

from collections.abc import Iterable, Mapping
from typing import Any

from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.settlement import Metered, Timeline, UsageRecord

# An item in DynamoDB's wire form: attribute name to {type: value}.
Item = dict[str, Any]


def to_records(records: Iterable[UsageRecord]) -> Item:
    """Records as a list attribute. Names are short: DynamoDB charges for each of their letters."""
    return {"L": [{"M": _to_map(record)} for record in records]}


def from_records(
    attribute: Mapping[str, Any] | None, account_id: str, bot_id: str
) -> tuple[UsageRecord, ...]:
    """Records of a list attribute; none if there is no such attribute."""
    return tuple(_from_map(entry["M"], account_id, bot_id) for entry in (attribute or {"L": []})["L"])


def _to_map(record: UsageRecord) -> Item:
    """One record as a map attribute."""
    metered = record.metered
    stored: Item = {
        "of": {"S": f"{record.subject.kind}#{record.subject.name}"},
        "rev": {"N": str(record.revision)},
        "start": {"N": str(metered.start_ms)},
        "end": {"N": str(metered.end_ms)},
        "agent": {"N": str(metered.agent_ms)},
        "sessions": {"L": [{"N": str(start_ms)} for start_ms in metered.session_starts_ms]},
        "plan": {"S": record.plan},
        "rule": {"S": record.rule},
    }
    if record.reverses is not None:
        stored["reverses"] = {"S": record.reverses}
    return stored


def _from_map(stored: Item, account_id: str, bot_id: str) -> UsageRecord:
    """The record of one map attribute."""
    kind, name = stored["of"]["S"].split("#", 1)
    return UsageRecord(
        subject=Subject(account_id, bot_id, SubjectKind(kind), name),
        revision=int(stored["rev"]["N"]),
        metered=Metered(
            start_ms=int(stored["start"]["N"]),
            end_ms=int(stored["end"]["N"]),
            agent_ms=int(stored["agent"]["N"]),
            session_starts_ms=tuple(int(start["N"]) for start in stored["sessions"]["L"]),
        ),
        plan=stored["plan"]["S"],
        rule=stored["rule"]["S"],
        reverses=stored["reverses"]["S"] if "reverses" in stored else None,
    )


def from_timeline(item: Item, subject: Subject) -> Timeline:
    """The timeline of a stored item."""
    return Timeline(
        subject=subject,
        marks=frozenset(int(mark) for mark in item["marks"]["NS"]),
        due_at_ms=int(item["due_at"]["N"]) if "due_at" in item else None,
        standing=from_records(item.get("standing"), subject.account_id, subject.bot_id),
        revision=int(item["revision"]["N"]) if "revision" in item else 0,
    )
