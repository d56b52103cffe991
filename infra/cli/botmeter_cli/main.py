"""The command `botmeter`: each function here is one of its commands and does no more than call one."""

import sys
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import BotmeterError
from botmeter.domain.timeline import (
    DEFAULT_IDLE_TIMEOUT_MINUTES,
    IDLE_TIMEOUT_MINUTES,
    MINUTE_MS,
    MeteringRule,
)
from botmeter_cli import offline, provisioning, stack_commands
from botmeter_cli.demo import run_demo
from botmeter_cli.output import Output
from botmeter_cli.replay import replay as replay_events
from botmeter_cli.sample import last_full_month
from botmeter_cli.status import stack_status
from botmeter_local import LocalStackError, Stack
from botmeter_local import down as stop_stack
from botmeter_local import up as start_stack

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Meters and bills a chatbot platform: the operator's command.",
)

DEFAULT_STACK = "botmeter-local"
_STACK_HELP = "Name of the stack, local or on AWS."
# The variable counts where neither place names a stack: click would prefer it to what `options` hands down.
AnyStackName = Annotated[str, typer.Option("--stack", envvar="BOTMETER_STACK", help=_STACK_HELP)]
StackName = Annotated[str, typer.Option("--stack", help=_STACK_HELP)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
EventFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE.jsonl",
        help="Canonical events, one JSON object a line; may be gzipped; - is standard input.",
    ),
]
IdleMinutes = Annotated[
    int,
    typer.Option(
        min=IDLE_TIMEOUT_MINUTES[0],
        max=IDLE_TIMEOUT_MINUTES[-1],
        help="A window ends after so many minutes of silence.",
    ),
]


def parse_now(text: str) -> datetime:
    """A time with an offset, as UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time such as 2026-11-04T00:00:00Z") from None
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; add Z or +01:00")
    return instant.astimezone(UTC)


Now = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_now,
        metavar="TIME",
        help="Do as if it were TIME (RFC 3339). Refused on a production stack.",
    ),
]


@app.callback()
def options(context: typer.Context, stack: AnyStackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Meters and bills a chatbot platform: the operator's command."""
    given = {"stack": stack, "as_json": as_json}
    commands = [command.callback for command in app.registered_commands if command.callback]
    context.default_map = {command.__name__: given for command in commands}


@app.command()
def sessions(
    file: EventFile,
    *,
    idle_minutes: IdleMinutes = DEFAULT_IDLE_TIMEOUT_MINUTES,
    summary: Annotated[bool, typer.Option("--summary", help="Print the sums alone.")] = False,
) -> None:
    """Meter a file of events offline: a JSON line for each window, whatever the order of the events."""
    rule = MeteringRule(idle_timeout_ms=idle_minutes * MINUTE_MS)
    offline.print_sessions(file, rule, summarise=summary)


@app.command()
def up(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Start the local cloud, build and deploy; what is current is left alone."""
    output = Output(as_json)
    with output.step("Bringing the stack up") as tell:
        start_stack(stack, on_progress=tell)
    output.result(stack_status(stack))


@app.command()
def down(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Stop the local cloud of a stack; its data are gone then."""
    Output(as_json).result({"stack": stack, "stopped": stop_stack(stack)})


@app.command()
def status(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Show whether a stack is up, where, and what waits in its queues."""
    Output(as_json).result(stack_status(stack))


@app.command()
def seed(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Write the plan catalogue and the demo account, a customer since the last full month began."""
    zone = ZoneInfo(provisioning.demo_account()["time_zone"])
    since = last_full_month(datetime.now(UTC), zone).start(zone)
    Output(as_json).result(provisioning.seed(Stack.load(stack), since, provisioning.demo_account()))


@app.command()
def replay(file: EventFile, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Put a file of events on the stack's event bus and wait until they are ingested."""
    output, target = Output(as_json), Stack.load(stack)
    with offline.open_lines(file) as lines:
        result = replay_events(target, lines, output, offline.count_lines(file))
    output.result(result)
    if result["failed"]:
        raise typer.Exit(1)


@app.command()
def settle(stack: StackName = DEFAULT_STACK, *, now: Now = None, as_json: AsJson = False) -> None:
    """Settle all conversations that are due."""
    output = Output(as_json)
    output.result(stack_commands.settle(_clock_checked(stack, now), now, output))


@app.command()
def bill(stack: StackName = DEFAULT_STACK, *, now: Now = None, as_json: AsJson = False) -> None:
    """Issue the invoices of all accounts whose period is over."""
    output = Output(as_json)
    output.result(stack_commands.bill(_clock_checked(stack, now), now, output))


@app.command()
def demo(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Take a sample of real conversations through a local stack, up to the invoice."""
    output = Output(as_json)
    report = run_demo(stack, output)
    output.result(report.to_json(), *report.shown())
    if not report.agrees:
        raise typer.Exit(1)


def _clock_checked(name: str, now: datetime | None) -> Stack:
    """The stack; a usage error if it is in production and the clock is not the real one."""
    stack = Stack.load(name)
    if now is not None and stack.is_production:
        raise typer.BadParameter(f"the stack {name} is in production", param_hint="--now")
    return stack


def main() -> None:
    """Run the command; what can go wrong in practice is told in a line."""
    failures = (BotmeterError, LocalStackError, BotoCoreError, ClientError, urllib3.exceptions.HTTPError)
    try:
        app()
    except (*failures, OSError) as error:
        sys.stderr.write(f"botmeter: {error}\n")
        sys.exit(1)
