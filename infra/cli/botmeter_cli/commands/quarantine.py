"""`botmeter quarantine`: events that ingest refused."""

from collections import Counter
from datetime import date
from typing import Annotated

import typer

from api.views.quarantine import quarantined_event, redriven_event, whole_event
from botmeter.domain.quarantine import Selection
from botmeter.services.manage_quarantine import ManageQuarantine
from botmeter_cli import clock, views
from botmeter_cli.commands.accounts import Limit, parse_day
from botmeter_cli.options import DEFAULT_STACK, AsJson, StackName
from botmeter_cli.output import Output
from botmeter_cli.quarantine_views import COLUMNS
from botmeter_cli.trail import latest
from botmeter_cli.wiring import operator, services_of

app = typer.Typer(no_args_is_help=True)

EventId = Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")]
MaybeEventId = Annotated[str | None, typer.Argument(metavar="[EVENT]", help="Id of the event.")]
Day = Annotated[
    date | None, typer.Option(parser=parse_day, metavar="DAY", help="Those that came on this day (UTC).")
]
Field = Annotated[str | None, typer.Option(help="Those of which this field broke a rule: data.bot_id.")]
All = Annotated[bool, typer.Option("--all", help="All events; of --day and --field alone, if given.")]
Corrected = Annotated[
    typer.FileText | None,
    typer.Option("--corrected", metavar="FILE.json", help="Send this event instead; - is standard input."),
]


@app.command("list")
def list_events(
    stack: StackName = DEFAULT_STACK,
    *,
    day: Day = None,
    field: Field = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List events with the rule that each broke, the newest day first."""
    manage, who, which = services_of(stack).manage_quarantine, operator(), Selection(day, field)
    found = latest(lambda size, cursor: manage.page(who, which, size, cursor), limit)
    Output(as_json).listing("events", [{**quarantined_event(event)} for event in found], COLUMNS)


@app.command()
def show(event: EventId, stack: StackName = DEFAULT_STACK, *, as_json: AsJson = False) -> None:
    """Show an event with its text, whether it would be refused now, and what it missed by being late."""
    services = services_of(stack)
    manage = services.manage_quarantine
    found = manage.event(operator(), event)
    now = clock.now()
    refusal, effect = manage.refusal(found, now), services.assess_late_events(found, now)
    Output(as_json).result({**whole_event(found, refusal, effect)})


@app.command()
def redrive(
    event: MaybeEventId = None,
    stack: StackName = DEFAULT_STACK,
    *,
    corrected: Corrected = None,
    everything: All = False,
    day: Day = None,
    field: Field = None,
    as_json: AsJson = False,
) -> None:
    """Send one event to ingest again, perhaps corrected; or many as they are.

    What is still bad comes back.
    """
    if (event is None) != everything or (event is None and corrected is not None):
        raise typer.BadParameter("name one EVENT, or say --all")
    if event is not None and (day, field) != (None, None):
        raise typer.BadParameter("--day and --field go with --all")
    manage, text = services_of(stack).manage_quarantine, corrected.read() if corrected else None
    if event is None:
        Output(as_json).result(_redrive_all(manage, Selection(day, field)))
    else:
        redriven = manage.redrive(operator(), event, text, clock.now())
        Output(as_json).result({**redriven_event(redriven)})


@app.command()
def audit(stack: StackName = DEFAULT_STACK, *, limit: Limit = 50, as_json: AsJson = False) -> None:
    """List who sent what again as it was, the newest first. Corrections are in the trails of accounts."""
    manage, who = services_of(stack).manage_quarantine, operator()
    entries = latest(lambda size, cursor: manage.audit_of(who, size, cursor), limit)
    Output(as_json).listing("entries", [views.audit_entry(e) for e in entries], views.AUDIT_COLUMNS)


def _redrive_all(manage: ManageQuarantine, which: Selection) -> dict[str, int]:
    """Send all that there are, each once: what comes back meanwhile is left for another time."""
    counts, cursor = Counter(sent=0, failed=0), None
    while True:
        done = manage.redrive_matching(operator(), which, cursor, clock.now())
        counts.update(sent=done.sent, failed=done.failed)
        cursor = done.next_cursor
        if cursor is None:
            return dict(counts)
