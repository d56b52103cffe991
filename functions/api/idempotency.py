"""Answers that are remembered by the caller's Idempotency-Key, so that a repeated request is done once.

What is remembered is the answer of a request that succeeded, for a day. A request that failed may be
sent again with the same key and is tried anew; so is one whose function died, as soon as that function
can no longer be running. Services therefore derive the ids of what they make from the key.
"""

from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from api.headers import IDEMPOTENCY_KEY
from api.problems import InvalidHeader, StillRunning
from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

    from botmeter.bootstrap import Wiring

REMEMBERED_S = 24 * 3600
PARTITION = "IDEMPOTENCY"


class Reply(TypedDict):
    """An answer as it is sent, and kept."""

    status: int
    headers: dict[str, str]
    body: str


def reply_once(
    run: Callable[[], Reply],
    scope: Mapping[str, str],
    document: Any,
    wiring: "Wiring",
    context: Any,
) -> Reply:
    """The reply of `run`, or the one that it gave to the same request before.

    Args:
        run: does the work; what it raises is not remembered.
        scope: what makes two requests one: who asks for what, with which key.
        document: the body, which has to be the same as the first time.
        wiring: of the table.
        context: says how long the function can still be running.

    Raises:
        StillRunning: the same request is being answered.
        InvalidHeader: the key came with another body before.
        StoreUnavailable: nothing could be remembered; the work may have been done.
    """
    from aws_lambda_powertools.utilities.idempotency import (  # noqa: PLC0415 (not at a cold start)
        IdempotencyConfig,
        exceptions,
        idempotent_function,
    )

    config = IdempotencyConfig(
        event_key_jmespath="scope",
        payload_validation_jmespath="document",
        expires_after_seconds=REMEMBERED_S,
        hash_function="sha256",
        lambda_context=context,
    )
    once = idempotent_function(
        lambda request: run(),  # noqa: ARG005 (Powertools names what it hashes)
        data_keyword_argument="request",
        persistence_store=_store(wiring),
        config=config,
        key_prefix="api",
    )
    try:
        reply: Reply = once(request={"scope": dict(scope), "document": document})
    except exceptions.IdempotencyAlreadyInProgressError as error:
        raise StillRunning("the same request is still being answered") from error
    except exceptions.IdempotencyValidationError as error:
        rule = "was used for a request with another body"
        raise InvalidHeader(IDEMPOTENCY_KEY, rule, HTTPStatus.UNPROCESSABLE_ENTITY) from error
    except exceptions.IdempotencyPersistenceLayerError as error:
        raise StoreUnavailable(str(error)) from error
    return reply


@cache
def _store(wiring: "Wiring") -> "DynamoDBPersistenceLayer":
    """Where answers are kept: beside the account's data, in a partition of their own."""
    from aws_lambda_powertools.utilities.idempotency import (  # noqa: PLC0415 (not at a cold start)
        DynamoDBPersistenceLayer,
    )

    return DynamoDBPersistenceLayer(
        table_name=wiring.settings.billing_table,
        boto3_client=wiring.client("dynamodb"),
        key_attr="pk",
        static_pk_value=PARTITION,
        sort_key_attr="sk",
        expiry_attr="expires_at",
        in_progress_expiry_attr="running_until_ms",
        data_attr="reply",
        validation_key_attr="document",
    )
