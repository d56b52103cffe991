"""Files that an operator writes by hand: plans, sellers and accounts. Their form is checked here."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from botmeter.domain.accounts import DEFAULT_SELLER, INVOICE_GRACE_HOURS
from botmeter.domain.errors import BotmeterError
from botmeter.domain.identifiers import IDENTIFIER_RULE, is_identifier
from botmeter.domain.members import Role
from botmeter.domain.parties import Address, Customer, CustomerKind, Seller
from botmeter.domain.periods import ANCHOR_DAYS, Calendar, time_zones
from botmeter.domain.permissions import Permission
from botmeter.domain.plans import PlanVersion
from botmeter.domain.timeline import DEFAULT_IDLE_TIMEOUT_MINUTES, IDLE_TIMEOUT_MINUTES


class Problem(NamedTuple):
    """What is wrong: the path of a member of the file (`bots/0/plan`), and the rule that it breaks."""

    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}"


class BadFile(BotmeterError):
    """A file that cannot be used; nothing of it was."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def _must(holds: Callable[[str], bool], rule: str) -> AfterValidator:
    """A check of a text; `rule` is what its writer reads."""

    def check(text: str) -> str:
        if not holds(text):
            raise ValueError(rule)
        return text

    return AfterValidator(check)


Identifier = Annotated[str, _must(is_identifier, IDENTIFIER_RULE)]
# A group of the user pool that none of Botmeter's own roles is.
RoleName = Annotated[
    str,
    _must(is_identifier, IDENTIFIER_RULE),
    _must(lambda name: name not in set(Role), "must not be the name of a role that all accounts have"),
]
# What an invoice prints in one line.
Line = Annotated[
    str, _must(lambda text: text.strip() == text != "", "must not be empty or begin with blanks")
]
TimeZone = Annotated[
    str, _must(lambda name: name in time_zones(), "must be an IANA time zone such as Europe/Berlin")
]


class _File(BaseModel):
    """No number comes from a text, and a member that is not known is a mistake."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class BotEntry(_File):
    """A bot of an account file. `plan` is a plan version (`standard@1`), `ends_on` the last day of it."""

    bot_id: Identifier
    name: Line
    owner_id: Identifier
    plan: str
    idle_timeout_minutes: int = Field(
        DEFAULT_IDLE_TIMEOUT_MINUTES, ge=IDLE_TIMEOUT_MINUTES[0], le=IDLE_TIMEOUT_MINUTES[-1]
    )
    opening_funds_minor: int = Field(0, ge=0)
    ends_on: date | None = None


class AccountFile(_File):
    """An account with its bots. Its billing periods start on day `billing_day` of a month.

    Whom its invoices are for is checked with the stack: `CheckParties`.
    """

    account_id: Identifier
    name: str
    address: Address
    kind: CustomerKind = CustomerKind.BUSINESS
    vat_id: str = ""
    email: str = ""
    locale: str = "en"
    order_reference: str = ""
    seller: str = DEFAULT_SELLER
    roles: dict[RoleName, Annotated[frozenset[Permission], Field(min_length=1)]] = Field(default_factory=dict)
    currency: str
    time_zone: TimeZone
    bots: tuple[BotEntry, ...]
    billing_day: int = Field(ANCHOR_DAYS[0], ge=ANCHOR_DAYS[0], le=ANCHOR_DAYS[-1])
    invoice_grace_hours: int | None = Field(None, ge=INVOICE_GRACE_HOURS[0], le=INVOICE_GRACE_HOURS[-1])

    @property
    def customer(self) -> Customer:
        """Whom the account's invoices are for, as the file has it."""
        return Customer(
            name=self.name,
            address=self.address,
            kind=self.kind,
            vat_id=self.vat_id,
            email=self.email,
            locale=self.locale,
            order_reference=self.order_reference,
        )

    @property
    def calendar(self) -> Calendar:
        """How a new account reckons days and periods."""
        return Calendar(self.time_zone, anchor_day=self.billing_day)


class Catalogue(_File):
    """Plan versions, in the members of `PlanVersion`."""

    plans: tuple[PlanVersion, ...]


class SellersFile(_File):
    """Sellers, in the members of `Seller`."""

    sellers: tuple[Seller, ...]


File = TypeVar("File", bound=_File)


def read_file(form: type[File], text: str | bytes) -> File:
    """A file of a form; raises `BadFile` with all that is wrong with it."""
    try:
        return form.model_validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise BadFile([_problem(dict(e)) for e in found]) from error


def _problem(found: dict[str, Any]) -> Problem:
    """What pydantic found, in our words where they are plainer."""
    field = "/".join(map(str, found["loc"])) or "file"
    if found["type"] == "value_error":
        return Problem(field, str(found["ctx"]["error"]))
    _, should, rule = found["msg"].partition(" should ")
    return Problem(field, _RULES.get(found["type"], f"must {rule}" if should else found["msg"]))


_RULES = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "unexpected_keyword_argument": "is not known",
}
