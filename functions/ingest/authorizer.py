"""Entry point of the authorizer: API Gateway asks it who sends events, and remembers the answer."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from botmeter.bootstrap import wiring

if TYPE_CHECKING:
    from botmeter.domain.event_sources import SourceIdentity
    from botmeter.ports.event_sources import TokenReader

logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 (Lambda passes it)
    """Let a known source call this one method, in the name of its account; deny it to everybody else.

    Raises `StoreUnavailable` while that cannot be said: then API Gateway answers 500 and remembers nothing.
    """
    source = wiring().authenticate_source(read_token)(bearer_in(event.get("headers") or {}))
    return _policy(event["methodArn"], source)


def bearer_in(headers: Mapping[str, str]) -> str:
    """The key or token that a request brings; empty if it brings none."""
    given = next((text for name, text in headers.items() if name.lower() == "authorization"), "")
    scheme, _, credentials = given.strip().partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def read_token(token: str) -> Mapping[str, Any] | None:
    """The claims of an ID token of the user pool, None if it is none; raises `StoreUnavailable`."""
    return _tokens()(token)


@cache
def _tokens() -> "TokenReader":
    """Made when the first token comes: keys need none of it."""
    from ingest.tokens import CognitoTokens  # noqa: PLC0415 (see above)

    services = wiring()
    settings = services.settings
    return CognitoTokens(services.user_pool_url, settings.user_pool_id, settings.user_pool_client_id)


def _policy(method_arn: str, source: "SourceIdentity | None") -> dict[str, Any]:
    """API Gateway's form of the answer.

    A refusal is a policy too: an exception would count as an error of the function, so that anybody could
    ring the alarm, and it would not be remembered.
    """
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Deny" if source is None else "Allow",
        "Resource": method_arn,
    }
    answer: dict[str, Any] = {
        "principalId": "nobody" if source is None else source.source_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
    if source is not None:
        answer["context"] = {"account_id": source.account_id, "source_id": source.source_id}
    return answer
