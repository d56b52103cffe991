"""Logins in DynamoDB, and signing in with Cognito."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from botmeter.adapters.cognito_sign_in import CognitoSignIn
from botmeter.adapters.dynamo.logins import DynamoLogins
from botmeter.domain.errors import Refused, SignInRefused, StoreUnavailable
from botmeter.domain.logins import Challenge, ChallengeKind, Login, Tokens, login_key
from tests.fakes.logins import claims_of
from tests.fakes.world import ADMIN
from tests.integration.conftest import BILLING
from tests.integration.stores import Answering, everything

NOW = datetime(2026, 11, 4, 12, 30, 0, 123_457, tzinfo=UTC)
TOKENS = Tokens(claims_of(ADMIN), NOW + timedelta(hours=1), "refresh-1")
LOGIN = Login(login_key("secret"), TOKENS, NOW + timedelta(hours=12))
FIRST, OWN = "First-Password-2026!", "Another-Password-2026!"
WRONG = "the user name or the password is wrong"
NEW_PASSWORD = Challenge(ChallengeKind.NEW_PASSWORD, "anna", "a session that is long enough")

# ----------------------------------------------------------------------------------- DynamoDB


def test_login_comes_back_as_it_was_kept(aws: None) -> None:
    """To the microsecond, with its claims in their types; another key is nobody's."""
    logins = DynamoLogins(boto3.client("dynamodb"), BILLING)
    logins.put(LOGIN)

    assert logins.get(LOGIN.key) == LOGIN
    assert logins.get(login_key("another")) is None


def test_login_is_one_item_that_expires(aws: None) -> None:
    """DynamoDB deletes it by the attribute that the template names, and its partition is its own."""
    DynamoLogins(boto3.client("dynamodb"), BILLING).put(LOGIN)

    (item,) = everything()
    assert item["pk"] == {"S": f"LOGIN#{LOGIN.key}"}
    assert item["expires_at"] == {"N": str(round(LOGIN.ends_at.timestamp()))}


def test_login_is_replaced_while_it_is_there(aws: None) -> None:
    """Fresh claims are kept; those of a login that was forgotten are not."""
    logins = DynamoLogins(boto3.client("dynamodb"), BILLING)
    renewed = replace(LOGIN, tokens=replace(TOKENS, fresh_until=NOW + timedelta(hours=2)))
    logins.put(LOGIN)

    assert logins.replace(renewed)
    assert logins.get(LOGIN.key) == renewed
    logins.delete(LOGIN.key)
    assert not logins.replace(renewed)
    assert everything() == []


def test_login_is_forgotten_once_or_twice(aws: None) -> None:
    """To delete what is not there is nothing wrong."""
    logins = DynamoLogins(boto3.client("dynamodb"), BILLING)
    logins.put(LOGIN)
    for _ in range(2):
        logins.delete(LOGIN.key)

    assert logins.get(LOGIN.key) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda logins: logins.get("k"),
        lambda logins: logins.put(LOGIN),
        lambda logins: logins.replace(LOGIN),
        lambda logins: logins.delete("k"),
    ],
)
def test_table_that_does_not_answer_is_an_error(call: Callable[[DynamoLogins], object]) -> None:
    """A login that cannot be read is not one that does not exist."""
    client: Any = Answering(ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"))
    with pytest.raises(StoreUnavailable):
        call(DynamoLogins(client, BILLING))


# ------------------------------------------------------------------------------------ Cognito


@pytest.fixture
def cognito(aws: None) -> CognitoSignIn:
    """A pool with Anna, who has her own password, and Ben, who was given one for one time."""
    client = boto3.client("cognito-idp")
    schema: Any = [{"Name": "account_id", "AttributeDataType": "String"}]
    pool_id = client.create_user_pool(PoolName="members", Schema=schema)["UserPool"]["Id"]
    made = client.create_user_pool_client(
        UserPoolId=pool_id, ClientName="console", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    client.create_group(UserPoolId=pool_id, GroupName="billing_admin")
    attributes: Any = [{"Name": "custom:account_id", "Value": "acct_acme"}]
    for name in ("anna", "ben"):
        client.admin_create_user(
            UserPoolId=pool_id, Username=name, UserAttributes=attributes, TemporaryPassword=FIRST
        )
        client.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName="billing_admin")
    client.admin_set_user_password(UserPoolId=pool_id, Username="anna", Password=OWN, Permanent=True)
    return CognitoSignIn(client, pool_id, made["UserPoolClient"]["ClientId"])


def signed_in(cognito: CognitoSignIn) -> Tokens:
    found = cognito.sign_in("anna", OWN, NOW)
    assert isinstance(found, Tokens)
    return found


def test_password_gets_the_claims_of_the_id_token(cognito: CognitoSignIn) -> None:
    """Those that the API reads, and no others; they are fresh as long as Cognito says."""
    tokens = signed_in(cognito)

    assert tokens.claims == {
        "cognito:username": "anna",
        "custom:account_id": "acct_acme",
        "cognito:groups": ["billing_admin"],
        "token_use": "id",
    }
    assert tokens.fresh_until == NOW + timedelta(hours=1)
    assert tokens.refresh_token


def test_unknown_user_sounds_like_a_wrong_password(cognito: CognitoSignIn) -> None:
    """Nobody learns who exists."""
    for username, password in (("anna", "wrong"), ("nobody", OWN), ("anna", ""), ("", "")):
        with pytest.raises(SignInRefused, match=f"^{WRONG}$"):
            cognito.sign_in(username, password, NOW)


def test_first_password_has_to_be_changed(cognito: CognitoSignIn) -> None:
    """The challenge says for whom and in which session; its answer signs in, and stays."""
    asked = cognito.sign_in("ben", FIRST, NOW)
    assert isinstance(asked, Challenge)
    assert (asked.kind, asked.username) == (ChallengeKind.NEW_PASSWORD, "ben")

    tokens = cognito.answer(asked, OWN, NOW)
    assert isinstance(tokens, Tokens)
    assert tokens.claims["cognito:username"] == "ben"
    assert isinstance(cognito.sign_in("ben", OWN, NOW), Tokens)


def test_refresh_token_gets_fresh_claims_and_stays(cognito: CognitoSignIn) -> None:
    """Cognito gives no new refresh token with them."""
    before = signed_in(cognito)
    later = NOW + timedelta(hours=2)
    after = cognito.renew(before, later)

    assert after == Tokens(before.claims, later + timedelta(hours=1), before.refresh_token)


def test_user_who_was_signed_out_everywhere_gets_nothing(cognito: CognitoSignIn) -> None:
    """The administrator of the pool has the last word."""
    tokens = signed_in(cognito)
    client = boto3.client("cognito-idp")
    client.admin_user_global_sign_out(UserPoolId=cognito._user_pool_id, Username="anna")
    with pytest.raises(SignInRefused):
        cognito.renew(tokens, NOW)


def test_unknown_user_gets_no_code_and_is_not_told_apart(cognito: CognitoSignIn) -> None:
    """Asking for a code says nothing of who exists."""
    for username in ("anna", "nobody", ""):
        cognito.send_code(username)


@pytest.mark.parametrize(("username", "code"), [("", "123456"), ("anna", "")])
def test_reset_without_name_or_code_is_refused(cognito: CognitoSignIn, username: str, code: str) -> None:
    """What Cognito's client does not even send is the user's mistake, no outage."""
    with pytest.raises(SignInRefused):
        cognito.reset_password(username, code, OWN)


# ------------------------------------------------------------------------- what moto does not say


def answering(*answers: Any) -> tuple[CognitoSignIn, Answering]:
    """The adapter with a client that gives prepared answers."""
    client: Any = Answering(*answers)
    return CognitoSignIn(client, "pool", "app"), client


def refusing(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret details of AWS"}}, "AnyOperation")


CALLS: dict[str, Callable[[CognitoSignIn], object]] = {
    "sign_in": lambda it: it.sign_in("anna", OWN, NOW),
    "answer": lambda it: it.answer(NEW_PASSWORD, OWN, NOW),
    "renew": lambda it: it.renew(TOKENS, NOW),
    "revoke": lambda it: it.revoke(TOKENS),
    "reset_password": lambda it: it.reset_password("anna", "123456", OWN),
    "send_code": lambda it: it.send_code("anna"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "error", [refusing("InternalErrorException"), EndpointConnectionError(endpoint_url="https://localhost")]
)
def test_pool_that_does_not_answer_is_no_refusal(call: str, error: Exception) -> None:
    """Nobody is signed out for it."""
    with pytest.raises(StoreUnavailable):
        CALLS[call](answering(error)[0])


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", ["LimitExceededException", "TooManyRequestsException"])
def test_too_many_attempts_are_told(call: str, code: str) -> None:
    """Whatever was attempted."""
    with pytest.raises(SignInRefused, match="too many attempts"):
        CALLS[call](answering(refusing(code))[0])


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("NotAuthorizedException", WRONG),
        ("UserNotFoundException", WRONG),
        ("UserNotConfirmedException", WRONG),
        ("InvalidParameterException", WRONG),
        ("PasswordResetRequiredException", "has to be reset"),
        ("CodeMismatchException", "the code is wrong"),
        ("ExpiredCodeException", "has expired"),
        ("TooManyFailedAttemptsException", "too many attempts"),
    ],
)
def test_refusals_are_in_words_without_details(code: str, says: str) -> None:
    """What AWS says itself reaches nobody."""
    with pytest.raises(SignInRefused, match=says) as refused:
        CALLS["reset_password"](answering(refusing(code))[0])

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("call", ["answer", "reset_password"])
def test_password_that_is_too_simple_breaks_a_rule(call: str) -> None:
    """The rule is named, and the field."""
    with pytest.raises(Refused, match=r"^password: must have 14 characters"):
        CALLS[call](answering(refusing("InvalidPasswordException"))[0])


@pytest.mark.parametrize(
    "code", ["UserNotFoundException", "InvalidParameterException", "NotAuthorizedException"]
)
def test_code_that_cannot_be_sent_sounds_like_one_that_was(code: str) -> None:
    """A user who does not exist, has no mail, or has not signed in yet."""
    CALLS["send_code"](answering(refusing(code))[0])


def test_code_of_an_authenticator_is_asked_and_answered() -> None:
    """The second factor goes the way of the new password, under its own name."""
    asked = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s", "ChallengeParameters": {}}
    cognito, client = answering(asked, asked)
    challenge = cognito.sign_in("anna", OWN, NOW)

    assert challenge == Challenge(ChallengeKind.CODE, "anna", "s")
    assert cognito.answer(challenge, "123456", NOW) == challenge
    sent = client.calls[1][1]
    assert sent["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert sent["ChallengeResponses"] == {"USERNAME": "anna", "SOFTWARE_TOKEN_MFA_CODE": "123456"}


def test_way_of_signing_in_without_a_page_is_refused() -> None:
    """The console says so instead of failing."""
    with pytest.raises(SignInRefused, match="does not know"):
        CALLS["sign_in"](answering({"ChallengeName": "SMS_MFA", "Session": "s"})[0])


def test_only_the_refresh_token_is_revoked() -> None:
    """With it go all that it has got; of what moto does not do, the request is what counts."""
    cognito, client = answering({})
    cognito.revoke(TOKENS)

    assert client.calls == [("revoke_token", {"Token": "refresh-1", "ClientId": "app"})]
