"""Records: ledgers, the audit trail, and use."""

from typing import Annotated

from api.schemas.common import IDENTIFIER, BotId, Count, Currency, Instant
from api.schemas.typed import NotRequired, Text, TypedDict
from botmeter.domain.credits import EntryReason
from botmeter.domain.sessions import Unit

Day = Annotated[str, Text(r"^2[01][0-9]{2}-[01][0-9]-[0-3][0-9]$", "2026-10-05", "A day of the account.")]


class LedgerEntry(TypedDict):
    """One change of a balance, in millionths of the currency."""

    at: Instant
    reason: EntryReason
    amount_micros: int
    balance_micros: int
    """The balance after it."""
    currency: Currency
    reference: str
    """The order, the settlement or the grant that it comes from."""
    bot_id: BotId | None
    """Whose use it was; null for what happens to shared credits by itself, as an expiry."""
    usage_sessions: int
    """Negative where sessions were taken back."""
    alert_sessions: int


class AuditEntry(TypedDict):
    """One change: who, when, what, before, after."""

    entry_id: str
    at: Instant
    actor_id: str
    role: str
    operation: str
    bot_id: Annotated[str, Text(IDENTIFIER, "bot_orders")] | None
    before: dict[str, str]
    after: dict[str, str]


class Use(TypedDict):
    """Sessions that start in an hour, a day, a month or the whole range."""

    bot_id: NotRequired[BotId]
    """Missing where one item adds up the account."""
    start: str
    """`2026-10`, `2026-10-05` (of a range its first day), or `2026-10-05/14`.

    The hours are counted from the day's midnight; `2026-10-05/14:30` begins 14 hours and 30 minutes after it.
    """
    starts_at: Instant
    """Its sessions begin at this instant or later; of a month that is asked for in part, in that part."""
    ends_at: Instant
    """And before this one."""
    usage_sessions: int
    alert_sessions: int


class NamedBot(TypedDict):
    """A bot, and what it is called."""

    bot_id: BotId
    name: str


class UsageRecord(TypedDict):
    """A settled window of a conversation, or the delivery of an alert; or what takes one back."""

    record_id: str
    unit: Unit
    subject: str
    """The conversation's id, or `alert_id/user_id`."""
    started_at: Instant
    ended_at: Instant
    bot_ms: Count
    """Time that was the bot's."""
    agent_ms: Count
    """Time that was a human agent's."""
    session_starts: list[Instant]
    """Where each of its sessions begins."""
    sessions: int
    """What it adds to the bill; negative where it takes a record back."""
    plan: str
    rule: str
    reverses: str | None
    """The record that it takes back."""
