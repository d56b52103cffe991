"""Attributes that PynamoDB lacks: its numbers are floats, its times long texts, its maps untyped."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.constants import MAP, NUMBER

from botmeter.adapters.dynamo.instants import from_us, to_us


class IntegerAttribute(Attribute[int]):
    """A whole number; anything else raises `ValueError`."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        """The number as DynamoDB takes it."""
        return f"{value:d}"

    def deserialize(self, value: str) -> int:
        """The number as DynamoDB gives it."""
        return int(value)


class InstantAttribute(Attribute[datetime]):
    """An aware datetime as microseconds, read as UTC."""

    attr_type = NUMBER

    def serialize(self, value: datetime) -> str:
        """The instant as DynamoDB takes it."""
        return f"{to_us(value):d}"

    def deserialize(self, value: str) -> datetime:
        """The instant as DynamoDB gives it."""
        return from_us(int(value))


class TextsAttribute(Attribute[Mapping[str, str]]):
    """Texts by name."""

    attr_type = MAP

    def serialize(self, value: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The texts as DynamoDB takes them."""
        return {name: {"S": text} for name, text in value.items()}

    def deserialize(self, value: dict[str, dict[str, str]]) -> dict[str, str]:
        """The texts as DynamoDB gives them."""
        return {name: text["S"] for name, text in value.items()}


class TextListsAttribute(Attribute[Mapping[str, Collection[str]]]):
    """Texts by name, several for each; read in the order of the alphabet."""

    attr_type = MAP

    def serialize(self, value: Mapping[str, Collection[str]]) -> dict[str, Any]:
        """The texts as DynamoDB takes them."""
        return {name: {"L": [{"S": text} for text in sorted(texts)]} for name, texts in value.items()}

    def deserialize(self, value: dict[str, Any]) -> dict[str, list[str]]:
        """The texts as DynamoDB gives them."""
        return {name: [text["S"] for text in texts["L"]] for name, texts in value.items()}
