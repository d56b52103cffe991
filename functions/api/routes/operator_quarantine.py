"""The operator's side of ingest: events in quarantine, looked at and sent again."""

from datetime import date
from functools import partial

from chalice.app import Blueprint

from api.call import Call
from api.operation import OPERATORS, declare
from api.paging import stored_page
from api.parameters import CURSOR, LIMIT, PAGING, QUARANTINE_DAY, QUARANTINE_FIELD
from api.schemas.common import Page
from api.schemas.quarantine import (
    EventId,
    QuarantinedEvent,
    RedriveEvent,
    RedriveEvents,
    RedrivenEvent,
    RedrivenEvents,
    WholeQuarantinedEvent,
)
from api.views import quarantine as views
from botmeter.domain.errors import Refused
from botmeter.domain.quarantine import Selection

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Operator", roles=OPERATORS)

# Of the archive; to read more may take longer than a request has.
_MOST_OBJECTS = 2_000
_QUARANTINE = "/operator/quarantine"
_EVENT = _QUARANTINE + "/{event_id}"


@operation("GET", _QUARANTINE, query=(QUARANTINE_DAY, QUARANTINE_FIELD, *PAGING))
def list_quarantined_events(call: Call[None]) -> Page[QuarantinedEvent]:
    """List events that ingest refused, the newest day first.

    With `field`, a page may hold fewer events than its limit, or none, and yet have a `next_cursor`: so many
    events were looked at.
    """
    which = Selection(call.query(QUARANTINE_DAY), call.query(QUARANTINE_FIELD))
    manage = call.wiring.manage_quarantine
    found = stored_page(lambda: manage.page(call.member, which, call.query(LIMIT), call.query(CURSOR)))
    return found(views.quarantined_event)


@operation("GET", _EVENT)
def get_quarantined_event(call: Call[None], event_id: EventId) -> WholeQuarantinedEvent:
    """Show an event that ingest refused, whether it would be refused now, and what it would have changed.

    The last is told of an event that came too late. It cannot be told once events of that time are no longer
    kept, nor where the account archived too much around it to be read here: `botmeter quarantine show` reads
    any amount.
    """
    manage = call.wiring.manage_quarantine
    event = manage.event(call.member, event_id)
    effect = call.wiring.assess_late_events(event, call.now, _MOST_OBJECTS)
    return views.whole_event(event, manage.refusal(event, call.now), effect)


@operation("POST", _EVENT + "/redrive")
def redrive_event(call: Call[RedriveEvent], event_id: EventId) -> RedrivenEvent:
    """Send an event to ingest again, as it is or corrected. A correction has to be one that ingest takes.

    What an event source sent has to be of its account: else nothing is sent.
    """
    manage = call.wiring.manage_quarantine
    return views.redriven_event(manage.redrive(call.member, event_id, call.body.get("text"), call.now))


@operation("POST", _QUARANTINE + "/redrive")
def redrive_events(call: Call[RedriveEvents]) -> RedrivenEvents:
    """Send events to ingest again as they are: of one day, of one field, or all; at most 500 at once.

    What is still bad comes back, as an event of today. What an event source sent and is not of its account
    stays.
    """
    which, cursor = Selection(_day(call.body.get("day")), call.body.get("field")), call.body.get("cursor")
    try:
        redriven = call.wiring.manage_quarantine.redrive_matching(call.member, which, cursor, call.now)
    except ValueError as error:
        raise Refused("cursor", CURSOR.rule) from error
    return views.redriven_events(redriven)


def _day(text: str | None) -> date | None:
    """The day of a body, if it has one; raises `Refused` for one that is not in the calendar."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise Refused("day", QUARANTINE_DAY.rule) from error
