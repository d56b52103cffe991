"""Query parameters: how a route declares the ones it takes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from chalice.app import MultiDict

from api.problems import InvalidQuery
from api.schemas.common import DAY, EVENT_FIELD, IDENTIFIER, INSTANT_QUERY, PERIOD_LABEL, USE_START
from botmeter.domain.history import ENTRY_STATUSES
from botmeter.domain.orders import OrderStatus
from botmeter.domain.periods import BillingPeriod, time_zones
from botmeter.domain.sessions import Unit
from botmeter.domain.use_over_time import By, GroupBy
from botmeter.ports.invoices import DocumentFormat

Value = TypeVar("Value")
Option = TypeVar("Option", bound=str)
Default = TypeVar("Default", By, DocumentFormat, GroupBy, str, None)
Number = TypeVar("Number", int, None)

# Instead of a default, for a parameter that has to be given.
REQUIRED: Any = object()

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
MAX_NAMES = 1_000


@dataclass(frozen=True, slots=True)
class Query(Generic[Value]):
    """A query parameter. `schema` describes its text, `rule` says in words what `parse` accepts.

    `parse` raises `ValueError`. `default` is the value when it is not given, or `REQUIRED`.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    rule: str
    parse: Callable[[str], Value]
    default: Value

    def read(self, text: str) -> Value:
        """The value of `text`; raises `InvalidQuery`."""
        try:
            return self.parse(text)
        except ValueError as error:
            raise self.refusal() from error

    def refusal(self) -> InvalidQuery:
        """What to raise for a value that turns out to be none."""
        return InvalidQuery(self.name, self.rule)


def read_query(declared: Sequence[Query[Any]], given: MultiDict | None) -> dict[str, Any]:
    """The values of all declared parameters; raises `InvalidQuery` also for one that is not declared."""
    known = {parameter.name: parameter for parameter in declared}
    values = {name: parameter.default for name, parameter in known.items()}
    for name in given or ():
        if name not in known:
            raise InvalidQuery(name, "there is no such parameter")
        texts = given.getlist(name) if given else []
        if len(texts) != 1:
            raise InvalidQuery(name, "must be given once")
        values[name] = known[name].read(texts[0])
    for name, value in values.items():
        if value is REQUIRED:
            raise InvalidQuery(name, "is required")
    return values


def matching(pattern: str, text: str) -> str:
    """`text` if it matches; raises `ValueError`."""
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} does not match {pattern}")
    return text


def _time_zone(text: str) -> str:
    """The name of a time zone; raises `ValueError`."""
    if text not in time_zones():
        raise ValueError(f"there is no time zone {text!r}")
    return text


def whole_number(name: str, description: str, least: int, most: int, default: Number) -> Query[int | Number]:
    """A parameter that is a whole number from `least` (0 or more) to `most`, without leading zeros."""

    def parse(text: str) -> int:
        number = int(matching("0|[1-9][0-9]{0,17}", text))
        if not least <= number <= most:
            raise ValueError(f"{number} is not from {least} to {most}")
        return number

    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most}
    if default is not REQUIRED and default is not None:
        schema["default"] = default
    rule = f"must be a whole number from {least} to {most}"
    return Query(name, description, schema, rule, parse, default)


def choice(
    name: str, description: str, options: Sequence[Option], default: Default
) -> Query[Option | Default]:
    """A parameter that is one of several words; `default` is one of them, or None."""
    by_word = {str(option): option for option in options}

    def parse(text: str) -> Option:
        if text not in by_word:
            raise ValueError(f"{text!r} is none of {list(by_word)}")
        return by_word[text]

    schema: dict[str, Any] = {"type": "string", "enum": list(by_word)}
    if default is not None:
        schema["default"] = str(default)
    return Query(name, description, schema, f"must be one of {', '.join(by_word)}", parse, default)


def day(name: str, description: str) -> Query[date]:
    """A parameter that is a day, and has to be given."""
    schema = {"type": "string", "format": "date", "pattern": DAY, "examples": ["2026-10-05"]}
    rule = "must be a day such as 2026-10-05"
    return Query(
        name, description, schema, rule, lambda text: date.fromisoformat(matching(DAY, text)), REQUIRED
    )


def instant(name: str, description: str) -> Query[datetime | None]:
    """A parameter that is an instant with an offset from UTC, in milliseconds at most."""
    schema = {
        "type": "string",
        "format": "date-time",
        "pattern": INSTANT_QUERY,
        "examples": ["2026-10-05T00:00:00Z"],
    }
    rule = "must be an instant with an offset, such as 2026-10-05T00:00:00Z"

    def parse(text: str) -> datetime:
        return datetime.fromisoformat(matching(INSTANT_QUERY, text))

    return Query(name, description, schema, rule, parse, None)


LIMIT = whole_number("limit", "How many items at most.", 1, MAX_LIMIT, DEFAULT_LIMIT)

CURSOR: Query[str | None] = Query(
    name="cursor",
    description="The `next_cursor` of an answer: what comes after it.",
    schema={"type": "string", "minLength": 1},
    rule="must be the next_cursor of an earlier answer",
    parse=str,
    default=None,
)

PAGING = (LIMIT, CURSOR)
# Of lists whose items are a name each.
PAGING_OF_NAMES = (whole_number("limit", "How many items at most.", 1, MAX_NAMES, DEFAULT_LIMIT), CURSOR)

PERIOD: Query[BillingPeriod | None] = Query(
    name="period",
    description="A billing period, in the account's time zone; by default the running one.",
    schema={"type": "string", "pattern": PERIOD_LABEL, "examples": ["2026-10", "2026-10-15"]},
    rule="must be a month such as 2026-10, or a period such as 2026-10-15",
    parse=lambda text: BillingPeriod.parse(matching(PERIOD_LABEL, text)),
    default=None,
)

BOT: Query[str | None] = Query(
    name="bot_id",
    description="One bot; by default all that the caller sees.",
    schema={"type": "string", "pattern": IDENTIFIER, "examples": ["bot_orders"]},
    rule="must be the id of a bot",
    parse=lambda text: matching(IDENTIFIER, text),
    default=None,
)

MAX_PART = 128

NAME_PART: Query[str | None] = Query(
    name="q",
    description="Only bots whose name or id has this in it; capital letters are like small ones.",
    schema={"type": "string", "minLength": 1, "maxLength": MAX_PART, "examples": ["order"]},
    rule=f"must have 1 to {MAX_PART} characters",
    parse=lambda text: matching(rf"(?s:.{{1,{MAX_PART}}})", text),
    default=None,
)

QUARANTINE_DAY: Query[date | None] = Query(
    name="day",
    description="Only events that came on this day, in UTC.",
    schema={"type": "string", "format": "date", "pattern": DAY, "examples": ["2026-10-05"]},
    rule="must be a day such as 2026-10-05",
    parse=lambda text: date.fromisoformat(matching(DAY, text)),
    default=None,
)

QUARANTINE_FIELD: Query[str | None] = Query(
    name="field",
    description="Only events that broke a rule of this field.",
    schema={"type": "string", "pattern": EVENT_FIELD, "examples": ["data.bot_id"]},
    rule="must be the name of a field such as data.bot_id",
    parse=lambda text: matching(EVENT_FIELD, text),
    default=None,
)

FIRST_DAY = day("from", "The first day.")
LAST_DAY = day("to", "The last day, which counts too; 91 days after the first at most.")
BY = choice("by", "What one item adds up; `range` is all days together.", tuple(By), By.DAY)
GROUP_BY = choice(
    "group_by",
    "Whether one item adds up the use of a bot, or that of all bots together that the caller sees.",
    tuple(GroupBy),
    GroupBy.BOT,
)
TIME_ZONE: Query[str | None] = Query(
    name="time_zone",
    description=(
        "The IANA time zone whose days, hours and months are meant; by default the account's calendar. "
        "Sessions are counted by the account's hours. Where the two differ by a part of an hour, hours begin "
        "at 14:30 or so, and those of an hour that straddles midnight count to the day in which it begins."
    ),
    schema={"type": "string", "minLength": 1, "examples": ["Europe/Berlin"]},
    rule="must be the name of a time zone, such as Europe/Berlin",
    parse=_time_zone,
    default=None,
)
START: Query[str | None] = Query(
    name="start",
    description="Only what begins so: the `start` of an item, such as an hour of which all bots are wanted.",
    schema={"type": "string", "pattern": USE_START, "examples": ["2026-10-05/14"]},
    rule="must be the start of an item, such as 2026-10, 2026-10-05 or 2026-10-05/14",
    parse=lambda text: matching(USE_START, text),
    default=None,
)
EMPTY = choice(
    "empty",
    "Whether there is an item for what has no sessions, too; to include it needs `group_by=account`.",
    ("omit", "include"),
    "omit",
)
FIRST_HOUR = instant("since", "Only the hours that begin then or later.")
SINCE = instant(
    "from", "With `to`, instead of `period`: only records with sessions that start then or later."
)
UNTIL = instant("to", "And before this instant, 92 days after `from` at most.")
UNIT = choice("unit", "Only what is counted in this unit.", tuple(Unit), None)
FORMAT = choice("format", "Pages of JSON, or everything as CSV.", ("json", "csv"), "json")
DOCUMENT_FORMAT = choice("format", "The form of the document.", tuple(DocumentFormat), DocumentFormat.PDF)
LINE = whole_number("line", "The number of a line of the invoice.", 1, 100_000, REQUIRED)
YEAR = whole_number("year", "Only what was ordered or issued in this year.", 2000, 2199, None)
ENTRY_STATUS = choice("status", "Only what stands so; credit notes never do.", ENTRY_STATUSES, None)
ORDER_STATUS = choice("status", "Only orders that stand so.", tuple(OrderStatus), None)
