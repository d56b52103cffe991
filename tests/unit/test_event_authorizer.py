"""The authorizer of event sources: keys and tokens that count, and all that does not."""

import hashlib
import hmac
import io
import json
import time
import urllib.request
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

import ingest.authorizer
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.event_sources import SourceIdentity, key_hash
from botmeter.services.authenticate_source import AuthenticateSource
from tests.fakes.context import FakeContext
from tests.fakes.event_sources import FakePublication
from tests.fakes.tokens import CLIENT_ID, POOL_ID, POOL_URL, claims, key_set, private_key, token

METHOD_ARN = "arn:aws:execute-api:eu-central-1:123456789012:1234567890/v1/POST/events"
KEY = "bmk_n0T-aKeY_n0T-aKeY_n0T-aKeY_n0T-aKeY_"
SOURCE = SourceIdentity("acct_acme", "src-1")
OLD = int(time.time()) - 7200


class Pool:
    """What the pool answers when it is asked for its keys, and how often it was."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | Exception = key_set("key-1")
        self.asked: list[str] = []

    def open(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        """What an opener of `urllib` does."""
        assert timeout < 20
        self.asked.append(request.full_url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return io.BytesIO(json.dumps(self.answer).encode())


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    pool = Pool()
    monkeypatch.setattr(urllib.request, "build_opener", lambda *_: pool)
    return pool


@pytest.fixture
def published(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> FakePublication:
    """One source with a key, behind the handler."""
    published = FakePublication({key_hash(KEY): SOURCE})
    services = SimpleNamespace(
        authenticate_source=lambda read_token: AuthenticateSource(published, read_token),
        settings=SimpleNamespace(user_pool_id=POOL_ID, user_pool_client_id=CLIENT_ID),
        user_pool_url=POOL_URL,
    )
    monkeypatch.setattr(ingest.authorizer, "wiring", lambda: services)
    ingest.authorizer._tokens.cache_clear()
    return published


def ask(authorization: str | None, name: str = "Authorization") -> dict[str, Any]:
    """The authorizer's answer about a header."""
    headers = {"Content-Type": "application/json"} | ({name: authorization} if authorization else {})
    event = {"type": "REQUEST", "methodArn": METHOD_ARN, "headers": headers}
    answer: dict[str, Any] = ingest.authorizer.handler(event, FakeContext())  # type: ignore[arg-type]
    return answer


def effect(authorization: str | None) -> str:
    """Whether a header is let through: `Allow` or `Deny`."""
    (statement,) = ask(authorization)["policyDocument"]["Statement"]
    assert statement["Resource"] == METHOD_ARN
    return str(statement["Effect"])


@pytest.mark.usefixtures("published")
def test_known_key_opens_this_method_for_its_account() -> None:
    """The policy names the method alone, the context account and source."""
    assert ask(f"Bearer {KEY}") == {
        "principalId": "src-1",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": METHOD_ARN}],
        },
        "context": {"account_id": "acct_acme", "source_id": "src-1"},
    }


@pytest.mark.usefixtures("published")
def test_token_of_a_source_opens_the_method_for_its_account() -> None:
    """A user in the group of sources sends under its own name."""
    answer = ask(f"Bearer {token(claims())}")

    assert answer["context"] == {"account_id": "acct_acme", "source_id": "runtime@acme.example"}
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", f"Bearer {KEY}"),
        ("AUTHORIZATION", f"bearer  {KEY} "),
        ("Authorization", f"BEARER {KEY}"),
    ],
)
def test_names_of_header_and_scheme_have_no_case(name: str, value: str) -> None:
    """As HTTP has it."""
    assert ask(value, name)["principalId"] == "src-1"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Bearer",
        "Bearer ",
        KEY,
        f"Basic {KEY}",
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        f"Bearer {key_hash(KEY)}",
        "Bearer bmk_",
        f"Bearer {KEY.upper()}",
        "Bearer é.é.é",
        "Bearer a.b.c",
        f"Bearer {'[' * 5000}",
    ],
)
def test_anything_else_is_denied(authorization: str | None) -> None:
    """A refusal is an answer, which API Gateway remembers, and no error of the function."""
    assert effect(authorization) == "Deny"


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "said",
    [
        {"exp": OLD, "iat": OLD - 3600},
        {"exp": None},
        {"iat": None},
        {"iat": OLD + 14_400},
        {"aud": "another client"},
        {"aud": None},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_OTHER"},
        {"iss": None},
        {"token_use": "access"},
        {"token_use": None},
        {"cognito:groups": ["billing_admin", "viewer"]},
        {"cognito:groups": "event_source"},
        {"cognito:groups": None},
        {"custom:account_id": None},
        {"custom:account_id": ""},
        {"custom:account_id": "acct/other"},
        {"custom:account_id": ["acct_acme"]},
        {"cognito:username": None},
    ],
    ids=" and ".join,
)
def test_token_that_says_something_else_is_denied(said: dict[str, Any]) -> None:
    """Expired, of the future, for another client, of another pool, of another kind, or of no source."""
    assert effect(f"Bearer {token(claims(**said))}") == "Deny"


@pytest.mark.usefixtures("published")
def test_forged_tokens_are_denied() -> None:
    """Signed by somebody else, by nobody, or with the public key as if it were a shared secret."""
    head, body, signature = token(claims()).split(".")
    other_body = token(claims(**{"custom:account_id": "acct_other"})).split(".")[1]
    forged = [
        token(claims(), signed_by="thief", kid="key-1"),
        token(claims(), signed_by="thief"),
        jwt.encode(claims(), "", "none", {"kid": "key-1"}),
        signed_with_the_public_key(claims()),
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
    ]

    assert [effect(f"Bearer {text}") for text in forged] == ["Deny"] * len(forged)


def signed_with_the_public_key(said: dict[str, Any]) -> str:
    """A token of HS256, whose secret is what everybody can read."""
    public = private_key("key-1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [{"alg": "HS256", "kid": "key-1", "typ": "JWT"}, said]
    signed = ".".join(base64url_encode(json.dumps(part).encode()).decode() for part in parts)
    signature = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64url_encode(signature).decode()}"


def test_other_algorithms_are_denied_whatever_the_signature(published: FakePublication) -> None:
    """The key says RS256: the same key with another hash is no token of Cognito's."""
    text = jwt.encode(claims(), private_key("key-1"), "RS512", {"kid": "key-1"})

    assert published.sources
    assert effect(f"Bearer {text}") == "Deny"


@pytest.mark.usefixtures("published")
def test_keys_of_the_pool_are_read_once(pool: Pool) -> None:
    """A token with a key that is unknown does not have them read each time."""
    for text in [token(claims()), token(claims()), *(token(claims(), kid=f"made-up-{n}") for n in range(5))]:
        effect(f"Bearer {text}")

    assert pool.asked == [f"{POOL_URL}/.well-known/jwks.json"]


@pytest.mark.usefixtures("published")
def test_nobody_is_denied_while_keys_cannot_be_read(pool: Pool) -> None:
    """The source is told to try again (500), and API Gateway remembers nothing."""
    pool.answer = URLError("timed out")
    with pytest.raises(StoreUnavailable):
        ask(f"Bearer {token(claims())}")

    pool.answer = key_set("key-1")
    assert effect(f"Bearer {token(claims())}") == "Allow"


def test_nobody_is_denied_while_sources_cannot_be_read(published: FakePublication) -> None:
    """The same for keys."""
    published.is_down = True
    with pytest.raises(StoreUnavailable):
        ask(f"Bearer {KEY}")
