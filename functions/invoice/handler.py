"""Entry point of the invoice function: billing requests from the queue."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.adapters.sqs import from_message
from botmeter.bootstrap import wiring
from invoice.rendering import render_invoice

logger = Logger()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Issue the invoices of a batch; an account that fails does not hold up the others."""
    return process_partial_response(
        event=event, record_handler=issue_one, processor=processor, context=context
    )


def issue_one(record: SQSRecord) -> None:
    """Issue one account's invoice."""
    request = from_message(record.body)
    try:
        issued = wiring().issue_invoice(render_invoice)(request)
    except Exception:
        logger.exception("invoice failed", account_id=request.account_id, period=request.period.label)
        raise
    number = issued.invoice.number if issued else None
    metrics.add_metric("InvoicesIssued", MetricUnit.Count, int(issued is not None))
    logger.info("invoice", account_id=request.account_id, period=request.period.label, number=number)
