"""The command `botmeter`: its groups, its common options, and how it fails. See `commands/`."""

import sys
from typing import Annotated

import typer
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import BotmeterError
from botmeter_cli.commands import (
    accounts,
    extensions,
    imports,
    invoices,
    local,
    orders,
    parked,
    pipeline,
    plans,
    quarantine,
    sellers,
    sources,
)
from botmeter_cli.options import DEFAULT_STACK, STACK_HELP, AsJson, hand_down
from botmeter_local import LocalStackError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Meters and bills a chatbot platform: the operator's command.",
)
PANEL = "Sellers, plans, orders, invoices, extensions"
for module in (local, pipeline, imports, accounts):
    app.add_typer(module.app)
for name, group, summary in (
    ("sellers", sellers.app, "The legal entities that bill: list, set, audit."),
    ("plans", plans.app, "The plan catalogue: list, add."),
    ("orders", orders.app, "Orders and the bank transfers that pay them: list, confirm, decline."),
    (
        "invoice",
        invoices.app,
        "Invoices: list, show, explain, preview, and what corrects them.",
    ),
    ("parked", parked.app, "Bills that wait for you: list, release."),
    ("extensions", extensions.app, "Requests for more days: list, approve, decline."),
):
    app.add_typer(
        group, name=name, help=summary, rich_help_panel="Sellers, plans, orders, invoices, extensions"
    )

app.add_typer(
    sources.app,
    name="sources",
    help="Programs that may send the events of an account: list, add, revoke, publish.",
    rich_help_panel=pipeline.PANEL,
)
app.add_typer(
    quarantine.app,
    name="quarantine",
    help="Events that ingest refused: list, show, redrive, audit.",
    rich_help_panel=pipeline.PANEL,
)

# The variable counts where neither place names a stack: click would prefer it to what `options` hands down.
AnyStackName = Annotated[str, typer.Option("--stack", envvar="BOTMETER_STACK", help=STACK_HELP)]


@app.callback()
def options(context: typer.Context, stack: AnyStackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Meters and bills a chatbot platform: the operator's command."""
    hand_down(context, stack, as_json=as_json)


def main() -> None:
    """Run the command; what can go wrong in practice is told in a line."""
    failures = (BotmeterError, LocalStackError, BotoCoreError, ClientError, urllib3.exceptions.HTTPError)
    try:
        app()
    except (*failures, OSError) as error:
        sys.stderr.write(f"botmeter: {error}\n")
        sys.exit(1)
