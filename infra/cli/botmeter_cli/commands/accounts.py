"""`botmeter seed`, `provision`, `accounts`, `bots`, `audit`: set accounts up, and look at them."""

from datetime import date
from typing import Annotated

import typer

from botmeter.domain.periods import Calendar
from botmeter_cli import clock, provisioning, views
from botmeter_cli.files import AccountFile, read_file
from botmeter_cli.options import DEFAULT_STACK, AccountId, AsJson, JsonFile, StackName, hand_down
from botmeter_cli.output import Output
from botmeter_cli.sample import last_full_month
from botmeter_cli.trail import latest
from botmeter_cli.wiring import operator, services_of
from botmeter_local import Stack

PANEL = "Accounts"
app = typer.Typer()
accounts_app = typer.Typer()
app.add_typer(accounts_app, name="accounts", rich_help_panel=PANEL)


def parse_day(text: str) -> date:
    """A day of the calendar."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-11-01") from None


Since = Annotated[
    date | None,
    typer.Option(
        parser=parse_day,
        metavar="DAY",
        help="When what is new in the file begins; today, in the account's time zone, unless told otherwise.",
    ),
]
TimeZone = Annotated[str, typer.Argument(metavar="TIME_ZONE", help="Such as Asia/Kolkata.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many entries, the newest first.")]


@app.command(rich_help_panel=PANEL)
def seed(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Write plans, sellers and the demo account, a customer since the last full month began."""
    account = provisioning.demo_account()
    calendar = Calendar(account["time_zone"])
    since = last_full_month(clock.now(), calendar).start(calendar)
    Output(as_json).result(provisioning.seed(Stack.load(stack), since, account))


@app.command(rich_help_panel=PANEL)
def provision(
    file: JsonFile, stack: StackName = DEFAULT_STACK, *, since: Since = None, as_json: AsJson = False
) -> None:
    """Set an account up with its bots, as a file says; what exists already stays as it is."""
    account, services = read_file(AccountFile, file.read()), services_of(stack)
    today = provisioning.calendar_of(services, account).day(clock.now())
    if since and since > today:
        raise typer.BadParameter(f"{since} is yet to come", param_hint="--since")
    Output(as_json).result(provisioning.provision(services, account, since or today))


@accounts_app.callback(invoke_without_command=True)
def accounts(context: typer.Context, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List all accounts; or move one to another time zone."""
    if context.invoked_subcommand:
        hand_down(context, stack, as_json=as_json)
        return
    found, now = services_of(stack).operate.all_accounts(operator()), clock.now()
    Output(as_json).listing("accounts", [views.account(a, now) for a in found], views.ACCOUNT_COLUMNS)


@accounts_app.command()
def move(
    account: AccountId, time_zone: TimeZone, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False
) -> None:
    """Let an account's days be those of another time zone, from the next billing period on.

    From the one after it, if the next starts within 24 hours. Said again, it changes nothing.
    """
    operate, now = services_of(stack).operate, clock.now()
    moved = operate.move_account(operator(), account, time_zone, now)
    Output(as_json).row(views.account(moved, now), views.ACCOUNT_COLUMNS)


@app.command(rich_help_panel=PANEL)
def bots(account: AccountId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List the bots of an account: plan, balance, whether they answer, notices."""
    operate, who = services_of(stack).operate, operator()
    found = operate.views(who, operate.bots_of(who, account), clock.now())
    Output(as_json).listing("bots", [views.bot(view) for view in found], views.BOT_COLUMNS)


@app.command(rich_help_panel=PANEL)
def audit(
    account: AccountId, stack: StackName = DEFAULT_STACK, *, limit: Limit = 50, as_json: AsJson = False
) -> None:
    """List who changed what in an account, the newest first."""
    operate, who = services_of(stack).operate, operator()
    entries = latest(lambda size, cursor: operate.audit_of(who, account, size, cursor), limit)
    Output(as_json).listing("entries", [views.audit_entry(e) for e in entries], views.AUDIT_COLUMNS)
