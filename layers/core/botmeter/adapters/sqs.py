"""The queues: from the billing run to the invoice function, and of events."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10
# What a batch may come to. A single text that is larger is left to the queue to judge.
_BATCH_BYTES = 262_144
_TOO_LONG = "BatchRequestTooLong"


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


class SqsEventQueue:
    """Texts of events as messages of the queue `url`."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, texts: Sequence[str]) -> set[int]:
        """Queue texts; returns the positions of those that the queue never takes.

        Raises `StoreUnavailable`: some may have been queued.
        """
        return {position for batch in _batches(texts) for position in self._send(texts, batch)}

    def _send(self, texts: Sequence[str], batch: Sequence[int]) -> list[int]:
        """Queue the texts at some positions; returns the positions of those that are not taken."""
        try:
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(position), "MessageBody": texts[position]} for position in batch],
            )
        except ClientError as error:
            if error.response["Error"]["Code"].endswith(_TOO_LONG):
                return [*batch]
            raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        failed = answer.get("Failed", [])
        if not all(entry["SenderFault"] for entry in failed):
            raise StoreUnavailable(f"{len(failed)} events were not queued")
        return [int(entry["Id"]) for entry in failed]


def _batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """The positions of texts, in batches that a queue takes at once."""
    batch: list[int] = []
    size = 0
    for position, text in enumerate(texts):
        length = len(text.encode("utf-8", "surrogatepass"))
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(position)
        size += length
    if batch:
        yield batch


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
