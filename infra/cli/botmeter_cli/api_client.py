"""Asks a stack's own API, as a user of the account does."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

import urllib3

from botmeter.domain.errors import BotmeterError
from botmeter_local import Stack

TIMEOUT_S = 30
# A character of each kind that the user pool asks for in a password.
_EACH_KIND = "aA1-"


class ApiRefused(BotmeterError):
    """The API answered with something else than success."""


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Reads from the API at `base_url` with the ID token of a user."""

    base_url: str
    token: str

    def get(self, path: str) -> dict[str, Any]:
        """The JSON answer to `GET path`; raises `ApiRefused` for any status but 200."""
        return dict(json.loads(download(f"{self.base_url}{path}", {"Authorization": f"Bearer {self.token}"})))


def download(url: str, headers: dict[str, str] | None = None) -> bytes:
    """The content of `url`; raises `ApiRefused` for any status but 200."""
    answer = urllib3.request("GET", url, headers=headers, timeout=TIMEOUT_S)
    if answer.status != 200:  # noqa: PLR2004 (HTTP's success)
        path = url.partition("?")[0]
        raise ApiRefused(f"GET {path}: {answer.status} {answer.data.decode(errors='replace')[:500]}")
    return answer.data


def sign_in(stack: Stack, email: str, account_id: str, group: str) -> str:
    """The ID token of a user of `account_id` in `group`, who is made if need be and gets a new password."""
    cognito = stack.client("cognito-idp")
    pool = {"UserPoolId": stack.outputs["UserPoolId"]}
    password = secrets.token_urlsafe(24) + _EACH_KIND
    _ensure_user(cognito, pool, email, account_id, password)
    cognito.admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
    cognito.admin_add_user_to_group(**pool, Username=email, GroupName=group)
    answer = cognito.admin_initiate_auth(
        **pool,
        ClientId=stack.outputs["UserPoolClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def _ensure_user(cognito: Any, pool: dict[str, str], email: str, account_id: str, password: str) -> None:
    """Make the user unless there is one; nobody is sent a mail."""
    attributes = {"email": email, "email_verified": "true", "custom:account_id": account_id}
    try:
        cognito.admin_create_user(
            **pool,
            Username=email,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
    except cognito.exceptions.UsernameExistsException:
        return
