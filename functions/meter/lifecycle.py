"""Entry point of the lifecycle: a schedule's tick, or an operator who wants it now."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.bootstrap import wiring

logger = Logger()
metrics = Metrics()

# What has begun may still take so long when the time is nearly up.
_RESERVE_MS = 10_000


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Do what time has made due, as of now or (not in production) of the event's `now`; answers counts."""
    now = wiring().settings.instant_of_run(event.get("now"), datetime.now(UTC))
    run = wiring().run_lifecycle(now, lambda: context.get_remaining_time_in_millis() < _RESERVE_MS)
    counts = asdict(run)
    for name, value in counts.items():
        metrics.add_metric(f"Lifecycle{name.title()}", MetricUnit.Count, value)
    logger.info("lifecycle done", **counts)
    return counts
