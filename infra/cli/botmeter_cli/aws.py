"""Calls on a deployed stack that several commands make."""

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.config import Config

from botmeter.domain.errors import BotmeterError
from botmeter_local import Stack

# Counts of an emulator are exact. Those of AWS are approximate and hold once they stood for a while.
_LOCAL_PACE = (0.2, 0.6)
_AWS_PACE = (5.0, 60.0)

# A function may run for 15 minutes, and a call that seems lost must not start it twice.
_PATIENT = Config(read_timeout=910, retries={"total_max_attempts": 1})


class FunctionFailed(BotmeterError):
    """A function of the stack ended with an error."""


class NotDrained(BotmeterError):
    """A queue still held messages when the time was up."""


def invoke(stack: Stack, function_output: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Call a function of the stack, named by its output, and wait for its answer."""
    answer = stack.client("lambda", config=_PATIENT).invoke(
        FunctionName=stack.outputs[function_output], Payload=json.dumps(payload).encode()
    )
    body = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        reason = body.get("errorMessage") if isinstance(body, dict) else body
        raise FunctionFailed(f"{stack.outputs[function_output]}: {reason}")
    return dict(body)


def messages_in(stack: Stack, queue_output: str) -> int:
    """Messages in a queue of the stack: waiting, delayed or being worked on."""
    counts = ["ApproximateNumberOfMessages" + state for state in ("", "NotVisible", "Delayed")]
    answer = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs[queue_output], AttributeNames=counts
    )
    return sum(int(answer["Attributes"].get(count, 0)) for count in counts)


def wait_until_empty(
    stack: Stack, queue_output: str, tell: Callable[[str], None], limit_s: float = 600
) -> None:
    """Wait until a queue has stood empty; raises `NotDrained` after `limit_s` seconds."""
    pause_s, empty_for_s = _LOCAL_PACE if stack.endpoint_url else _AWS_PACE
    deadline = time.monotonic() + limit_s
    empty_since: float | None = None
    while empty_since is None or time.monotonic() - empty_since < empty_for_s:
        count = messages_in(stack, queue_output)
        if count and time.monotonic() > deadline:
            queue = stack.outputs[queue_output]
            raise NotDrained(f"{queue} still holds {count} messages after {limit_s:.0f} s")
        tell(f"{count} messages left")
        empty_since = None if count else (empty_since or time.monotonic())
        time.sleep(pause_s)
