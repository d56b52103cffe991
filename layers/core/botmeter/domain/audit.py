"""The audit trail: who changed what, when, and what it was before. Appended to, never edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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
