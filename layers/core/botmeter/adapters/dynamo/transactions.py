"""Calls through PynamoDB, with its errors in Botmeter's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.models import connection
from botmeter.domain.errors import Conflict, StoreUnavailable, TooLarge

_OTHERS_WERE_FIRST = {"ConditionalCheckFailed", "TransactionConflict"}
# What DynamoDB says of an item over 400 KB, or of more than it takes at once.
_TOO_LARGE = {"ValidationError", "ItemCollectionSizeLimitExceeded"}


@contextmanager
def billing_errors() -> Iterator[None]:
    """Turn whatever PynamoDB says inside into `StoreUnavailable`, keeping the cause. Also a decorator."""
    try:
        yield
    except (PynamoDBException, ClientError, BotoCoreError) as error:
        raise StoreUnavailable(str(error)) from error


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """All writes inside or none; raises `Conflict` when a condition failed or another got in between.

    Raises `TooLarge` for what the table does not take.
    """
    with billing_errors():
        try:
            with TransactWrite(connection=connection()) as writes:
                yield writes
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
            if codes & _TOO_LARGE or error.cause_response_code == "ValidationException":
                raise TooLarge(str(error)) from error
            if not codes & _OTHERS_WERE_FIRST:
                raise
            raise Conflict(str(error)) from error
