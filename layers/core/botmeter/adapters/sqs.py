"""The queue from the billing run to the invoice function."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10


class SqsBillingQueue:
    """Billing requests as messages of the queue `url`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def enqueue(self, requests: Sequence[BillingRequest]) -> None:
        """Queue one message for each request."""
        for first in range(0, len(requests), _BATCH):
            batch = requests[first : first + _BATCH]
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._url,
                    Entries=[{"Id": str(n), "MessageBody": to_message(r)} for n, r in enumerate(batch)],
                )
            except (ClientError, BotoCoreError) as error:
                raise StoreUnavailable(str(error)) from error
            if answer.get("Failed"):
                raise StoreUnavailable(f"{len(answer['Failed'])} billing requests were not queued")


def to_message(request: BillingRequest) -> str:
    """A request as a message's body."""
    return json.dumps(
        {
            "account_id": request.account_id,
            "period": request.period.label,
            "requested_at": request.requested_at.isoformat(),
            "replaces": request.replaces,
            "approved": request.approved,
            "number": request.number,
        }
    )


def from_message(body: str) -> BillingRequest:
    """The request of a message's body; one that was queued by an earlier release lacks the last members."""
    content = json.loads(body)
    return BillingRequest(
        account_id=content["account_id"],
        period=BillingPeriod.parse(content["period"]),
        requested_at=datetime.fromisoformat(content["requested_at"]),
        replaces=content.get("replaces", ""),
        approved=content.get("approved", False),
        number=content.get("number", ""),
    )
