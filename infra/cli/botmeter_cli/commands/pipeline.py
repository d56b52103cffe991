"""`botmeter sessions`, `replay`, `settle`, `lifecycle`, `bill`, `reconcile`: events and what they become."""

from datetime import datetime
from typing import Annotated, Any

import typer

from botmeter.adapters.sources import Origin
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.timeline import (
    DEFAULT_IDLE_TIMEOUT_MINUTES,
    IDLE_TIMEOUT_MINUTES,
    MINUTE_MS,
    MeteringRule,
)
from botmeter_cli import clock, invoice_views, offline, stack_commands
from botmeter_cli.archive import Archive
from botmeter_cli.archive_replay import Stretch, replay_archive
from botmeter_cli.dry_run import would_bill
from botmeter_cli.importing import Import
from botmeter_cli.options import (
    DEFAULT_STACK,
    Account,
    AsJson,
    BotParty,
    EventFile,
    MaybeAccount,
    MaybeBot,
    MaybeEventFile,
    MaybeFormat,
    Now,
    StackName,
    parse_instant,
)
from botmeter_cli.output import Output
from botmeter_cli.reconcile import views as reconcile_views
from botmeter_cli.reconcile.reconciliation import reconcile as reconcile_period
from botmeter_cli.replay import replay as replay_events
from botmeter_cli.wiring import services_of
from botmeter_local import Stack

PANEL = "Events and scheduled work"
app = typer.Typer()

IdleMinutes = Annotated[
    int,
    typer.Option(
        min=IDLE_TIMEOUT_MINUTES[0],
        max=IDLE_TIMEOUT_MINUTES[-1],
        help="A window ends after so many minutes of silence.",
    ),
]


def _instant(name: str, text: str) -> Any:
    """An option that takes a time with an offset, or a day: its beginning, in UTC."""
    return typer.Option(name, parser=parse_instant, metavar="TIME", help=text)


def _parse_period(label: str) -> BillingPeriod:
    """A billing period; a usage error for anything else."""
    try:
        return BillingPeriod.parse(label)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Period = Annotated[
    BillingPeriod,
    typer.Option(parser=_parse_period, metavar="PERIOD", help="2026-10, or 2026-10-15 if it starts then."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be issued, and issue nothing.")]


@app.command(rich_help_panel=PANEL)
def sessions(
    file: EventFile,
    *,
    idle_minutes: IdleMinutes = DEFAULT_IDLE_TIMEOUT_MINUTES,
    summary: Annotated[bool, typer.Option("--summary", help="Print the sums alone.")] = False,
    native: MaybeFormat = None,
    account: MaybeAccount = None,
    bot: MaybeBot = None,
    bot_party: BotParty = None,
) -> None:
    """Meter a file of events offline: a JSON line for each window, whatever the order of the events.

    With --format, --account and --bot it is a file of native records.
    """
    rule = MeteringRule(idle_timeout_ms=idle_minutes * MINUTE_MS)
    if native is not None and account is not None and bot is not None:
        run = Import(file, Origin(native, account, bot, bot_party=bot_party))
        offline.print_collection(run.collect(), rule, run.rejects, summarise=summary)
    elif (native, account, bot, bot_party) == (None, None, None, None):
        offline.print_sessions(file, rule, summarise=summary)
    else:
        raise typer.BadParameter("--format, --account and --bot go together")


@app.command(rich_help_panel=PANEL)
def replay(
    file: MaybeEventFile = None,
    stack: StackName = DEFAULT_STACK,
    *,
    from_archive: Annotated[
        bool, typer.Option("--from-archive", help="Events that were accepted once, instead of a file.")
    ] = False,
    account: MaybeAccount = None,
    first: Annotated[datetime | None, _instant("--from", "Of the archive: events from TIME on.")] = None,
    end: Annotated[datetime | None, _instant("--to", "Of the archive: events before TIME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a file of events on the stack's event bus and wait until they are ingested.

    With --from-archive, --account, --from and --to: put what the archive has of an account on its queue.
    """
    output = Output(as_json)
    if file is not None and not from_archive and (account, first, end) == (None, None, None):
        result = _replay_file(Stack.load(stack), file, output)
    elif file is None and from_archive and account is not None and first is not None and end is not None:
        asked = Stretch.between(account, first, end)
        result = replay_archive(Stack.load(stack), asked, clock.now(), output)
    else:
        raise typer.BadParameter("give a FILE, or else --from-archive with --account, --from and --to")
    output.result(result)
    if result["failed"] or result["dead_letters"] or result.get("damaged_objects"):
        raise typer.Exit(1)


def _replay_file(stack: Stack, file: str, output: Output) -> dict[str, Any]:
    """Put a file of events on the bus."""
    with offline.open_lines(file) as lines:
        return replay_events(stack, lines, output, offline.count_lines(file))


@app.command(rich_help_panel=PANEL)
def reconcile(
    account: Account, period: Period, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False
) -> None:
    """Count a billing period from the archive, without the meter, and compare all that was billed with it.

    Counts, plans, prices, amounts and balances. Reads only. Fails if anything differs or is overdue, or an
    object of the archive is damaged.
    """
    output, services = Output(as_json), services_of(stack)
    with output.step("Counting what the archive has") as tell:
        found = reconcile_period(
            services, Archive(services.archive), account, period, now=clock.now(), tell=tell
        )
    output.result(reconcile_views.shown(found), *reconcile_views.for_people(found))
    if not found.agrees:
        raise typer.Exit(1)


@app.command(rich_help_panel=PANEL)
def settle(stack: StackName = DEFAULT_STACK, *, now: Now = None, as_json: AsJson = False) -> None:
    """Settle all conversations that are due."""
    output = Output(as_json)
    output.result(stack_commands.settle(_clock_checked(stack, now), now, output))


@app.command(rich_help_panel=PANEL)
def lifecycle(stack: StackName = DEFAULT_STACK, *, now: Now = None, as_json: AsJson = False) -> None:
    """Do what time has made due: expiries, changes of plan, payments, events to other systems."""
    output = Output(as_json)
    result = stack_commands.lifecycle(_clock_checked(stack, now), now, output)
    output.result(result)
    if result["failed"]:
        raise typer.Exit(1)


@app.command(rich_help_panel=PANEL)
def bill(
    stack: StackName = DEFAULT_STACK, *, now: Now = None, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Issue the invoices of all accounts whose period is over; or show what would be issued."""
    output = Output(as_json)
    target = _clock_checked(stack, now)
    if dry_run:
        bills = would_bill(target, now or clock.now())
        output.listing("bills", bills, invoice_views.WOULD_BILL_COLUMNS)
        return
    output.result(stack_commands.bill(target, now, output))


def _clock_checked(name: str, now: datetime | None) -> Stack:
    """The stack; a usage error if it is in production and the clock is not the real one."""
    stack = Stack.load(name)
    if now is not None and stack.is_production:
        raise typer.BadParameter(f"the stack {name} is in production", param_hint="--now")
    return stack
