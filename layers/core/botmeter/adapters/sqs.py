"""The queues: from the billing run to the invoice function, and of events."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.event_messages import attributes_of
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest
from botmeter.ports.metering import NOBODY, Sources

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

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

    def send(self, texts: Sequence[str], sources: Sources = NOBODY) -> set[int]:
        """Queue texts, with their sources; returns the positions of those that the queue never takes.

        Raises `StoreUnavailable`: some may have been queued.
        """
        entries = [_entry(position, text, sources) for position, text in enumerate(texts)]
        return {position for batch in _batches(entries) for position in self._send(batch)}

    def _send(self, batch: "Sequence[SendMessageBatchRequestEntryTypeDef]") -> list[int]:
        """Queue some texts; returns the positions of those that are not taken."""
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=batch)
        except ClientError as error:
            if error.response["Error"]["Code"].endswith(_TOO_LONG):
                return [int(entry["Id"]) for entry in batch]
            raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        failed = answer.get("Failed", [])
        if not all(entry["SenderFault"] for entry in failed):
            raise StoreUnavailable(f"{len(failed)} events were not queued")
        return [int(entry["Id"]) for entry in failed]


def _entry(position: int, text: str, sources: Sources) -> "SendMessageBatchRequestEntryTypeDef":
    """The text at `position` as a message, with its source if it has one."""
    entry: SendMessageBatchRequestEntryTypeDef = {"Id": str(position), "MessageBody": text}
    if position in sources:
        entry["MessageAttributes"] = attributes_of(sources[position])
    return entry


def _batches(
    entries: "Sequence[SendMessageBatchRequestEntryTypeDef]",
) -> "Iterator[list[SendMessageBatchRequestEntryTypeDef]]":
    """Messages in batches that a queue takes at once."""
    batch: list[SendMessageBatchRequestEntryTypeDef] = []
    size = 0
    for entry in entries:
        length = _length(entry)
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch


def _length(entry: "SendMessageBatchRequestEntryTypeDef") -> int:
    """What a message counts for, in bytes: its text, and the names, types and values of its attributes."""
    texts = [entry["MessageBody"]]
    for name, value in entry.get("MessageAttributes", {}).items():
        texts += [name, value["DataType"], value["StringValue"]]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


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
