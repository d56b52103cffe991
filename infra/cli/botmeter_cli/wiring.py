"""The services over a stack, and the operator who calls them: whoever runs the command."""

import getpass
import os
from typing import Final

from botmeter.bootstrap import Wiring
from botmeter.domain.members import Member, Role
from botmeter.settings import Settings
from botmeter_local import Stack

# The stack's output for each setting. A stack that has no such output has no use for it.
_OUTPUTS: Final = {
    "ENVIRONMENT": "Environment",
    "USAGE_TABLE": "UsageTableName",
    "BILLING_TABLE": "BillingTableName",
    "OPERATIONS_BUCKET": "OperationsBucketName",
    "ARCHIVE_BUCKET": "ArchiveBucketName",
    "ARCHIVE_RETENTION_DAYS": "ArchiveRetentionDays",
    "EVENT_QUEUE_URL": "EventQueueUrl",
    "INVOICE_BUCKET": "InvoiceBucketName",
    "INVOICE_GRACE_HOURS": "InvoiceGraceHours",
    "INVOICE_QUEUE_URL": "InvoiceQueueUrl",
    "OUTGOING_BUS": "OutgoingBusName",
    "USER_POOL_ID": "UserPoolId",
}


def operator() -> Member:
    """The local user as the platform's operator: the name that the audit trail shows."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # In a container whose user has no name.
        name = f"uid-{os.getuid()}"
    return Member(name, "", frozenset({Role.OPERATOR}))


def services_of(stack_name: str) -> Wiring:
    """The services over the stack of that name."""
    return wiring_for(Stack.load(stack_name))


def wiring_for(stack: Stack) -> Wiring:
    """The services over the stack's tables and buckets, with the rights of whoever runs the command."""
    environ = {name: stack.outputs[output] for name, output in _OUTPUTS.items() if output in stack.outputs}
    _lend_credentials(stack)
    return Wiring(Settings.read(environ), stack.client, stack.region, stack.endpoint_url)


def _lend_credentials(stack: Stack) -> None:
    """PynamoDB makes its own client, and that looks for credentials in the environment."""
    credentials = stack.session.get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        os.environ["AWS_ACCESS_KEY_ID"] = str(frozen.access_key)
        os.environ["AWS_SECRET_ACCESS_KEY"] = str(frozen.secret_key)
        if frozen.token:
            os.environ["AWS_SESSION_TOKEN"] = frozen.token
