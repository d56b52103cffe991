"""`botmeter settle`, `lifecycle` and `bill`: have the stack's functions do their scheduled work now."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from botmeter_cli.aws import invoke, wait_until_empty
from botmeter_cli.output import Output
from botmeter_local import Stack

# How often a run that got nowhere is repeated: what it is in conflict with needs a moment.
IDLE_RUNS = 5
IDLE_PAUSE_S = 0.5

_LIFECYCLE = ("balances", "accounts", "orders", "events")


def settle(stack: Stack, now: datetime | None, output: Output) -> dict[str, int]:
    """Run the meter until nothing is due, or nothing moves any more; returns its counts added up."""
    done: Counter[str] = Counter()
    due = 0
    with output.step("Settling what is due") as tell:
        for answer in _runs(stack, "MeterFunctionName", now, moves={"settled", "moved"}):
            due = answer.pop("due")
            done.update(answer)
            tell(f"{done['settled']:,} settled, {due:,} due")
            if not due:
                break
    return {**done, "due": due}


def lifecycle(stack: Stack, now: datetime | None, output: Output) -> dict[str, int]:
    """Run the lifecycle until a run has nothing to do, or nothing moves any more.

    Returns its counts added up; `failed` are those that failed to the end.
    """
    done: Counter[str] = Counter()
    failed = 0
    with output.step("Doing what time has made due") as tell:
        for answer in _runs(stack, "LifecycleFunctionName", now, moves=_LIFECYCLE):
            failed = answer.pop("failed")
            done.update(answer)
            tell(f"{done['events']:,} events sent, {failed:,} failed")
            if not failed and not any(answer.values()):
                break
    return {**done, "failed": failed}


def _runs(
    stack: Stack, function_output: str, now: datetime | None, moves: Iterable[str]
) -> Iterator[dict[str, int]]:
    """The answers of a function that is run again and again, until nothing of `moves` moves any more."""
    idle_runs = 0
    while idle_runs < IDLE_RUNS:
        if idle_runs:
            time.sleep(IDLE_PAUSE_S)
        answer = invoke(stack, function_output, _at(now))
        idle_runs = 0 if any(answer[name] for name in moves) else idle_runs + 1
        yield answer


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
