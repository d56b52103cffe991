"""Entry point of the invoice function: billing requests from the queue."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.adapters.sqs import from_message
from botmeter.bootstrap import wiring
from invoice.documents import render
from invoice.letters import write_letter

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Bill the accounts of a batch, or make documents; one that fails does not hold up the others."""
    return process_partial_response(
        event=event, record_handler=work_one, processor=processor, context=context
    )


def work_one(record: SQSRecord) -> None:
    """Do what one message asks for."""
    request = from_message(record.body)
    facts: dict[str, Any] = {"account_id": request.account_id, "period": request.period.label}
    try:
        delivered = wiring().work_billing_queue(render, write_letter)(request, datetime.now(UTC))
    except Exception:
        logger.exception("billing request failed", **facts)
        raise
    metrics.add_metric("DocumentsDelivered", MetricUnit.Count, int(delivered is not None))
    logger.info("billing request", **facts, document=delivered and delivered.document_key)
