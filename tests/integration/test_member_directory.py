"""The member directory: whose account a user is of, as the user pool knows it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from botmeter.adapters.cognito import CognitoDirectory
from botmeter.domain.errors import StoreUnavailable
from tests.integration.conftest import REGION
from tests.integration.stores import Answering


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A user pool with a member, a disabled one, and a user without an account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("cognito-idp")
        schema: Any = [{"Name": "account_id", "AttributeDataType": "String"}]
        pool_id = client.create_user_pool(PoolName="members", Schema=schema)["UserPool"]["Id"]
        account: Any = [{"Name": "custom:account_id", "Value": "acct_acme"}]
        for name, attributes in (("member", account), ("former", account), ("visitor", [])):
            client.admin_create_user(UserPoolId=pool_id, Username=name, UserAttributes=attributes)
        client.admin_disable_user(UserPoolId=pool_id, Username="former")
        yield pool_id


@pytest.mark.parametrize(
    ("user_id", "account_id"),
    [("member", "acct_acme"), ("former", None), ("visitor", None), ("nobody", None)],
)
def test_account_is_that_of_an_enabled_user(pool: str, user_id: str, account_id: str | None) -> None:
    """Who left, who has no account and who does not exist cannot become an owner."""
    directory = CognitoDirectory(boto3.client("cognito-idp"), pool)

    assert directory.account_of(user_id) == account_id


def failing(error: Exception) -> CognitoDirectory:
    client: Any = Answering(error)
    return CognitoDirectory(client, "pool")


def test_name_that_no_user_can_have_is_nobodys() -> None:
    """Cognito refuses some names before it looks for them."""
    error = ClientError({"Error": {"Code": "InvalidParameterException"}}, "AdminGetUser")

    assert failing(error).account_of("a b") is None


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "AdminGetUser"),
        EndpointConnectionError(endpoint_url="https://localhost"),
    ],
)
def test_pool_that_does_not_answer_is_an_error(error: Exception) -> None:
    """Not to know is not the same as nobody."""
    with pytest.raises(StoreUnavailable):
        failing(error).account_of("member")
