"""`botmeter up`, `down`, `status`, `demo`: the local stack."""

import typer

from botmeter_cli.demo import run_demo
from botmeter_cli.options import DEFAULT_STACK, AsJson, StackName
from botmeter_cli.output import Output
from botmeter_cli.status import stack_status
from botmeter_local import down as stop_stack
from botmeter_local import up as start_stack

PANEL = "Local stack"
app = typer.Typer()


@app.command(rich_help_panel=PANEL)
def up(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Start the local cloud, build and deploy; what is current is left alone."""
    output = Output(as_json)
    with output.step("Bringing the stack up") as tell:
        start_stack(stack, on_progress=tell)
    output.result(stack_status(stack))


@app.command(rich_help_panel=PANEL)
def down(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Stop the local cloud of a stack; its data are gone then."""
    Output(as_json).result({"stack": stack, "stopped": stop_stack(stack)})


@app.command(rich_help_panel=PANEL)
def status(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Show whether a stack is up, where, and what waits in its queues."""
    Output(as_json).result(stack_status(stack))


@app.command(rich_help_panel=PANEL)
def demo(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Take a sample of real conversations through a local stack, up to the invoice."""
    output = Output(as_json)
    report = run_demo(stack, output)
    output.result(report.to_json(), *report.shown())
    if not report.agrees:
        raise typer.Exit(1)
