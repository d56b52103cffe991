"""More time: what customers ask for and operators decide."""

from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from api.schemas.common import IDENTIFIER, BotId, Instant, UserId
from api.schemas.typed import NotRequired, Text, TypedDict
from botmeter.domain.extensions import MAX_EXTENSION_DAYS, MAX_REASON_LENGTH, ExtensionStatus

Days = Annotated[int, Ge(1), Le(MAX_EXTENSION_DAYS)]
Reason = Annotated[str, MinLen(1), MaxLen(MAX_REASON_LENGTH)]
RequestId = Annotated[str, Text(IDENTIFIER, "ext-6b86b273ff34fce19d6b", "The id of an extension request.")]


class RequestExtension(TypedDict):
    """More time to ask for."""

    days: Days
    reason: Reason


class ApproveExtension(TypedDict):
    """What an operator grants."""

    days: Days
    reason: NotRequired[Reason]


class Decline(TypedDict):
    """Why an operator declines."""

    reason: Reason


class ExtensionRequest(TypedDict):
    """A request for more time, and what became of it."""

    request_id: RequestId
    bot_id: BotId
    status: ExtensionStatus
    requested_days: Days
    reason: Reason
    requested_at: Instant
    requested_by: UserId
    days: Days | None
    """Those that were granted."""
    answer: str
    """The operator's reason; empty if there is none."""
    decided_at: Instant | None
    decided_by: str | None
