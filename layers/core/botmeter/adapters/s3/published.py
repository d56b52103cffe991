"""Small objects that some functions publish and others keep in memory."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.adapters.s3.errors import status
from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Value = TypeVar("Value")
_ATTEMPTS = 5


class WatchedObject(Generic[Value]):
    """What an object says, kept in memory and read again when it has changed.

    `value` is what was read last, and at first what it is told; `is_current` whether S3 said so when it was
    asked last. `parse` reads the object. One that may be missing says nothing else by that.
    """

    def __init__(
        self,
        client: "S3Client",
        name: tuple[str, str],
        parse: Callable[[bytes], Value],
        value: Value,
        *,
        may_be_missing: bool = False,
    ) -> None:
        self.value = value
        self.is_current = False
        self._client = client
        self._bucket, self._key = name
        self._parse = parse
        self._may_be_missing = may_be_missing
        self._etag = '"-"'

    def refresh(self) -> None:
        """Read the object if it has changed; what is known stays known while S3 does not answer."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key, IfNoneMatch=self._etag)
            self.value = self._parse(answer["Body"].read())
            self._etag = answer["ETag"]
            self.is_current = True
        except ClientError as error:
            self.is_current = status(error) == HTTPStatus.NOT_MODIFIED or (
                self._may_be_missing and status(error) == HTTPStatus.NOT_FOUND
            )
        except BotoCoreError:
            self.is_current = False


def replace_object(
    client: "S3Client", bucket: str, key: str, change: Callable[[bytes | None], bytes]
) -> None:
    """Replace an object by what `change` makes of it (None if there is none), unless others did meanwhile.

    Then `change` is asked again. Raises `StoreUnavailable`, also if that goes on and on.
    """
    for _ in range(_ATTEMPTS):
        present, condition = _read(client, bucket, key)
        try:
            client.put_object(Bucket=bucket, Key=key, Body=change(present), **condition)
        except ClientError as error:
            if status(error) not in {HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED}:
                raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        else:
            return
    raise StoreUnavailable(f"{key} is written by others all the time")


def _read(client: "S3Client", bucket: str, key: str) -> tuple[bytes | None, dict[str, Any]]:
    """An object, and the condition under which it may be replaced."""
    try:
        answer = client.get_object(Bucket=bucket, Key=key)
        return answer["Body"].read(), {"IfMatch": answer["ETag"]}
    except ClientError as error:
        if status(error) != HTTPStatus.NOT_FOUND:
            raise StoreUnavailable(str(error)) from error
        return None, {"IfNoneMatch": "*"}
    except BotoCoreError as error:
        raise StoreUnavailable(str(error)) from error
