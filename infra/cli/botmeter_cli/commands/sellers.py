"""`botmeter sellers`: the legal entities that bill."""

from typing import Annotated

import typer

from botmeter_cli import views
from botmeter_cli.commands.accounts import Limit
from botmeter_cli.files import SellersFile, read_file
from botmeter_cli.options import DEFAULT_STACK, AsJson, JsonFile, StackName
from botmeter_cli.output import Output
from botmeter_cli.sellers import put_sellers
from botmeter_cli.trail import latest
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)

Code = Annotated[str, typer.Argument(metavar="SELLER", help="Code of the seller.")]


@app.command("list")
def list_sellers(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List all sellers. With --json it is the form of a sellers file."""
    found = services_of(stack).manage_sellers.all_sellers(operator())
    Output(as_json).listing("sellers", [views.seller(s) for s in found], views.SELLER_COLUMNS)


@app.command("set")
def set_sellers(file: JsonFile, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Add or replace the sellers of a file. What they have issued stays; prefixes never change."""
    sellers = read_file(SellersFile, file.read()).sellers
    Output(as_json).result(put_sellers(services_of(stack), sellers))


@app.command()
def audit(
    seller: Code, stack: StackName = DEFAULT_STACK, *, limit: Limit = 50, as_json: AsJson = False
) -> None:
    """List who changed what of a seller, the newest first."""
    manage, who = services_of(stack).manage_sellers, operator()
    entries = latest(lambda size, cursor: manage.audit_of(who, seller, size, cursor), limit)
    Output(as_json).listing("entries", [views.audit_entry(e) for e in entries], views.AUDIT_COLUMNS)
