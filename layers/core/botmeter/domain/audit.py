"""The audit trail: who changed what, when, and what it was before. Appended to, never edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member's user id, an operator's, or the name of a part of Botmeter that acts by itself."""

    actor_id: str
    role: str


# What Botmeter does by itself, on a schedule or since sessions were settled.
SYSTEM = Actor("botmeter", "system")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `before` and `after` hold what changed, by name."""

    entry_id: str
    at: datetime
    actor: Actor
    operation: str
    account_id: str
    bot_id: str = ""
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What of some details is no more, and what is now: texts by the path of each member."""
    old, new = _texts(before), _texts(after)
    return (
        {name: text for name, text in old.items() if new.get(name) != text},
        {name: text for name, text in new.items() if old.get(name) != text},
    )


def _texts(values: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """Details as texts, by the path of each member."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _texts(value, f"{path}{name}/")
        elif isinstance(value, tuple | list | frozenset):
            found |= {path + name: ", ".join(sorted(map(str, value)))} if value else {}
        elif value not in {None, ""}:
            found[path + name] = str(value)
    return found
