"""Outgoing events: what other systems hear of billing. Each has one id, however often it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OutgoingType(StrEnum):
    """What happened."""

    BALANCE_LOW = "billing.balance.low"
    BALANCE_EXHAUSTED = "billing.balance.exhausted"
    PLAN_EXPIRING = "billing.plan.expiring"
    PLAN_ENDED = "billing.plan.ended"
    PLAN_CHANGED = "billing.plan.changed"
    OWNER_CHANGED = "billing.owner.changed"
    PAYMENT_PENDING = "billing.payment.pending"
    PAYMENT_SUCCEEDED = "billing.payment.succeeded"
    PAYMENT_FAILED = "billing.payment.failed"
    EXTENSION_REQUESTED = "billing.extension.requested"
    EXTENSION_APPROVED = "billing.extension.approved"
    EXTENSION_DECLINED = "billing.extension.declined"


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """Something that happened to a bot. `event_id` is unique within the account and type."""

    event_id: str
    type: OutgoingType
    account_id: str
    bot_id: str
    occurred_at: datetime
    data: Mapping[str, str]
