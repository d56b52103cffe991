"""`botmeter plans`: the catalogue."""

import typer

from botmeter_cli import views
from botmeter_cli.catalogue import add_plans
from botmeter_cli.files import Catalogue, read_file
from botmeter_cli.options import DEFAULT_STACK, AsJson, JsonFile, StackName
from botmeter_cli.output import Output
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_plans(stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List all plan versions. With --json it is the form of a catalogue file."""
    plans = services_of(stack).operate.plans(operator())
    Output(as_json).listing("plans", [views.plan(plan) for plan in plans], views.PLAN_COLUMNS)


@app.command("add")
def add(file: JsonFile, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Offer the plan versions of a catalogue file. A version that exists never changes."""
    plans = read_file(Catalogue, file.read()).plans
    Output(as_json).result(add_plans(services_of(stack), plans))
