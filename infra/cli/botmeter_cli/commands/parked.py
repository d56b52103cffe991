"""`botmeter parked`: bills that wait for the operator."""

from typing import Annotated

import typer

from botmeter_cli import clock
from botmeter_cli import invoice_views as views
from botmeter_cli.options import DEFAULT_STACK, AccountId, AsJson, StackName
from botmeter_cli.output import Output
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)

Approve = Annotated[bool, typer.Option("--approve", help="Bill it although it is unusually high.")]


@app.command("list")
def list_parked(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List the parked bills of all accounts, the oldest first, each with its reason."""
    found = services_of(stack).correct_invoices.parked_bills(operator())
    Output(as_json).listing("bills", [views.parked_bill(bill) for bill in found], views.PARKED_COLUMNS)


@app.command()
def release(
    account: AccountId, stack: StackName = DEFAULT_STACK, *, approve: Approve = False, as_json: AsJson = False
) -> None:
    """Try a parked bill again, once its reason is mended; or approve one that is unusually high."""
    correct = services_of(stack).correct_invoices
    bill = correct.release(operator(), account, clock.now(), approve=approve)
    Output(as_json).row(views.parked_bill(bill), views.PARKED_COLUMNS)
