"""`botmeter settle` and `botmeter bill`: have the stack's functions do their scheduled work now."""

import time
from collections import Counter
from datetime import datetime
from typing import Any

from botmeter_cli.aws import invoke, wait_until_empty
from botmeter_cli.output import Output
from botmeter_local import Stack

# How often a run that got nowhere is repeated: what it is in conflict with needs a moment.
IDLE_RUNS = 5
IDLE_PAUSE_S = 0.5


def settle(stack: Stack, now: datetime | None, output: Output) -> dict[str, int]:
    """Run the meter until nothing is due, or nothing moves any more; returns its counts added up."""
    done: Counter[str] = Counter()
    idle_runs = due = 0
    with output.step("Settling what is due") as tell:
        while True:
            answer = invoke(stack, "MeterFunctionName", _at(now))
            due = answer.pop("due")
            done.update(answer)
            tell(f"{done['settled']:,} settled, {due:,} due")
            idle_runs = 0 if answer["settled"] + answer["moved"] else idle_runs + 1
            if not due or idle_runs == IDLE_RUNS:
                return {**done, "due": due}
            if idle_runs:
                time.sleep(IDLE_PAUSE_S)


def bill(stack: Stack, now: datetime | None, output: Output) -> dict[str, Any]:
    """Start a billing run and wait until the invoices are made; returns how many were asked for."""
    with output.step("Billing periods that are over") as tell:
        answer = invoke(stack, "BillingRunFunctionName", _at(now))
        if answer["enqueued"]:
            wait_until_empty(stack, "InvoiceQueueUrl", tell)
    return answer


def _at(now: datetime | None) -> dict[str, str]:
    """The function's payload: empty for the real time."""
    return {"now": now.isoformat()} if now else {}
