"""Event sources."""

from api.schemas.event_sources import EventSource
from api.views.common import instant, maybe_instant
from botmeter.domain import event_sources


def event_source(source: event_sources.EventSource) -> EventSource:
    """A source, without anything that would open something."""
    return {
        "source_id": source.source_id,
        "name": source.name,
        "key_hint": source.key_hint,
        "created_at": instant(source.created_at),
        "created_by": source.created_by,
        "revoked_at": maybe_instant(source.revoked_at),
    }
