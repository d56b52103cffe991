"""`botmeter extensions`: customers who ask for more days."""

from typing import Annotated

import typer

from botmeter.domain.extensions import MAX_EXTENSION_DAYS
from botmeter.services.extend_plan import RequestKey
from botmeter_cli import clock, views
from botmeter_cli.options import DEFAULT_STACK, AccountId, AsJson, BotId, StackName
from botmeter_cli.output import Output
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)

RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")]
Days = Annotated[int, typer.Option(min=1, max=MAX_EXTENSION_DAYS, help="How many days to grant.")]
Answer = Annotated[str, typer.Option("--reason", help="Why; the customer reads it.")]


@app.command("list")
def list_extensions(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List the requests of all accounts that wait for an answer, the oldest first."""
    bots, now = services_of(stack).operate.pending_extensions(operator()), clock.now()
    Output(as_json).listing(
        "extensions", [views.extension(bot, now) for bot in bots], views.EXTENSION_COLUMNS
    )


@app.command()
def approve(
    account: AccountId,
    bot: BotId,
    request: RequestId,
    stack: StackName = DEFAULT_STACK,
    *,
    days: Days,
    answer: Answer = "",
    as_json: AsJson = False,
) -> None:
    """Grant days, counted from the end of what ends, or from now if that is past."""
    key, now = RequestKey(account, bot, request), clock.now()
    change = services_of(stack).operate.approve_extension(operator(), key, days, answer, now)
    Output(as_json).row(views.extension(change.after.bot, now), views.EXTENSION_COLUMNS)


@app.command()
def decline(
    account: AccountId,
    bot: BotId,
    request: RequestId,
    stack: StackName = DEFAULT_STACK,
    *,
    answer: Answer,
    as_json: AsJson = False,
) -> None:
    """Grant nothing, with a reason."""
    key, now = RequestKey(account, bot, request), clock.now()
    change = services_of(stack).operate.decline_extension(operator(), key, answer, now)
    Output(as_json).row(views.extension(change.after.bot, now), views.EXTENSION_COLUMNS)
