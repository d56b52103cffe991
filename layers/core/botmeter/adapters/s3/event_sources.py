"""The active event sources, by the hashes of their keys: one object that the authorizer keeps in memory."""

import json
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from botmeter.adapters.s3.published import WatchedObject, replace_object
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.event_sources import EventSource, SourceIdentity

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SOURCES_KEY = "registry/sources.json"


class S3SourceDirectory:
    """Knows keys, and asks for changes each time: API Gateway remembers for minutes what comes of it."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        # Until the first source is added there is no object.
        self._sources: WatchedObject[dict[str, SourceIdentity]] = WatchedObject(
            client, (bucket, SOURCES_KEY), _from_json, {}, may_be_missing=True
        )

    def source_of(self, key_hash: str) -> SourceIdentity | None:
        """The source that has the key of this hash; None if there is none; raises `StoreUnavailable`.

        What is known stays known while S3 does not answer; that a key opens nothing has to be read.
        """
        self._sources.refresh()
        source = self._sources.value.get(key_hash)
        if source is None and not self._sources.is_current:
            raise StoreUnavailable("the event sources cannot be read")
        return source


class S3SourcePublisher:
    """Publishes all active sources anew, as they are stored at that moment."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def publish(self, read: Callable[[], Iterable[EventSource]]) -> None:
        """Publish what `read` gives.

        It is read after the object that is to be replaced: whoever stored something since then replaces the
        object too, and one of the two fails and reads again. So no key that was revoked comes back.
        """
        replace_object(self._client, self._bucket, SOURCES_KEY, lambda _: _to_json(read()))


def _to_json(sources: Iterable[EventSource]) -> bytes:
    """The active ones. Each publication has an id, so that no two objects have the same entity tag."""
    known = {source.key_hash: [source.account_id, source.source_id] for source in sources if source.is_active}
    return json.dumps({"publication": uuid.uuid4().hex, "sources": known}).encode()


def _from_json(body: bytes) -> dict[str, SourceIdentity]:
    sources: dict[str, list[str]] = json.loads(body)["sources"]
    return {key_hash: SourceIdentity(*names) for key_hash, names in sources.items()}
