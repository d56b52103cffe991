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
EACH_KIND = "aA1-"


class ApiRefused(BotmeterError):
    """The API answered with something else than success."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: its body, and the entity tag that names what was seen."""

    status: int
    body: dict[str, Any]
    etag: str | None


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Calls the API at `base_url` with the ID token of a user."""

    base_url: str
    token: str

    def get(self, path: str) -> dict[str, Any]:
        """The JSON answer to `GET path`; raises `ApiRefused` unless it is a success."""
        return self.send("GET", path).body

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Reply:
        """Send a request; `key` makes it one that may be repeated, `if_match` one that overwrites nothing.

        Raises `ApiRefused` unless the answer is a success.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key, "If-Match": if_match}
        given = {name: value for name, value in headers.items() if value is not None}
        url = f"{self.base_url}{path}"
        answer = urllib3.request(method, url, json=body, headers=given, timeout=TIMEOUT_S)
        _require_success(method, url, answer)
        return Reply(answer.status, json.loads(answer.data or b"{}"), answer.headers.get("ETag"))


def download(url: str) -> bytes:
    """The content of `url`; raises `ApiRefused` unless there is one."""
    answer = urllib3.request("GET", url, timeout=TIMEOUT_S)
    _require_success("GET", url, answer)
    return answer.data


def _require_success(method: str, url: str, answer: urllib3.BaseHTTPResponse) -> None:
    """Raise `ApiRefused` for any other status; what a link is signed with is not told."""
    if not 200 <= answer.status < 300:  # noqa: PLR2004 (HTTP's successes)
        path = url.partition("?")[0]
        raise ApiRefused(f"{method} {path}: {answer.status} {answer.data.decode(errors='replace')[:500]}")


def sign_in(stack: Stack, email: str, account_id: str, group: str) -> str:
    """The ID token of a user of `account_id` in `group`, who is made if need be and gets a new password."""
    cognito = stack.client("cognito-idp")
    pool = {"UserPoolId": stack.outputs["UserPoolId"]}
    password = secrets.token_urlsafe(24) + EACH_KIND
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
