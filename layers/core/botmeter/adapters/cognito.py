"""The members of accounts in a Cognito user pool."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from botmeter.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

ACCOUNT_ATTRIBUTE = "custom:account_id"
# The pool has no such user, or no user can have such a name.
_NOBODY = {"UserNotFoundException", "InvalidParameterException"}


class CognitoDirectory:
    """The users of the pool `user_pool_id`."""

    def __init__(self, client: "CognitoIdentityProviderClient", user_pool_id: str) -> None:
        self._client = client
        self._user_pool_id = user_pool_id

    def account_of(self, user_id: str) -> str | None:
        """The account that an enabled user belongs to; None if there is no such user.

        Raises `StoreUnavailable`.
        """
        try:
            user = self._client.admin_get_user(UserPoolId=self._user_pool_id, Username=user_id)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _NOBODY:
                return None
            raise StoreUnavailable(str(error)) from error
        except BotoCoreError as error:
            raise StoreUnavailable(str(error)) from error
        attributes = {a["Name"]: a.get("Value") for a in user["UserAttributes"]}
        return attributes.get(ACCOUNT_ATTRIBUTE) if user["Enabled"] else None
