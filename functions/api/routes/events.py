"""Events in: what event sources send."""

import logging
from functools import partial
from typing import TYPE_CHECKING, cast

from chalice.app import Blueprint

from api.call import Call
from api.event_batches import BODIES, read_events
from api.headers import Key
from api.operation import SOURCES, declare
from api.schemas.events import EventResult, EventResults
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.periods import to_ms

if TYPE_CHECKING:
    from botmeter.services.record_events import RecordedBatch

routes = Blueprint(__name__)
operation = partial(declare, routes, tag="Events", roles=SOURCES)

_logger = logging.getLogger(__name__)


@operation("POST", "/events", key=Key.IGNORED, bodies=BODIES)
def send_events(call: Call[None]) -> EventResults:
    """Send 1 to 500 events of the source's account: CloudEvents 1.0 (JSON), or native records in envelopes.

    Each event is judged by itself, and may be sent again any number of times. One with the status `retry` has
    to be; if all have it, the answer is 503. What is rejected goes to quarantine with its text; but nothing
    is kept of events of another account, nor of those that are too deep to tell whose they are.
    """
    texts = read_events(call)
    source = SourceIdentity(call.member.account_id, call.member.user_id)
    batch = call.wiring.record_events(texts, to_ms(call.now), dict.fromkeys(range(len(texts)), source))
    _count(batch)
    if len(batch.failed) == batch.size:
        raise StoreUnavailable("none of the events was recorded")
    return {
        "results": cast("list[EventResult]", batch.results()),
        "accepted": batch.size - len(batch.rejected) - len(batch.refused) - len(batch.failed),
        "rejected": len(batch.rejected) + len(batch.refused),
        "retry": len(batch.failed),
    }


def _count(batch: "RecordedBatch") -> None:
    """Metrics of a batch, as ingest has them, and a line for each reason of rejection."""
    from aws_lambda_powertools import Metrics  # noqa: PLC0415 (not at a cold start)
    from aws_lambda_powertools.metrics import MetricUnit  # noqa: PLC0415 (not at a cold start)

    metrics = Metrics()
    for name, number in batch.counts.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    metrics.flush_metrics()
    for reason in batch.reasons:
        _logger.warning("events quarantined: %s", reason)
