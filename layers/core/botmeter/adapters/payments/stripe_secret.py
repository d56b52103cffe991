"""The keys of the operator's Stripe account: one JSON secret in Secrets Manager."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# The beginnings tell the keys apart. One in the other's place would hand a secret key to every browser.
_BEGINNINGS = {
    "api_key": ("sk_", "rk_"),
    "publishable_key": ("pk_",),
    "webhook_secret": ("whsec_",),
}


@dataclass(frozen=True, slots=True)
class StripeSecret:
    """The keys; only the publishable one is ever shown."""

    api_key: str = field(repr=False)
    publishable_key: str
    webhook_secret: str = field(repr=False)


def read_stripe_secret(client: "SecretsManagerClient", secret_id: str) -> StripeSecret:
    """The keys in the secret `secret_id` (name or ARN): `{"api_key", "publishable_key", "webhook_secret"}`.

    Raises `StoreUnavailable` if it cannot be read, and `ValueError` naming the member that is not as it
    should be; no error shows a value.
    """
    try:
        answer = client.get_secret_value(SecretId=secret_id)
    except (ClientError, BotoCoreError) as error:
        raise StoreUnavailable(str(error)) from error
    members = _members(answer.get("SecretString", ""))
    return StripeSecret(**{name: _key(members, name) for name in _BEGINNINGS})


def _members(text: str) -> dict[str, Any]:
    """The members of a JSON object. Its text stays out of the error."""
    try:
        members = json.loads(text)
    except ValueError:
        members = None
    match members:
        case dict():
            return members
        case _:
            raise ValueError("the secret must be a JSON object, stored as text")


def _key(members: dict[str, Any], name: str) -> str:
    """The key `name` among `members`."""
    value = members.get(name)
    if not isinstance(value, str) or not value.startswith(_BEGINNINGS[name]):
        raise ValueError(f"{name}: must be a text that begins with {' or '.join(_BEGINNINGS[name])}")
    return value
