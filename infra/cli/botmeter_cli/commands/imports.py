"""`botmeter import`: files of native records."""

import typer

from botmeter.adapters.sources import Origin
from botmeter_cli.commands.pipeline import PANEL
from botmeter_cli.importing import import_records
from botmeter_cli.options import (
    DEFAULT_STACK,
    Account,
    AsJson,
    Bot,
    BotParty,
    Channel,
    Format,
    RecordFile,
    StackName,
)
from botmeter_cli.output import Output
from botmeter_local import Stack

app = typer.Typer()


@app.command("import", rich_help_panel=PANEL)
def import_file(
    file: RecordFile,
    native: Format,
    account: Account,
    bot: Bot,
    stack: StackName = DEFAULT_STACK,
    *,
    channel: Channel = None,
    bot_party: BotParty = None,
    as_json: AsJson = False,
) -> None:
    """Put a file of native records on the stack's event bus and wait until they are ingested.

    Those that cannot be used are kept in FILE.refused.jsonl, with the reason: repair and import that file.
    """
    output, target = Output(as_json), Stack.load(stack)
    origin = Origin(native, account, bot, channel, bot_party=bot_party)
    result = import_records(target, file, origin, output)
    output.result(result)
    if result["failed"] or result["refused"]:
        raise typer.Exit(1)
