"""What the operator sees and decides."""

from typing import Annotated

from api.schemas.common import IDENTIFIER, BotId, Currency, Month
from api.schemas.extensions import ExtensionRequest
from api.schemas.typed import Text, TypedDict

AccountId = Annotated[str, Text(IDENTIFIER, "acct_acme", "The id of an account.")]


class Account(TypedDict):
    """A customer of the platform."""

    account_id: AccountId
    name: str
    currency: Currency
    time_zone: str
    first_period: Month


class PendingExtension(TypedDict):
    """A request that waits for a decision."""

    account_id: AccountId
    bot_id: BotId
    bot_name: str
    request: ExtensionRequest
