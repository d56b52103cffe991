"""Entry point of the billing run: a schedule's tick, or an operator who bills as of another time."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.bootstrap import wiring

logger = Logger()
metrics = Metrics()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:  # noqa: ARG001 (Lambda passes it)
    """Queue every account whose period is over, as of now or (not in production) of the event's `now`."""
    now = wiring().settings.instant_of_run(event.get("now"), datetime.now(UTC))
    run = wiring().start_billing_run(now)
    metrics.add_metric("BillingRequests", MetricUnit.Count, run.bills)
    metrics.add_metric("DocumentsLate", MetricUnit.Count, run.documents)
    metrics.add_metric("BillsParked", MetricUnit.Count, run.parked)
    logger.info("billing run", bills=run.bills, documents=run.documents, parked=run.parked)
    return {
        "accounts": run.bills,
        "enqueued": run.bills + run.documents,
        "parked": run.parked,
    }
