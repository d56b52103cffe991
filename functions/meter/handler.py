"""Entry point of the meter: a schedule's tick, or an operator who settles as of another time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.bootstrap import wiring
from botmeter.domain.periods import to_ms
from botmeter.services.settle_conversations import SettlementRun

logger = Logger()
metrics = Metrics()

# What the work that has begun may still take when the time is nearly up.
_RESERVE_MS = 15_000
_WORKERS = 4


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Settle all shards, as of now or (not in production) of the event's `now`; answers what was done."""
    now_ms = to_ms(wiring().settings.instant_of_run(event.get("now"), datetime.now(UTC)))
    settle = wiring().settle_conversations

    def settle_shard(shard: str) -> SettlementRun:
        return settle(shard, now_ms, lambda: context.get_remaining_time_in_millis() < _RESERVE_MS)

    run = SettlementRun()
    with ThreadPoolExecutor(_WORKERS) as workers:
        for shard_run in workers.map(settle_shard, settle.timelines.shards()):
            run += shard_run
    return report(run)


def report(run: SettlementRun) -> dict[str, int]:
    """The counts of a run, as metrics, in the log and as the answer."""
    counts = asdict(run)
    for name, value in counts.items():
        metrics.add_metric(f"Settlement{name.title()}", MetricUnit.Count, value)
    logger.info("settled", **counts)
    return counts
