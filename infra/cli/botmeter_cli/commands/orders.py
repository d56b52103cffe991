"""`botmeter orders`: what accounts have ordered, and the bank transfers that pay for it."""

from typing import Annotated

import typer

from botmeter.domain.orders import OrderStatus
from botmeter_cli import clock, views
from botmeter_cli.options import DEFAULT_STACK, AccountId, AsJson, StackName
from botmeter_cli.output import Output
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)

OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="Id of the order; the payer's bank tells it.")]
Status = Annotated[OrderStatus | None, typer.Option(help="Only orders that stand so.")]
Reason = Annotated[str, typer.Option(help="Why; the customer reads it.")]


@app.command("list")
def list_orders(
    account: AccountId, stack: StackName = DEFAULT_STACK, *, status: Status = None, as_json: AsJson = False
) -> None:
    """List the orders of an account, the newest first."""
    found = services_of(stack).operate.orders_of(operator(), account, status)
    Output(as_json).listing("orders", [views.order(order) for order in found], views.ORDER_COLUMNS)


@app.command()
def confirm(
    account: AccountId, order: OrderId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False
) -> None:
    """Say that a bank transfer has arrived. Said again, it changes nothing."""
    operate = services_of(stack).operate
    paid = operate.confirm_payment(operator(), account, order, clock.now())
    Output(as_json).row(views.order(paid), views.ORDER_COLUMNS)


@app.command()
def decline(
    account: AccountId,
    order: OrderId,
    stack: StackName = DEFAULT_STACK,
    *,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Say that a bank transfer will not arrive any more. Said again, it changes nothing."""
    operate = services_of(stack).operate
    failed = operate.decline_payment(operator(), account, order, reason, clock.now())
    Output(as_json).row(views.order(failed), views.ORDER_COLUMNS)
