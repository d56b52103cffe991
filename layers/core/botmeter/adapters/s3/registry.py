"""The registry of bots: one small object that ingest keeps in memory."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botmeter.adapters.s3.published import WatchedObject, replace_object
from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGISTRY_KEY = "registry/bots.json"
_REFRESH_S = 60.0
_REFRESH_FOR_UNKNOWN_S = 1.0

Timeouts = dict[tuple[str, str], int]


class S3Registry:
    """Reads the registry when it is first needed, every minute, and sooner when a bot is unknown.

    `clock` gives seconds that only grow (`time.monotonic`).
    """

    def __init__(self, client: "S3Client", bucket: str, clock: Callable[[], float]) -> None:
        self._bots: WatchedObject[Timeouts] = WatchedObject(client, (bucket, REGISTRY_KEY), _from_json, {})
        self._clock = clock
        self._asked_at: float | None = None

    def idle_timeout_ms(self, account_id: str, bot_id: str) -> int | None:
        """The idle timeout of a bot; None if there is no such bot; raises `StoreUnavailable`.

        What is known stays known while S3 does not answer; that a bot does not exist has to be read.
        """
        bot = (account_id, bot_id)
        self._refresh(_REFRESH_S if bot in self._bots.value else _REFRESH_FOR_UNKNOWN_S)
        timeout_ms = self._bots.value.get(bot)
        if timeout_ms is None and not self._bots.is_current:
            raise StoreUnavailable("the registry of bots cannot be read")
        return timeout_ms

    def _refresh(self, after_s: float) -> None:
        """Read the registry if it has changed; S3 is asked again after `after_s`, whatever it answered."""
        now = self._clock()
        if self._asked_at is None or now - self._asked_at >= after_s:
            self._asked_at = now
            self._bots.refresh()


class S3RegistryPublisher:
    """Adds bots to the registry; two publishers at once do not lose each other's bots."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        """Add bots, each (account id, bot id) with its idle timeout."""

        def with_them(present: bytes | None) -> bytes:
            known = {} if present is None else _from_json(present)
            return _to_json({**known, **idle_timeouts_ms})

        replace_object(self._client, self._bucket, REGISTRY_KEY, with_them)


def _to_json(timeouts_ms: Mapping[tuple[str, str], int]) -> bytes:
    bots = {f"{account_id}/{bot_id}": ms for (account_id, bot_id), ms in sorted(timeouts_ms.items())}
    return json.dumps({"idle_timeouts_ms": bots}).encode()


def _from_json(body: bytes) -> Timeouts:
    bots: dict[str, int] = json.loads(body)["idle_timeouts_ms"]
    return {(name.split("/")[0], name.split("/")[1]): ms for name, ms in bots.items()}
