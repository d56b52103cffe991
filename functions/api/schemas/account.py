"""The own account, and what the caller may do in it."""

from typing import Annotated

from annotated_types import Ge, Le

from api.schemas.common import Currency, Period, UserId
from api.schemas.operator import AccountId, TimeZone
from api.schemas.typed import TypedDict
from botmeter.domain.members import Role
from botmeter.domain.orders import PaymentMethod


class CallingMember(TypedDict):
    """Who asks."""

    user_id: UserId
    roles: list[Role]
    """The built-in ones, sorted; empty for a member with roles of the account's own alone."""


class AccountMember(TypedDict):
    """A member of the account."""

    user_id: UserId


class Availability(TypedDict):
    """Whether there is something for the caller."""

    is_available: bool
    reason: str | None
    """Why not; null if it is."""


class OwnAccount(TypedDict):
    """The account of the caller."""

    account_id: AccountId
    name: str
    currency: Currency
    """That of all its money."""
    time_zone: TimeZone
    """The one that applies now."""
    billing_day: Annotated[int, Ge(1), Le(31)]
    """The day of the month on which its billing periods start; in a shorter month, the last one."""
    first_period: Period
    """The first that is billed."""
    running_period: Period
    """The one that today is in."""
    member: CallingMember
    orders_and_invoices: Availability
    shared_ledger: Availability
    """What became of the free credits that all prepaid bots share."""
    payment_methods: list[PaymentMethod]
    """How orders may be paid."""
