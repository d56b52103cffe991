"""Event sources of the own account: who may send its events."""

from functools import partial
from http import HTTPStatus

from chalice.app import Blueprint

from api.call import Answer, Call
from api.headers import Key
from api.operation import BILLING_ADMINS, declare
from api.paging import page
from api.parameters import PAGING
from api.schemas.common import Page
from api.schemas.event_sources import AddedEventSource, AddEventSource, EventSource, SourceId
from api.views.event_sources import event_source

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Events", roles=BILLING_ADMINS)


@operation("GET", "/event-sources", query=PAGING)
def list_event_sources(call: Call[None]) -> Page[EventSource]:
    """List the account's event sources, the newest first, also those that were revoked."""
    found = call.wiring.manage_event_sources.of_account(call.member, call.member.account_id)
    return page(call, found, lambda source: source.source_id, event_source)


@operation("POST", "/event-sources", status=HTTPStatus.CREATED, key=Key.UNREMEMBERED)
def add_event_source(call: Call[AddEventSource]) -> Answer[AddedEventSource]:
    """Add an event source. The answer has its key, which is told this once.

    The answer is not remembered: within a day, the same Idempotency-Key gives the source another key, and the
    one before opens nothing any more.
    """
    account_id, name = call.member.account_id, call.body["name"]
    manage = call.wiring.manage_event_sources
    source, key = manage.add(call.member, account_id, name, call.now, key=call.idempotency_key)
    return Answer(
        {"event_source": event_source(source), "key": key}, location=f"/event-sources/{source.source_id}"
    )


@operation("DELETE", "/event-sources/{source_id}", status=HTTPStatus.OK, errors=(HTTPStatus.CONFLICT,))
def revoke_event_source(call: Call[None], source_id: SourceId) -> EventSource:
    """Revoke the key of an event source. Until five minutes later it may still be taken."""
    manage = call.wiring.manage_event_sources
    return event_source(manage.revoke(call.member, call.member.account_id, source_id, call.now))
