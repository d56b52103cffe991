"""A user pool's keys, and tokens that it signs, or somebody else."""

import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

POOL_ID, CLIENT_ID = "eu-central-1_EXAMPLE", "1example23456789"
POOL_URL = f"https://cognito-idp.eu-central-1.amazonaws.com/{POOL_ID}"


@cache
def private_key(kid: str) -> rsa.RSAPrivateKey:
    """The private key of a name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_set(*kids: str) -> dict[str, Any]:
    """The public keys as a pool publishes them."""
    return {"keys": [{**_public(kid), "kid": kid, "use": "sig", "alg": "RS256"} for kid in kids]}


def claims(**others: Any) -> dict[str, Any]:
    """What an ID token of a source says; None for a claim leaves it out."""
    now = int(time.time())
    usual = {
        "sub": "7f0c",
        "iss": POOL_URL,
        "aud": CLIENT_ID,
        "token_use": "id",
        "iat": now,
        "exp": now + 3600,
        "cognito:username": "runtime@acme.example",
        "cognito:groups": ["event_source"],
        "custom:account_id": "acct_acme",
    }
    return {name: value for name, value in {**usual, **others}.items() if value is not None}


def token(said: dict[str, Any], *, signed_by: str = "key-1", kid: str | None = None) -> str:
    """A token that `signed_by` has signed, and that says it was `kid`."""
    return jwt.encode(said, private_key(signed_by), "RS256", {"kid": kid or signed_by})


def _public(kid: str) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(private_key(kid).public_key()))
    return public
