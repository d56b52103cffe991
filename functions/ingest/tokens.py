"""ID tokens of the user pool: who signed them, for whom, and until when they count."""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt import PyJWKClient, PyJWKClientConnectionError, PyJWTError

from botmeter.domain.errors import StoreUnavailable

# Cognito signs with no other; above all, a token does not choose how it is checked.
_ALGORITHMS = ["RS256"]
_ID_TOKEN = "id"  # noqa: S105 (a kind of token, not one)
_REQUIRED = ["exp", "iat", "iss", "aud", "token_use"]
_CLOCKS_DIFFER_S = 10
# Cognito hardly ever changes its keys; one that is unknown is looked for at once.
_KEYS_FOR_S = 3600
_TIMEOUT_S = 5


class CognitoTokens:
    """Reads ID tokens of the pool `pool_id` for the app client `client_id`.

    `pool_url` is where the pool publishes its keys.
    """

    def __init__(self, pool_url: str, pool_id: str, client_id: str) -> None:
        self._keys = PyJWKClient(
            f"{pool_url}/.well-known/jwks.json", lifespan=_KEYS_FOR_S, timeout=_TIMEOUT_S
        )
        region = pool_id.partition("_")[0]
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"
        self._client_id = client_id

    def __call__(self, token: str) -> Mapping[str, Any] | None:
        """The claims of an ID token, None if it is none that counts now.

        Raises `StoreUnavailable` while the keys cannot be read.
        """
        try:
            claims = self._verified(token)
        except PyJWKClientConnectionError as error:
            raise StoreUnavailable(str(error)) from error
        except (PyJWTError, RecursionError):
            # The latter for a header of thousands of brackets.
            return None
        return claims if claims["token_use"] == _ID_TOKEN else None

    def _verified(self, token: str) -> dict[str, Any]:
        """The claims of a token that the pool has signed for the app client, and that has not expired."""
        kid = jwt.get_unverified_header(token).get("kid", "")
        claims: dict[str, Any] = jwt.decode(
            token,
            self._keys.get_signing_key(kid),
            algorithms=_ALGORITHMS,
            audience=self._client_id,
            issuer=self._issuer,
            leeway=_CLOCKS_DIFFER_S,
            options={"require": _REQUIRED},
        )
        return claims
