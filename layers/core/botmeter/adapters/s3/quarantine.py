"""The quarantine: unusable events, each an object with its reason and its bytes."""

import json
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.dynamo.errors import store_errors
from botmeter.adapters.s3.errors import status
from botmeter.domain.errors import NotFound, RejectReason
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.quarantine import QuarantinedEvent, day_of, event_id_of
from botmeter.ports.metering import RejectedEvent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ROOT = "quarantine/"
_DAY = re.compile(r"quarantine/([0-9]{4}-[0-9]{2}-[0-9]{2})/")
_KEY = re.compile(r"quarantine/([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9a-f]{64})\.json")
# What S3 answers to a conditional delete when the object is gone, or another one by now.
_NOT_THE_ONE_READ = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}


class S3Quarantine:
    """Keeps events in `bucket` under `quarantine/day/hash.json`: a text that comes again is one object.

    It is one for each source: what one sends changes nothing of what another has sent.
    """

    def __init__(self, client: "S3Client", bucket: str, in_flight: int = 8) -> None:
        self._client = client
        self._bucket = bucket
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="quarantine")

    def keep(self, rejected: Sequence[RejectedEvent]) -> set[int]:
        """Store each once, however often its source sends it; returns the positions of those not stored."""
        return {position for position, kept in enumerate(self._pool.map(self._put, rejected)) if not kept}

    def ids(self, day: date | None, after: str | None) -> Iterator[str]:
        """Ids from `after` on, of one day if asked: the newest day first, within a day by id."""
        last_day = day_of(after) if after else date.max
        for listed in self._days() if day is None else [day]:
            if listed <= last_day:
                yield from self._ids_of(listed, after if listed == last_day else None)

    def read(self, event_ids: Sequence[str]) -> list[QuarantinedEvent]:
        """The events of these ids, in their order; those that are gone are left out."""
        return [event for event in self._pool.map(self._get, event_ids) if event is not None]

    def event(self, event_id: str) -> QuarantinedEvent:
        """One event; raises `NotFound`."""
        event = self._get(event_id)
        if event is None:
            raise NotFound(f"there is no event {event_id} in quarantine")
        return event

    def remove(self, events: Sequence[QuarantinedEvent]) -> None:
        """Remove events. One whose text came again since it was read stays, as does its reason.

        The bucket has versions: what is removed stays recoverable for 30 days.
        """
        for _ in self._pool.map(self._delete, events):
            pass

    def _put(self, event: RejectedEvent) -> bool:
        """Whether one event was stored."""
        content: dict[str, Any] = {
            "received_at": to_rfc3339(event.received_at_ms),
            "field": event.error.field,
            "rule": event.error.rule,
            "reason": event.error.reason,
            "text": event.text,
        }
        if event.source is not None:
            content["source"] = asdict(event.source)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=_key(event_id_of(event.text, event.source, event.received_at_ms)),
                Body=json.dumps(content).encode(),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError):
            return False
        return True

    def _days(self) -> list[date]:
        """The days that have events, newest first."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=_ROOT, Delimiter="/"
        )
        with store_errors():
            names = [found["Prefix"] for page in pages for found in page.get("CommonPrefixes", [])]
        days = [date.fromisoformat(match[1]) for match in map(_DAY.fullmatch, names) if match]
        return sorted(days, reverse=True)

    def _ids_of(self, day: date, after: str | None) -> Iterator[str]:
        """Ids of one day, as many as are asked for."""
        start = {"StartAfter": _key(after)} if after else {}
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=f"{_ROOT}{day}/",
            **start,  # type: ignore[arg-type]
        )
        with store_errors():
            for page in pages:
                keys = (found["Key"] for found in page.get("Contents", []))
                yield from (f"{match[1]}-{match[2]}" for match in map(_KEY.fullmatch, keys) if match)

    @store_errors()
    def _get(self, event_id: str) -> QuarantinedEvent | None:
        """One event, if it is there."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_key(event_id))
        except ClientError as error:
            if status(error) == HTTPStatus.NOT_FOUND:
                return None
            raise
        content = json.loads(answer["Body"].read())
        source = content.get("source")
        return QuarantinedEvent(
            event_id=event_id,
            received_at_ms=to_ms(datetime.fromisoformat(content["received_at"])),
            field=content["field"],
            rule=content["rule"],
            text=content["text"],
            version=answer["ETag"],
            # Events that an earlier release kept have none.
            reason=RejectReason(content.get("reason", RejectReason.MALFORMED)),
            source=None if source is None else SourceIdentity(**source),
        )

    @store_errors()
    def _delete(self, event: QuarantinedEvent) -> None:
        """Remove one event, if it is still the one that was read."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=_key(event.event_id), IfMatch=event.version)
        except ClientError as error:
            if status(error) not in _NOT_THE_ONE_READ:
                raise


def _key(event_id: str) -> str:
    """Where an event lies."""
    day, _, digest = event_id.rpartition("-")
    return f"{_ROOT}{day}/{digest}.json"
