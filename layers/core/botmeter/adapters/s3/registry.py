"""The registry of bots: one small object that ingest keeps in memory."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGISTRY_KEY = "registry/bots.json"
_REFRESH_S = 60.0
_REFRESH_FOR_UNKNOWN_S = 1.0
_ATTEMPTS = 5


class S3Registry:
    """Reads the registry when it is first needed, every minute, and sooner when a bot is unknown.

    `clock` gives seconds that only grow (`time.monotonic`).
    """

    def __init__(self, client: "S3Client", bucket: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock
        self._asked_at: float | None = None
        self._is_current = False
        self._etag = '"-"'
        self._timeouts_ms: dict[tuple[str, str], int] = {}

    def idle_timeout_ms(self, account_id: str, bot_id: str) -> int | None:
        """The idle timeout of a bot; None if there is no such bot; raises `StoreUnavailable`.

        What is known stays known while S3 does not answer; that a bot does not exist has to be read.
        """
        bot = (account_id, bot_id)
        self._refresh(_REFRESH_S if bot in self._timeouts_ms else _REFRESH_FOR_UNKNOWN_S)
        timeout_ms = self._timeouts_ms.get(bot)
        if timeout_ms is None and not self._is_current:
            raise StoreUnavailable("the registry of bots cannot be read")
        return timeout_ms

    def _refresh(self, after_s: float) -> None:
        """Read the registry if it has changed; S3 is asked again after `after_s`, whatever it answered."""
        now = self._clock()
        if self._asked_at is not None and now - self._asked_at < after_s:
            return
        self._asked_at = now
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=REGISTRY_KEY, IfNoneMatch=self._etag)
            self._timeouts_ms = _from_json(answer["Body"].read())
            self._etag = answer["ETag"]
            self._is_current = True
        except ClientError as error:
            self._is_current = _status(error) == HTTPStatus.NOT_MODIFIED
        except BotoCoreError:
            self._is_current = False


class S3RegistryPublisher:
    """Adds bots to the registry; two publishers at once do not lose each other's bots."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def publish(self, idle_timeouts_ms: Mapping[tuple[str, str], int]) -> None:
        """Add bots, each (account id, bot id) with its idle timeout."""
        for _ in range(_ATTEMPTS):
            known, condition = self._read()
            body = _to_json({**known, **idle_timeouts_ms})
            try:
                self._client.put_object(Bucket=self._bucket, Key=REGISTRY_KEY, Body=body, **condition)  # type: ignore[arg-type]
            except ClientError as error:
                if _status(error) not in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
                    raise StoreUnavailable(str(error)) from error
            else:
                return
        raise StoreUnavailable("the registry of bots is written by others all the time")

    def _read(self) -> tuple[dict[tuple[str, str], int], dict[str, str]]:
        """The registry, and the condition under which it may be replaced."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=REGISTRY_KEY)
        except ClientError as error:
            if _status(error) != HTTPStatus.NOT_FOUND:
                raise StoreUnavailable(str(error)) from error
            return {}, {"IfNoneMatch": "*"}
        return _from_json(answer["Body"].read()), {"IfMatch": answer["ETag"]}


def _status(error: ClientError) -> int:
    """The HTTP status of S3's answer."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _to_json(timeouts_ms: Mapping[tuple[str, str], int]) -> bytes:
    bots = {f"{account_id}/{bot_id}": ms for (account_id, bot_id), ms in sorted(timeouts_ms.items())}
    return json.dumps({"idle_timeouts_ms": bots}).encode()


def _from_json(body: bytes) -> dict[tuple[str, str], int]:
    bots: dict[str, int] = json.loads(body)["idle_timeouts_ms"]
    return {(name.split("/")[0], name.split("/")[1]): ms for name, ms in bots.items()}
