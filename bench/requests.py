"""The requests to DynamoDB that are made in this process: their units, and themselves, to make them again."""

import copy
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import botocore.handlers
from botocore import xform_name

_READS = {"GetItem", "Query", "BatchGetItem", "TransactGetItems"}
_READ_UNIT_BYTES = 4096
_MARK = "bench_request"

Request = tuple[str, dict[str, Any]]


class Taken(NamedTuple):
    """Units, and how many calls took them."""

    write: float
    read: float
    calls: int

    def plus(self, other: "Taken") -> "Taken":
        """Both together."""
        return Taken(self.write + other.write, self.read + other.read, self.calls + other.calls)


class Requests:
    """What all clients that are made from now on ask of DynamoDB.

    `write` are the units that DynamoDB reports, tables and indexes. `read` are reckoned from what was read,
    as DynamoDB does: the emulator reports one unit for each call, however much it reads.
    """

    def __init__(self) -> None:
        self.write = 0.0
        self.read = 0.0
        self.calls = 0
        self.kept: list[Request] | None = None
        botocore.handlers.BUILTIN_HANDLERS.append(("provide-client-params.dynamodb", self._ask))
        botocore.handlers.BUILTIN_HANDLERS.append(("after-call.dynamodb", self._count))

    def take(self) -> Taken:
        """What was taken since the last call."""
        taken = Taken(self.write, self.read, self.calls)
        self.write, self.read, self.calls = 0.0, 0.0, 0
        return taken

    def _ask(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> dict[str, Any]:
        if self.kept is not None:
            self.kept.append((model.name, copy.deepcopy(params)))
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "INDEXES"
        context[_MARK] = params
        return params

    def _count(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        self.calls += 1
        if model.name in _READS:
            self.read += _read_units(model.name, context[_MARK], parsed)
        else:
            consumed = parsed.get("ConsumedCapacity", [])
            self.write += sum(
                c["CapacityUnits"] for c in (consumed if isinstance(consumed, list) else [consumed])
            )


def send(client: Any, requests: Iterable[Request], tables: dict[str, str]) -> None:
    """Make requests again, to other tables: `tables` gives each table's name another one."""
    for operation, params in requests:
        getattr(client, xform_name(operation))(**_renamed(params, tables))


def _renamed(value: Any, tables: dict[str, str]) -> Any:
    """`value` with other tables in it."""
    if isinstance(value, dict):
        return {
            name: tables[one] if name == "TableName" else _renamed(one, tables) for name, one in value.items()
        }
    return [_renamed(one, tables) for one in value] if isinstance(value, list) else value


def _read_units(operation: str, params: dict[str, Any], parsed: dict[str, Any]) -> float:
    """What a read costs: 4 KB are a unit, half of one if it is not consistent, two in a transaction."""
    if operation == "TransactGetItems":
        return sum(2 * _units(_size(answer.get("Item", {}))) for answer in parsed["Responses"])
    if operation == "BatchGetItem":
        # All of Botmeter's are consistent. A key that nothing has costs a unit as well.
        found = [_units(_size(item)) for items in parsed["Responses"].values() for item in items]
        return sum(found) + sum(len(of["Keys"]) for of in params["RequestItems"].values()) - len(found)
    items = parsed["Items"] if operation == "Query" else [parsed.get("Item", {})]
    return _units(sum(map(_size, items))) * (1 if params.get("ConsistentRead") else 0.5)


def _units(size: int) -> int:
    """Bytes as read units; nothing at all costs one as well."""
    return max(1, math.ceil(size / _READ_UNIT_BYTES))


def _size(item: dict[str, dict[str, Any]]) -> int:
    """The bytes of an item, as DynamoDB's documentation reckons them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    """The bytes of an attribute's value."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "B":
            return len(content.encode() if isinstance(content, str) else content)
        case "N":
            return _number_size(content)
        case "L":
            return 3 + sum(1 + _value_size(one) for one in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in content)
        case _:
            return 1


def _number_size(text: str) -> int:
    """The bytes of a number: one for two digits, and one."""
    return 1 + math.ceil(len(text.lstrip("-").strip("0.")) / 2)
