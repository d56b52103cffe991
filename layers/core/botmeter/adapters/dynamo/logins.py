"""Logins to the console in the billing table, which forgets them by itself when they are over."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from botmeter.adapters.dynamo.errors import error_code, store_errors
from botmeter.adapters.dynamo.instants import from_us, to_us
from botmeter.adapters.dynamo.items import Item
from botmeter.adapters.dynamo.keys import LOGIN, Key, key, name_in
from botmeter.domain.logins import Login, Tokens

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STILL_SIGNED_IN = "attribute_exists(pk)"


class DynamoLogins:
    """Logins in `table`, one item each."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    @store_errors()
    def put(self, login: Login) -> None:
        """Add a login."""
        self._client.put_item(TableName=self._table, Item=_to_item(login))

    @store_errors()
    def replace(self, login: Login) -> bool:
        """Keep a login anew, unless it was forgotten meanwhile."""
        try:
            self._client.put_item(
                TableName=self._table, Item=_to_item(login), ConditionExpression=STILL_SIGNED_IN
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    @store_errors()
    def get(self, key: str) -> Login | None:
        """The login of a key, read consistently: who has signed out is out."""
        answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        return _to_login(answer["Item"]) if "Item" in answer else None

    @store_errors()
    def delete(self, key: str) -> None:
        """Forget a login."""
        self._client.delete_item(TableName=self._table, Key=_key(key))


def _key(name: str) -> Key:
    return key(f"{LOGIN}#{name}", LOGIN)


def _to_item(login: Login) -> Item:
    """A login as it is stored."""
    tokens = login.tokens
    return {
        **_key(login.key),
        "claims": {"S": json.dumps(dict(tokens.claims))},
        "fresh_until": {"N": str(to_us(tokens.fresh_until))},
        "refresh_token": {"S": tokens.refresh_token},
        "ends_at": {"N": str(to_us(login.ends_at))},
        "expires_at": {"N": str(round(login.ends_at.timestamp()))},
    }


def _to_login(item: Item) -> Login:
    """A stored login."""
    tokens = Tokens(
        claims=json.loads(item["claims"]["S"]),
        fresh_until=from_us(int(item["fresh_until"]["N"])),
        refresh_token=item["refresh_token"]["S"],
    )
    return Login(name_in(item["pk"]["S"]), tokens, from_us(int(item["ends_at"]["N"])))
