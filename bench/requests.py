"""The requests to DynamoDB that are made in this process: their units, and themselves, to make them again."""

import copy
import threading
from collections.abc import Iterable
from typing import Any, NamedTuple

import botocore.handlers
from botocore import xform_name

from bench.sizes import item_size, read_units

_READS = {"GetItem", "Query", "BatchGetItem", "TransactGetItems"}
_MARK = "bench_request"

Request = tuple[str, dict[str, Any]]


class Taken(NamedTuple):
    """Units, and how many calls took them."""

    write: float = 0.0
    read: float = 0.0
    calls: int = 0

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
        # Handlers have several requests in flight.
        self._lock = threading.Lock()
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
        if model.name in _READS:
            write, read = 0.0, _read_units(model.name, context[_MARK], parsed)
        else:
            consumed = parsed.get("ConsumedCapacity", [])
            each = consumed if isinstance(consumed, list) else [consumed]
            write, read = sum(one["CapacityUnits"] for one in each), 0.0
        with self._lock:
            self.write += write
            self.read += read
            self.calls += 1


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
        return sum(2 * read_units(item_size(answer.get("Item", {}))) for answer in parsed["Responses"])
    if operation == "BatchGetItem":
        # All of Botmeter's are consistent. A key that nothing has costs a unit as well.
        found = [read_units(item_size(item)) for items in parsed["Responses"].values() for item in items]
        return sum(found) + sum(len(of["Keys"]) for of in params["RequestItems"].values()) - len(found)
    items = parsed["Items"] if operation == "Query" else [parsed.get("Item", {})]
    return read_units(sum(map(item_size, items))) * (1 if params.get("ConsistentRead") else 0.5)
