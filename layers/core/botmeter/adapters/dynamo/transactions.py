"""Transactions over PynamoDB models."""

from collections.abc import Iterator
from contextlib import contextmanager

from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from botmeter.adapters.dynamo.models import PlanItem
from botmeter.domain.errors import Conflict


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """All writes inside or none; raises `Conflict` when a condition failed or another got in between."""
    connection = Connection(region=PlanItem.Meta.region, host=PlanItem.Meta.host)
    try:
        with TransactWrite(connection=connection) as writes:
            yield writes
    except TransactWriteError as error:
        raise Conflict(str(error)) from error
