"""What the operator sees and decides."""

from typing import Annotated

from annotated_types import Ge, Le

from api.schemas.common import DAY, IDENTIFIER, BotId, Currency, Instant, Period, PlanId
from api.schemas.extensions import ExtensionRequest
from api.schemas.parties import Customer, SellerCode
from api.schemas.typed import NotRequired, Text, TypedDict

AccountId = Annotated[str, Text(IDENTIFIER, "acct_acme", "The id of an account.")]


TimeZone = Annotated[str, Text("^[A-Za-z0-9_+/-]{1,64}$", "Asia/Kolkata", "A time zone of the IANA.")]


class Move(TypedDict):
    """A change of an account's time zone."""

    first_day: Annotated[str, Text(DAY, "2026-11-01", "A day of the account.")]
    """The first day of a billing period; it starts when it does in the zone before."""
    time_zone: TimeZone


class Account(TypedDict):
    """A customer of the platform."""

    account_id: AccountId
    name: str
    customer: Customer
    seller: SellerCode
    """Who bills it."""
    currency: Currency
    time_zone: TimeZone
    """The one that applies now."""
    moves: list[Move]
    """Where it moved, and is to move, since it was set up."""
    billing_day: Annotated[int, Ge(1), Le(31)]
    """The day of the month on which its billing periods start; in a shorter month, the last one."""
    invoice_grace_hours: Annotated[int, Ge(0), Le(720)] | None
    """How long after a period's end its invoice waits for late events; null: as long as the stack says."""
    first_period: Period


class MoveAccount(TypedDict):
    """Where an account moves."""

    time_zone: TimeZone


class SetPlan(TypedDict):
    """The plan version that an operator puts a bot on."""

    plan_id: PlanId
    version: Annotated[int, Ge(1)]
    ends_at: NotRequired[Instant]
    """When it ends, as a contract may; a trial ends after its days unless told otherwise."""


class PendingExtension(TypedDict):
    """A request that waits for a decision."""

    account_id: AccountId
    bot_id: BotId
    bot_name: str
    request: ExtensionRequest
