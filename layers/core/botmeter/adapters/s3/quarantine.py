"""The quarantine: unusable events, each an object with its reason and its bytes."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.periods import to_rfc3339, to_utc
from botmeter.ports.metering import RejectedEvent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Quarantine:
    """Keeps events in `bucket` under `quarantine/day/hash.json`: a text that comes again is one object."""

    def __init__(self, client: "S3Client", bucket: str, in_flight: int = 8) -> None:
        self._client = client
        self._bucket = bucket
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="quarantine")

    def keep(self, rejected: Sequence[RejectedEvent]) -> set[int]:
        """Store each once, however often it comes; returns the positions of those not stored."""
        return {position for position, kept in enumerate(self._pool.map(self._put, rejected)) if not kept}

    def _put(self, event: RejectedEvent) -> bool:
        """Whether one event was stored."""
        text = event.text.encode("utf-8", "surrogatepass")
        content = {
            "received_at": to_rfc3339(event.received_at_ms),
            "field": event.error.field,
            "rule": event.error.rule,
            "text": event.text,
        }
        day = to_utc(event.received_at_ms).date().isoformat()
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"quarantine/{day}/{hashlib.sha256(text).hexdigest()}.json",
                Body=json.dumps(content).encode(),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError):
            return False
        return True
