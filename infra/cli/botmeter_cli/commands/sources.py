"""`botmeter sources`: programs that may send the events of an account over HTTP."""

import re
import uuid
from typing import Annotated, Final

import typer

from api.schemas.event_sources import NAME_PATTERN
from api.views.event_sources import event_source
from botmeter_cli import clock
from botmeter_cli.options import DEFAULT_STACK, AccountId, AsJson, StackName
from botmeter_cli.output import Columns, Output
from botmeter_cli.views import time_text
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)


def parse_name(text: str) -> str:
    """What a source is called; a usage error for what the API would not take."""
    if not re.fullmatch(NAME_PATTERN, text):
        raise typer.BadParameter("must be 1 to 100 characters in one line")
    return text


SourceId = Annotated[str, typer.Argument(metavar="SOURCE", help="Id of the event source.")]
Name = Annotated[str, typer.Option(parser=parse_name, metavar="NAME", help="What people call it.")]

COLUMNS: Final[Columns] = {
    "Source": lambda source: source["source_id"],
    "Name": lambda source: source["name"],
    "Key": lambda source: f"{source['key_hint']}…",
    "Added": lambda source: time_text(source["created_at"]),
    "By": lambda source: source["created_by"],
    "Revoked": lambda source: time_text(source["revoked_at"]),
}


@app.command("list")
def list_sources(account: AccountId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List the event sources of an account, the newest first, also those that were revoked."""
    found = services_of(stack).manage_event_sources.of_account(operator(), account)
    Output(as_json).listing("event_sources", [{**event_source(source)} for source in found], COLUMNS)


@app.command()
def add(account: AccountId, stack: StackName = DEFAULT_STACK, *, name: Name, as_json: AsJson = False) -> None:
    """Add an event source. Its key is printed, this once."""
    manage, now = services_of(stack).manage_event_sources, clock.now()
    source, key = manage.add(operator(), account, name, now, key=uuid.uuid4().hex)
    Output(as_json).result({**event_source(source), "key": key})


@app.command()
def revoke(
    account: AccountId, source: SourceId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False
) -> None:
    """Revoke the key of an event source. Until five minutes later it may still be taken."""
    manage, now = services_of(stack).manage_event_sources, clock.now()
    Output(as_json).row({**event_source(manage.revoke(operator(), account, source, now))}, COLUMNS)


@app.command()
def publish(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Tell the authorizer again which sources there are, of all accounts, as after a restored table."""
    Output(as_json).result({"active": services_of(stack).manage_event_sources.publish(operator())})
