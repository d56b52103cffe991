"""DynamoDB's errors in Botmeter's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn whatever AWS says inside into `StoreUnavailable`, keeping the cause."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StoreUnavailable(str(error)) from error


def error_code(error: ClientError) -> str:
    """The code of an AWS error, such as `ConditionalCheckFailedException`."""
    return error.response.get("Error", {}).get("Code", "")
