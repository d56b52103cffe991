"""`botmeter invoice`: invoices of all accounts, what is behind them, and what corrects them."""

from typing import Annotated

import typer

from botmeter.ports.invoices import DocumentFormat
from botmeter_cli import clock
from botmeter_cli import invoice_views as views
from botmeter_cli.options import DEFAULT_STACK, AccountId, AsJson, StackName
from botmeter_cli.output import Output
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The number printed on the invoice.")]
Reason = Annotated[str, typer.Option(help="Why; the customer reads it.")]
Reference = Annotated[str, typer.Option(help="What the bank's statement calls the payment.")]
Form = Annotated[DocumentFormat, typer.Option("--format", help="The form of the document.")]
Lines = Annotated[
    list[int] | None,
    typer.Option("--line", help="The number of a line; may be given often. All lines unless told otherwise."),
]


@app.command("list")
def list_invoices(account: AccountId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """List the invoices of an account, the newest first."""
    found = services_of(stack).correct_invoices.invoices_of(operator(), account)
    Output(as_json).listing("invoices", [views.invoice(one) for one in found], views.INVOICE_COLUMNS)


@app.command("credit-notes")
def list_credit_notes(
    account: AccountId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False
) -> None:
    """List the credit notes of an account, the newest first."""
    found = services_of(stack).correct_invoices.credit_notes_of(operator(), account)
    Output(as_json).listing(
        "credit_notes", [views.credit_note(one) for one in found], views.CREDIT_NOTE_COLUMNS
    )


@app.command()
def download(
    number: Number,
    stack: StackName = DEFAULT_STACK,
    *,
    form: Form = DocumentFormat.PDF,
    as_json: AsJson = False,
) -> None:
    """Make a link to an invoice or a credit note, as PDF or as UBL; it lasts five minutes."""
    url = services_of(stack).show_orders.any_url(operator(), number, form)
    Output(as_json).result({"url": url})


@app.command()
def show(number: Number, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Show an invoice line by line."""
    issued = services_of(stack).correct_invoices.invoice(operator(), number)
    lines = views.lines(issued.invoice)
    Output(as_json).listing("lines", lines, views.LINE_COLUMNS)


@app.command()
def explain(number: Number, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Show for each line that counts sessions the usage records behind it, and whether they add up.

    Fails if sessions are on the invoice that no record accounts for.
    """
    services = services_of(stack)
    issued = services.correct_invoices.invoice(operator(), number)
    explained = [views.explanation(issued.invoice, one) for one in services.explain_invoices(issued)]
    rows = [row for one in explained for row in views.record_rows(one)]
    Output(as_json).listing("explanations", explained, views.RECORD_COLUMNS, for_people=rows)
    missing = sum(abs(one["unexplained"]) for one in explained)
    if missing:
        Output(as_json).warn(f"{missing} sessions are on the invoice that no record accounts for")
        raise typer.Exit(1)


@app.command()
def preview(account: AccountId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Show what an account would be billed for its running period as of now."""
    draft = services_of(stack).draft_invoices.running(account, clock.now())
    Output(as_json).listing("lines", views.lines(draft), views.LINE_COLUMNS)


@app.command()
def paid(
    number: Number, stack: StackName = DEFAULT_STACK, *, reference: Reference, as_json: AsJson = False
) -> None:
    """Say that an invoice has been paid. Said again, it changes nothing."""
    correct = services_of(stack).correct_invoices
    issued = correct.confirm_payment(operator(), number, reference, clock.now())
    Output(as_json).row(views.invoice(issued), views.INVOICE_COLUMNS)


@app.command()
def refunded(
    number: Number, stack: StackName = DEFAULT_STACK, *, reference: Reference, as_json: AsJson = False
) -> None:
    """Say that what an invoice left in the customer's favour was paid out; else later ones take it off."""
    correct = services_of(stack).correct_invoices
    issued = correct.confirm_refund(operator(), number, reference, clock.now())
    Output(as_json).row(views.invoice(issued), views.INVOICE_COLUMNS)


@app.command()
def void(
    number: Number, stack: StackName = DEFAULT_STACK, *, reason: Reason, as_json: AsJson = False
) -> None:
    """Declare an invoice void: nothing of it is to be paid, nor billed again by itself."""
    correct = services_of(stack).correct_invoices
    issued = correct.void(operator(), number, reason, clock.now())
    Output(as_json).row(views.invoice(issued), views.INVOICE_COLUMNS)


@app.command()
def regenerate(number: Number, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Bill the period of a void invoice anew, under a new number that points at the old one."""
    services_of(stack).correct_invoices.regenerate(operator(), number, clock.now())
    Output(as_json).result({"asked for": f"an invoice in place of {number}"})


@app.command()
def credit(
    number: Number,
    stack: StackName = DEFAULT_STACK,
    *,
    reason: Reason,
    line: Lines = None,
    as_json: AsJson = False,
) -> None:
    """Take an invoice back by a credit note, whole or some of its lines."""
    correct = services_of(stack).correct_invoices
    issued = correct.credit(operator(), number, line or None, reason, clock.now())
    Output(as_json).row(views.credit_note(issued), views.CREDIT_NOTE_COLUMNS)


@app.command()
def send(number: Number, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Mail an invoice once more."""
    issued = services_of(stack).correct_invoices.send_again(operator(), number, clock.now())
    Output(as_json).row(views.invoice(issued), views.INVOICE_COLUMNS)
