"""`botmeter status`: whether a stack is up, where, and what waits in its queues."""

from typing import Any

from botmeter_cli.aws import messages_in
from botmeter_local import LocalStackError, Stack
from botmeter_local import status as local_status

QUEUES = {
    "events_waiting": "EventQueueUrl",
    "event_dead_letters": "EventDeadLetterQueueUrl",
    "events_undelivered": "UndeliveredQueueUrl",
    "invoices_waiting": "InvoiceQueueUrl",
    "invoice_dead_letters": "InvoiceDeadLetterQueueUrl",
}


def stack_status(name: str) -> dict[str, Any]:
    """What there is to know of the stack `name`; only `running` and why, if it is not."""
    local = local_status(name)
    try:
        stack = local.stack or Stack.load(name)
    except LocalStackError as reason:
        return {"stack": name, "running": False, "reason": str(reason)}
    here = {
        "pid": local.pid,
        "endpoint": stack.endpoint_url,
        "log": str(local.log),
        "mail": str(local.mail),
    }
    return {
        "stack": name,
        "running": True,
        **(here if local.running else {}),
        "region": stack.region,
        "environment": stack.outputs.get("Environment"),
        "api": stack.api_url,
        "queues": {label: messages_in(stack, queue) for label, queue in QUEUES.items()},
    }
