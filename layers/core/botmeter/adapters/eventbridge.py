"""Outgoing events on an EventBridge bus, as CloudEvents 1.0."""

import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.outgoing import OutgoingEvent
from botmeter.domain.periods import to_ms, to_rfc3339

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_BATCH = 10
_SOURCE = "botmeter"

_logger = logging.getLogger(__name__)


class EventBridgePublisher:
    """Puts events on the bus `bus_name`, at least once each; receivers know them again by their id."""

    def __init__(self, client: "EventBridgeClient", bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, events: Sequence[OutgoingEvent]) -> list[OutgoingEvent]:
        """Send events; returns those that arrived. The others are to be sent again."""
        arrived: list[OutgoingEvent] = []
        for first in range(0, len(events), _BATCH):
            arrived += self._put(events[first : first + _BATCH])
        return arrived

    def _put(self, events: Sequence[OutgoingEvent]) -> list[OutgoingEvent]:
        """Send as many events as one call takes."""
        try:
            answer = self._client.put_events(Entries=[self._entry(event) for event in events])
        except (ClientError, BotoCoreError):
            _logger.exception("%d events were not sent", len(events))
            return []
        results = list(zip(events, answer["Entries"], strict=True))
        for event, entry in results:
            if "ErrorCode" in entry:
                _logger.error("%s was not sent: %s", _cloud_event_id(event), entry)
        return [event for event, entry in results if "ErrorCode" not in entry]

    def _entry(self, event: OutgoingEvent) -> "PutEventsRequestEntryTypeDef":
        """An event as EventBridge takes it."""
        return {
            "EventBusName": self._bus_name,
            "Source": _SOURCE,
            "DetailType": event.type.value,
            "Detail": to_cloud_event(event),
            "Time": event.occurred_at,
        }


def to_cloud_event(event: OutgoingEvent) -> str:
    """An event as JSON: CloudEvents 1.0 in structured mode, the same text whenever it is sent."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": _cloud_event_id(event),
            "source": f"{_SOURCE}/{event.account_id}",
            "type": event.type.value,
            "time": to_rfc3339(to_ms(event.occurred_at)),
            "datacontenttype": "application/json",
            "data": {**event.data, "account_id": event.account_id, "bot_id": event.bot_id},
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def _cloud_event_id(event: OutgoingEvent) -> str:
    """Unique among all events of all accounts."""
    return f"{event.account_id}/{event.type.value}/{event.event_id}"
