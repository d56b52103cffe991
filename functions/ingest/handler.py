"""Entry point of ingest: a queue's batch, or a direct invocation with a batch."""

import json
import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.adapters.event_messages import sources_in
from botmeter.bootstrap import wiring
from botmeter.domain.errors import InvalidEvent
from botmeter.services.record_events import RecordedBatch

logger = Logger()
metrics = Metrics()

MAX_EVENTS = 1000


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (Lambda passes it)
    """Record the messages of a queue's batch; or `{"events": [...]}`, answered item by item."""
    now_ms = time.time_ns() // 1_000_000
    if "Records" in event:
        return record_messages(event["Records"], now_ms)
    return record_directly(event.get("events"), now_ms)


def record_messages(messages: list[dict[str, Any]], now_ms: int) -> dict[str, Any]:
    """Record a queue's messages; the answer names those that must be delivered again."""
    texts = [message["body"] for message in messages]
    batch = wiring().record_events(texts, now_ms, sources_in(messages))
    count(batch)
    return {"batchItemFailures": [{"itemIdentifier": messages[n]["messageId"]} for n in sorted(batch.failed)]}


def record_directly(events: Any, now_ms: int) -> dict[str, Any]:
    """Record CloudEvents given as objects; the answer holds one result for each, in their order.

    Raises `InvalidEvent` when it is no list of at most a thousand.
    """
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        raise InvalidEvent("events", f"must be a list of at most {MAX_EVENTS} CloudEvents")
    batch = wiring().record_events([json.dumps(event) for event in events], now_ms)
    count(batch)
    return {"results": batch.results()}


def count(batch: RecordedBatch) -> None:
    """Metrics of a batch, and a line for each reason of rejection."""
    for name, number in batch.counts.items():
        metrics.add_metric(name, MetricUnit.Count, number)
    for reason in batch.reasons:
        logger.warning("events quarantined", reason=reason)
