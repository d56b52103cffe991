"""Signing in with a Cognito user pool, from the server's side: no token ever reaches a browser."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from botmeter.domain.errors import Refused, SignInRefused, StoreUnavailable
from botmeter.domain.logins import Challenge, ChallengeKind, Tokens

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

# What of the ID token is kept: who it is, and in which role.
_KEPT = ("cognito:username", "custom:account_id", "cognito:groups", "token_use", "email", "name")
_ANSWERED_WITH = {
    ChallengeKind.NEW_PASSWORD: "NEW_PASSWORD",
    ChallengeKind.CODE: "SOFTWARE_TOKEN_MFA_CODE",
}
_CHALLENGE_NAMES: dict[ChallengeKind, Literal["NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"]] = {
    ChallengeKind.NEW_PASSWORD: "NEW_PASSWORD_REQUIRED",
    ChallengeKind.CODE: "SOFTWARE_TOKEN_MFA",
}
# Whether a user exists is not for everybody to know: all of these sound the same.
_WRONG = "the user name or the password is wrong"
_TOO_LATE = "it took too long, or the code is wrong: sign in again"
_PASSWORD_RULES = {
    "InvalidPasswordException": (
        "must have 14 characters or more, with small and capital letters, a digit and a symbol"
    ),
    "PasswordHistoryPolicyViolationException": "must be one that was not used before",
}
_REFUSALS = {
    "NotAuthorizedException": _WRONG,
    "UserNotFoundException": _WRONG,
    "UserNotConfirmedException": _WRONG,
    "PasswordResetRequiredException": "the password has to be reset: use “Forgotten password”",
    "CodeMismatchException": "the code is wrong",
    "ExpiredCodeException": "the code has expired: ask for a new one",
    "LimitExceededException": "there were too many attempts: wait a while",
    "TooManyFailedAttemptsException": "there were too many attempts: wait a while",
    "TooManyRequestsException": "there were too many attempts: wait a while",
    "InvalidParameterException": _WRONG,
}


class CognitoSignIn:
    """The users of the pool `user_pool_id`, for its app client `client_id`."""

    def __init__(self, client: "CognitoIdentityProviderClient", user_pool_id: str, client_id: str) -> None:
        self._client = client
        self._user_pool_id = user_pool_id
        self._client_id = client_id

    def sign_in(self, username: str, password: str, now: datetime) -> Tokens | Challenge:
        """Who shows a password, or what else they have to show."""
        shown = {"USERNAME": username, "PASSWORD": password}
        with _refusals():
            answer = self._client.admin_initiate_auth(
                UserPoolId=self._user_pool_id,
                ClientId=self._client_id,
                AuthFlow="ADMIN_USER_PASSWORD_AUTH",
                AuthParameters=shown,
            )
        return _signed_in(answer, username, now)

    def answer(self, challenge: Challenge, text: str, now: datetime) -> Tokens | Challenge:
        """The same after the answer to a challenge."""
        with _refusals(_TOO_LATE):
            answer = self._client.admin_respond_to_auth_challenge(
                UserPoolId=self._user_pool_id,
                ClientId=self._client_id,
                ChallengeName=_CHALLENGE_NAMES[challenge.kind],
                Session=challenge.session,
                ChallengeResponses={"USERNAME": challenge.username, _ANSWERED_WITH[challenge.kind]: text},
            )
        return _signed_in(answer, challenge.username, now)

    def renew(self, tokens: Tokens, now: datetime) -> Tokens:
        """Fresh claims of somebody who has signed in before."""
        with _refusals():
            answer = self._client.admin_initiate_auth(
                UserPoolId=self._user_pool_id,
                ClientId=self._client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens.refresh_token},
            )
        return _tokens(answer["AuthenticationResult"], now, tokens.refresh_token)

    def revoke(self, tokens: Tokens) -> None:
        """Let nobody get fresh claims with these tokens any more."""
        with _refusals():
            self._client.revoke_token(Token=tokens.refresh_token, ClientId=self._client_id)

    def send_code(self, username: str) -> None:
        """Mail a code; a user who does not exist, or has no mail, gets none and is not told apart."""
        try:
            with _refusals():
                self._client.forgot_password(ClientId=self._client_id, Username=username)
        except SignInRefused as error:
            if str(error) != _WRONG:
                raise

    def reset_password(self, username: str, code: str, password: str) -> None:
        """Set a new password with a code that was mailed."""
        with _refusals():
            self._client.confirm_forgot_password(
                ClientId=self._client_id, Username=username, ConfirmationCode=code, Password=password
            )


def _signed_in(answer: Mapping[str, Any], username: str, now: datetime) -> Tokens | Challenge:
    """What Cognito answers to a proof: tokens, or one more question."""
    if "AuthenticationResult" in answer:
        return _tokens(answer["AuthenticationResult"], now)
    for kind, name in _CHALLENGE_NAMES.items():
        if name == answer["ChallengeName"]:
            return Challenge(kind, username, answer["Session"])
    raise SignInRefused("this user has to sign in in a way that the console does not know")


def _tokens(result: Mapping[str, Any], now: datetime, refresh_token: str = "") -> Tokens:
    """The tokens of an answer. They come from Cognito itself, over TLS: no signature has to be checked."""
    payload = result["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Tokens(
        claims={name: claims[name] for name in _KEPT if name in claims},
        fresh_until=now + timedelta(seconds=result["ExpiresIn"]),
        refresh_token=result.get("RefreshToken", refresh_token),
    )


@contextmanager
def _refusals(wrong: str = _WRONG) -> Iterator[None]:
    """Cognito's errors in Botmeter's words; `wrong` is what to say of a proof that proves nothing."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _PASSWORD_RULES:
            raise Refused("password", _PASSWORD_RULES[code]) from error
        if code in _REFUSALS:
            words = _REFUSALS[code]
            raise SignInRefused(wrong if words == _WRONG else words) from error
        raise StoreUnavailable(str(error)) from error
    except ParamValidationError as error:
        # An empty user name or code: what the client's own rules refuse is never sent.
        raise SignInRefused(wrong) from error
    except BotoCoreError as error:
        raise StoreUnavailable(str(error)) from error
