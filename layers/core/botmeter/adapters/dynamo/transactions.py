"""Calls through PynamoDB, with its errors in Botmeter's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.models import connection
from botmeter.domain.errors import Conflict, StoreUnavailable

_OTHERS_WERE_FIRST = {"ConditionalCheckFailed", "TransactionConflict"}


@contextmanager
def billing_errors() -> Iterator[None]:
    """Turn whatever PynamoDB says inside into `StoreUnavailable`, keeping the cause. Also a decorator."""
    try:
        yield
    except (PynamoDBException, ClientError, BotoCoreError) as error:
        raise StoreUnavailable(str(error)) from error


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """All writes inside or none; raises `Conflict` when a condition failed or another got in between."""
    with billing_errors():
        try:
            with TransactWrite(connection=connection()) as writes:
                yield writes
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason is not None}
            if not codes & _OTHERS_WERE_FIRST:
                raise
            raise Conflict(str(error)) from error
