"""What the demo shows at its end: what was metered, what the stack made of it, and where to look on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table

from botmeter.domain.money import Money
from botmeter_cli.demo_users import USERS
from botmeter_cli.output import as_text, facts

COLUMNS = (
    "\nBot",
    "\nPlan",
    "Conver-\nsations",
    "\nWindows",
    "Usage\nsessions",
    "Alert\nsessions",
    "\nBalance",
)
RIGHT_ALIGNED = range(2, 6)


@dataclass(frozen=True, slots=True)
class Step:
    """A request to the API and what came of it, in words."""

    request: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a bot's events come to."""

    usage_sessions: int = 0
    alert_sessions: int = 0


@dataclass(frozen=True, slots=True)
class BotReport:
    """A bot as the API shows it after billing, beside what the rule makes of its events offline."""

    bot_id: str
    name: str
    plan: str
    plan_kind: str
    conversations: int
    windows: int
    expected: Usage
    billed: Usage
    balance: dict[str, Any]

    @property
    def agrees(self) -> bool:
        """Whether the stack has metered what the rule asks for."""
        return self.expected == self.billed

    def row(self) -> tuple[str, ...]:
        """Its cells in the table."""
        plan = self.plan if self.plan.lower() == self.plan_kind else f"{self.plan} ({self.plan_kind})"
        counts = (self.conversations, self.windows, self.billed.usage_sessions, self.billed.alert_sessions)
        return (self.name, plan, *map(as_text, counts), balance_text(self.balance))


@dataclass(frozen=True, slots=True)
class DemoReport:
    """The outcome of the demo. `invoice` is the API's, None if there is none; `pdf` where its document is.

    `password` is what the demo's users sign in with. `recount_differences` is how often what was billed is
    not what the archive has.
    """

    stack: str
    account: str
    period: str
    replay: dict[str, Any]
    settlement: dict[str, Any]
    bots: list[BotReport]
    invoice: dict[str, Any] | None
    pdf: Path | None
    api_url: str
    token_file: Path
    tour: Sequence[Step] = ()
    password: str = ""
    recount_differences: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the stack's usage is that of the rule, for every bot, and that of the archive."""
        return self.is_as_expected and not self.recount_differences

    @property
    def is_as_expected(self) -> bool:
        """Whether the stack's usage is that of the rule, for every bot."""
        return all(bot.agrees for bot in self.bots)

    @property
    def console_url(self) -> str:
        """Where the console is."""
        return f"{self.api_url}/console"

    def to_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        paths = {"pdf": str(self.pdf) if self.pdf else None, "token_file": str(self.token_file)}
        users = [asdict(user) for user in USERS]
        return {
            **asdict(self),
            **paths,
            "agrees": self.agrees,
            "console_url": self.console_url,
            "users": users,
        }

    def shown(self) -> list[RenderableType]:
        """Everything, for people."""
        return [
            "",
            self._table(),
            "",
            facts(self._summary()),
            *self._transcript(),
            "",
            facts(self._way_on()),
            *self._users(),
        ]

    def _transcript(self) -> list[RenderableType]:
        """The tour, a request and its outcome at a time."""
        lines: list[RenderableType] = [f"{step.request}\n    {step.outcome}" for step in self.tour]
        return ["", "What an account's admin and the operator did through the API:", *lines] if lines else []

    def _table(self) -> Table:
        """The bots and a line of totals."""
        title = f"{self.account}, {self.period}"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_footer=True, pad_edge=False)
        for index, (column, total) in enumerate(zip(COLUMNS, self._totals(), strict=True)):
            table.add_column(column, total, justify="right" if index in RIGHT_ALIGNED else "left")
        for bot in self.bots:
            table.add_row(*bot.row())
        return table

    def _totals(self) -> tuple[str, ...]:
        """The footer of the table."""
        counts = (
            sum(bot.conversations for bot in self.bots),
            sum(bot.windows for bot in self.bots),
            sum(bot.billed.usage_sessions for bot in self.bots),
            sum(bot.billed.alert_sessions for bot in self.bots),
        )
        return ("All", "", *map(as_text, counts), "")

    def _summary(self) -> dict[str, Any]:
        """Events in, and the invoice out."""
        check = "as `botmeter sessions` counts them"
        return {
            "Events in": f"{self.replay['events']:,} ({as_text(self.replay['by_type'])})",
            "Not delivered": as_text(self.replay["failed"] + self.replay["dead_letters"]),
            "Settled": as_text(self.settlement),
            "Sessions": check if self.is_as_expected else f"NOT {check}",
            "Recount from the archive": f"{self.recount_differences:,} differences",
            **self._invoice(),
        }

    def _invoice(self) -> dict[str, Any]:
        """Number, amounts and document."""
        if self.invoice is None:
            return {"Invoice": "none"}
        return {
            "Invoice": self.invoice["number"],
            "Total": money_text(self.invoice["total"]),
            "Due": money_text(self.invoice["due"]),
            "PDF": as_text(self.pdf),
        }

    def _users(self) -> list[RenderableType]:
        """Who can sign in to the console."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for column in ("Sign in to the console as", "Role", "Who"):
            table.add_column(column)
        for user in USERS:
            table.add_row(user.user_id, user.group.replace("_", " "), user.may)
        return ["", table, f"All with the password {self.password}"]

    def _way_on(self) -> dict[str, Any]:
        """What stays up, and how to end it."""
        token = f'"Authorization: Bearer $(cat {self.token_file})"'
        return {
            "Console": self.console_url,
            "API": self.api_url,
            "Try": f"curl --silent --header {token} {self.api_url}/bots",
            "End": f"make down STACK={self.stack}",
        }


def money_text(amount: dict[str, Any]) -> str:
    """An amount of the API for people."""
    return str(Money(amount["amount"], amount["currency"]))


def balance_text(balance: dict[str, Any]) -> str:
    """A balance of the API for people: how it is, what is left, how far that goes."""
    words = [str(balance["status"])]
    if balance.get("remaining"):
        words.append(money_text(balance["remaining"]))
    if balance.get("covered_sessions") is not None:
        words.append(f"{balance['covered_sessions']:,} sessions")
    return ", ".join(words)
