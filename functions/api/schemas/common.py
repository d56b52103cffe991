"""What many requests and answers are made of."""

from typing import Annotated, Generic, TypeVar

from annotated_types import Ge, Le, MinLen

from api.schemas.typed import NotRequired, Text, TypedDict

Item = TypeVar("Item")

IDENTIFIER = r"^[A-Za-z0-9._:@-]{1,128}$"
DAY = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
USE_START = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(/[0-4][0-9](:[0-5][0-9])?)?)?$"
PERIOD_LABEL = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])(-(0[2-9]|[12][0-9]|3[01]))?$"
INSTANT_QUERY = (
    r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,3})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
EVENT_FIELD = r"^[A-Za-z0-9_.]{1,128}$"

UserId = Annotated[str, Text(IDENTIFIER, "tim.wagner@acme.example")]
MemberId = Annotated[str, Text(IDENTIFIER, "tim.wagner@acme.example", "The user name of a member.")]
PlanId = Annotated[str, Text(IDENTIFIER, "standard")]
OrderId = Annotated[str, Text(IDENTIFIER, "ord-6b86b273ff34fce19d6b", "The id of an order.")]
Period = Annotated[
    str,
    Text(
        PERIOD_LABEL,
        "2026-10",
        "A billing period of the account: a month, or with `2026-10-15` from that day until the next 15th.",
    ),
]
Currency = Annotated[str, Text("^[A-Z]{3}$", "EUR", "ISO 4217.")]
Instant = Annotated[
    str,
    Text(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$", "2026-10-05T09:30:12.480Z"),
]
Count = Annotated[int, Ge(0)]

BotId = Annotated[str, Text(IDENTIFIER, "bot_orders", "The id of a bot of the account.")]


class Money(TypedDict):
    """An amount of money."""

    amount: int
    """In minor units of the currency: cents, or whole yen."""
    currency: Currency


class Possibility(TypedDict):
    """Whether the caller can do something, and why not."""

    is_possible: bool
    """Now, for the caller: a request may still break a rule of its own."""
    is_permitted: bool
    """Whether the caller's roles permit it, whatever stands in the way now."""
    reason: str | None
    """Why it is not possible; null if it is."""


class Page(TypedDict, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next_cursor: NotRequired[Annotated[str, MinLen(1)]]
    """Ask for the next part with `?cursor=`; missing when there is no more."""


class ProblemError(TypedDict):
    """One rule that a request breaks, and where."""

    detail: str
    """The rule."""
    pointer: NotRequired[str]
    """The member of the request's body, as a JSON pointer: `#/amount/currency`."""
    parameter: NotRequired[str]
    """The query parameter."""
    header: NotRequired[str]
    """The header."""


class Problem(TypedDict):
    """Why a request was not fulfilled (RFC 9457)."""

    type: str
    """Always `about:blank`: the status says what kind of problem it is."""
    title: str
    """The status in words."""
    status: Annotated[int, Ge(400), Le(599)]
    detail: str
    """What is wrong with this very request."""
    errors: NotRequired[list[ProblemError]]
    """The rules that the request breaks."""
