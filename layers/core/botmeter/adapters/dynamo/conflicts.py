"""Transactions that others are in the way of: what DynamoDB says of them, and how long to wait for it."""

import random
import time
from collections.abc import Iterator

from botocore.exceptions import ClientError

from botmeter.adapters.dynamo.errors import error_code

CONDITION_FAILED = "ConditionalCheckFailed"
IN_THE_WAY = "TransactionConflict"
# What a single write answers when its condition does not hold.
CONDITION_FAILED_ALONE = "ConditionalCheckFailedException"
# And when somebody else has changed, or is changing, the same item.
SOMEBODY_ELSE_DID = {CONDITION_FAILED_ALONE, "TransactionConflictException"}

_PAUSES = 4
_SHORTEST_PAUSE_S = 0.05


def cancellation_reasons(error: ClientError) -> list[str]:
    """Why a transaction was cancelled, a code for each of its actions; empty for any other error."""
    if error_code(error) != "TransactionCanceledException":
        return []
    return [reason.get("Code", "") for reason in error.response.get("CancellationReasons", [])]


def pauses() -> Iterator[bool]:
    """Wait at each turn, longer every time, a little at random so that two do not meet again."""
    for turn in range(_PAUSES):
        time.sleep(_SHORTEST_PAUSE_S * 2**turn * random.uniform(0.5, 1.0))
        yield True
