"""Records."""

from api.schemas.records import AuditEntry, LedgerEntry, NamedBot, UsageRecord, Use
from api.views.common import instant
from botmeter.domain import audit, credits, settlement  # noqa: A004 (the field's word, as the module has it)
from botmeter.domain.accounts import Bot
from botmeter.domain.periods import to_rfc3339
from botmeter.domain.use_over_time import UseOfTime


def ledger_entry(entry: credits.LedgerEntry, currency: str) -> LedgerEntry:
    """A change of a balance."""
    return {
        "at": instant(entry.at),
        "reason": entry.reason,
        "amount_micros": entry.amount_micros,
        "balance_micros": entry.balance_micros,
        "currency": currency,
        "reference": entry.reference,
        "bot_id": entry.bot_id or None,
        "usage_sessions": entry.usage_sessions,
        "alert_sessions": entry.alert_sessions,
    }


def audit_entry(entry: audit.AuditEntry) -> AuditEntry:
    """A change that somebody made."""
    return {
        "entry_id": entry.entry_id,
        "at": instant(entry.at),
        "actor_id": entry.actor.actor_id,
        "role": entry.actor.role,
        "operation": entry.operation,
        "bot_id": entry.bot_id or None,
        "before": {**entry.before},
        "after": {**entry.after},
    }


def named_bot(bot: Bot) -> NamedBot:
    """A bot by its name."""
    return {"bot_id": bot.bot_id, "name": bot.name}


def usage_record(record: settlement.UsageRecord) -> UsageRecord:
    """A settled window or delivery."""
    metered = record.metered
    return {
        "record_id": record.record_id,
        "unit": record.unit,
        "subject": record.subject.name,
        "started_at": to_rfc3339(metered.start_ms),
        "ended_at": to_rfc3339(metered.end_ms),
        "bot_ms": metered.bot_ms,
        "agent_ms": metered.agent_ms,
        "session_starts": [to_rfc3339(start_ms) for start_ms in metered.session_starts_ms],
        "sessions": record.sessions,
        "plan": record.plan,
        "rule": record.rule,
        "reverses": record.reverses,
    }


def use(found: UseOfTime) -> Use:
    """Sessions in a part of a range."""
    view: Use = {
        "start": found.bucket.label,
        "starts_at": instant(found.bucket.starts_at),
        "ends_at": instant(found.bucket.ends_at),
        "usage_sessions": found.usage_sessions,
        "alert_sessions": found.alert_sessions,
    }
    return view if found.bot_id is None else {"bot_id": found.bot_id, **view}
