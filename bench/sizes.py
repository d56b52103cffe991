"""What DynamoDB charges for: bytes of items, units of reads and writes, by its published rules."""

import math
from typing import Any

Item = dict[str, dict[str, Any]]

_READ_UNIT_BYTES = 4096
_WRITE_UNIT_BYTES = 1024


def read_units(size: int) -> int:
    """Bytes as units of a consistent read; nothing at all costs one as well."""
    return max(1, math.ceil(size / _READ_UNIT_BYTES))


def write_units(size: int) -> int:
    """Bytes as units of a write outside transactions; to delete nothing costs one as well."""
    return max(1, math.ceil(size / _WRITE_UNIT_BYTES))


def item_size(item: Item) -> int:
    """The bytes of an item: its names and its values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:  # noqa: PLR0911 (a line for each type)
    """The bytes of an attribute's value."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return _number_size(content)
        case "NS":
            return sum(map(_number_size, content))
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "L":
            return 3 + sum(1 + _value_size(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
        case "SS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in content)
        case _:
            return 1


def _number_size(text: str) -> int:
    """The bytes of a whole number: one, and one for two digits, counted from the ones on, and for a minus.

    Pairs of zeros at the end are not counted.
    """
    digits = text.lstrip("-")
    ending = len(digits) - len(digits.rstrip("0"))
    if ending == len(digits):
        return 1
    pairs = (len(digits) + 1) // 2 - ending // 2
    return 1 + pairs + (1 if text.startswith("-") else 0)
