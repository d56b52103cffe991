"""What the operator sees and decides."""

from typing import Annotated

from annotated_types import Ge

from api.schemas.common import IDENTIFIER, BotId, Currency, Instant, Month, PlanId
from api.schemas.extensions import ExtensionRequest
from api.schemas.parties import Customer, SellerCode
from api.schemas.typed import NotRequired, Text, TypedDict

AccountId = Annotated[str, Text(IDENTIFIER, "acct_acme", "The id of an account.")]


class Account(TypedDict):
    """A customer of the platform."""

    account_id: AccountId
    name: str
    customer: Customer
    seller: SellerCode
    """Who bills it."""
    currency: Currency
    time_zone: str
    first_period: Month


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
