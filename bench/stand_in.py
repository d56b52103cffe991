"""A stand-in for DynamoDB and S3 within this process: clients do all of their work but for the connection.

It takes the requests that ingest and the meter make, and answers with the units that they take by DynamoDB's
published rules. `checked` compares that with the emulator, in the same run.
"""

import io
import json
import random
import threading
import time
from collections import defaultdict
from dataclasses import replace
from itertools import accumulate, count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import botocore.handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from bench.expressions import Given, condition, updated
from bench.sizes import Item, item_size
from bench.stand_in_tables import copy_of, place_of
from botmeter.adapters.s3.registry import REGISTRY_KEY
from botmeter_local import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGE_BYTES = 1_000_000
_PARAMS = "bench_stand_in"
_numbers = count()

Params = dict[str, Any]


_THROTTLED: dict[str, Any] = {
    "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException",
    "message": "slower",
}


class _Refused(Exception):
    """An error of the service: its code, and what belongs to it."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.answer = {"Error": {"Code": code, "Message": code}, **details}


class StandIn:
    """The tables of a stack as they are when this is made, and its registry of bots.

    `stack` is what clients are to be made for, `seconds` the processor time of the stand-in's own work.
    Objects that are put to S3 are counted, not kept. If `throttles` is not 0, so large a part of DynamoDB's
    answers is that it is asked too much; `throttled` counts them.
    """

    def __init__(self, stack: Stack) -> None:
        self.seconds = 0.0
        self.throttles = 0.0
        self.throttled = 0
        self._chance = random.Random(1)
        self._objects = 0
        self._object_bytes = 0
        self._host = f"stand-in-{next(_numbers)}.invalid"
        self.stack = replace(stack, endpoint_url=f"http://{self._host}")
        self._lock = threading.Lock()
        names = (stack.outputs["UsageTableName"], stack.outputs["BillingTableName"])
        self._tables = {name: copy_of(stack.client("dynamodb"), name) for name in names}
        self._files = {REGISTRY_KEY: _registry(stack)}
        self._answers: dict[str, Callable[[Params], Params]] = {
            "UpdateItem": self._update_item,
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "TransactGetItems": self._transact_get_items,
            "TransactWriteItems": self._transact_write_items,
            "Query": self._query,
            "PutObject": self._put_object,
            "GetObject": self._get_object,
        }
        for service in ("dynamodb", "s3"):
            botocore.handlers.BUILTIN_HANDLERS.append((f"provide-client-params.{service}", self._ask))
            botocore.handlers.BUILTIN_HANDLERS.append((f"before-call.{service}", self._answer))
        botocore.handlers.BUILTIN_HANDLERS.append(("before-send.dynamodb", self._answer_sent))

    def add_accounts(self, bots: dict[str, int]) -> None:
        """Let ingest know more bots: idle timeouts (ms) by `account/bot`."""
        registry = json.loads(self._files[REGISTRY_KEY])
        registry["idle_timeouts_ms"] |= bots
        self._files[REGISTRY_KEY] = json.dumps(registry).encode()

    def forget(self, *prefixes: str, due_too: bool = False) -> tuple[int, int]:
        """Drop items whose partition keys begin so, and are not due; returns how many, and their bytes."""
        dropped = []
        for table in self._tables.values():
            of_these = [place for place in table.items if place[0].startswith(prefixes)]
            due = {place[0] for place in of_these if "due_at" in table.items[place][0] and not due_too}
            for place in (place for place in of_these if place[0] not in due):
                item, size = table.items.pop(place)
                for index in table.indexes.values():
                    index.replace(place, item, {})
                dropped.append(size)
        return len(dropped), sum(dropped)

    def take_objects(self) -> tuple[int, int]:
        """How many objects were put since the last call, and their bytes."""
        taken = self._objects, self._object_bytes
        self._objects, self._object_bytes = 0, 0
        return taken

    def _ask(self, params: Params, context: Params, **_: Any) -> None:
        context[_PARAMS] = params

    def _answer(self, params: Params, model: Any, context: Params, **_: Any) -> Any:
        """The answer to a request for the stand-in; None sends the others on.

        What may be throttled is sent on as well: only what is sent is tried again.
        """
        if self._host not in params["url"] or (
            self.throttles and "dynamodb" in model.service_model.service_name
        ):
            return None
        status, answer = self._answered(model.name, context[_PARAMS])
        answer["ResponseMetadata"] = {"HTTPStatusCode": status}
        return SimpleNamespace(status_code=status), answer

    def _answer_sent(self, request: Any, **_: Any) -> Any:
        """The answer to a request that was sent, as it would come over the network."""
        if self._host not in request.url:
            return None
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        if self._chance.random() < self.throttles:
            self.throttled += 1
            status, answer = 400, _THROTTLED
        else:
            status, answer = self._answered(operation, json.loads(request.body))
            if "Error" in answer:
                answer |= {"__type": answer["Error"]["Code"], "message": answer["Error"]["Code"]}
        body = json.dumps(answer).encode()
        raw = SimpleNamespace(stream=lambda *_a, **_k: iter([body]), read=lambda *_a: body)
        return AWSResponse(request.url, status, HTTPHeaders(), raw)

    def _answered(self, operation: str, params: Params) -> tuple[int, Params]:
        """Status and answer; the time that it takes is noted."""
        with self._lock:
            began = time.thread_time()
            try:
                status, answer = 200, self._answers[operation](params)
            except _Refused as error:
                status, answer = 400, error.answer
            self.seconds += time.thread_time() - began
        return status, answer

    def _update_item(self, params: Params) -> Params:
        if not self._holds(params):
            raise _Refused("ConditionalCheckFailedException")
        of_table, of_indexes = self._write(params)
        return {"ConsumedCapacity": _consumed(params["TableName"], of_table + of_indexes)}

    def _transact_write_items(self, params: Params) -> Params:
        actions = [(verb, action) for one in params["TransactItems"] for verb, action in one.items()]
        assert all(verb in {"Put", "Update"} for verb, _ in actions)
        held = [self._holds(action) for _, action in actions]
        if not all(held):
            reasons = [{"Code": "None" if ok else "ConditionalCheckFailed"} for ok in held]
            raise _Refused("TransactionCanceledException", CancellationReasons=reasons)
        units: dict[str, int] = defaultdict(int)
        for _, action in actions:
            of_table, of_indexes = self._write(action)
            # Indexes follow later, and so at the price of a plain write.
            units[action["TableName"]] += 2 * of_table + of_indexes
        return {"ConsumedCapacity": [_consumed(name, taken) for name, taken in units.items()]}

    def _holds(self, action: Params) -> bool:
        """Whether the condition of a write holds."""
        if "ConditionExpression" not in action:
            return True
        item = self._tables[action["TableName"]].item(place_of(action.get("Key") or action["Item"]))
        return condition(action["ConditionExpression"])(_given(item, action))

    def _write(self, action: Params) -> tuple[int, int]:
        """Write; returns the units of table and indexes."""
        table = self._tables[action["TableName"]]
        if "Item" in action:
            return table.put(place_of(action["Item"]), action["Item"])
        place = place_of(action["Key"])
        given = _given(table.item(place) or action["Key"], action)
        return table.put(place, updated(given.item, action["UpdateExpression"], given.names, given.values))

    def _get_item(self, params: Params) -> Params:
        item = self._tables[params["TableName"]].item(place_of(params["Key"]))
        return {"Item": dict(item)} if item else {}

    def _batch_get_item(self, params: Params) -> Params:
        found = {
            name: [item for key in of["Keys"] if (item := self._tables[name].item(place_of(key)))]
            for name, of in params["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _transact_get_items(self, params: Params) -> Params:
        return {"Responses": [self._get_item(one["Get"]) for one in params["TransactItems"]]}

    def _query(self, params: Params) -> Params:
        """What an index has, in order, a page at a time."""
        index = self._tables[params["TableName"]].indexes[params["IndexName"]]
        values = params["ExpressionAttributeValues"]
        holds = condition(params["KeyConditionExpression"])
        # The first attribute's value is the first one that is given.
        entries = index.entries[next(iter(values.values()))["S"]].values()
        found = [entry for entry in entries if holds(Given(entry, {}, values))]
        return _page(found, index.attributes[1], params.get("ExclusiveStartKey"))

    def _put_object(self, params: Params) -> Params:
        self._objects += 1
        self._object_bytes += params["Body"].getbuffer().nbytes
        return {"ETag": '"-"'}

    def _get_object(self, params: Params) -> Params:
        if params["Key"] not in self._files:
            raise _Refused("NoSuchKey")
        return {"Body": io.BytesIO(self._files[params["Key"]]), "ETag": '"-"'}


def _page(found: list[Item], order: str, after: Item | None) -> Params:
    """The entries behind `after`, by the number `order`, as many as a page has."""

    def place(entry: Item) -> tuple[int, str]:
        return int(entry[order]["N"]), entry["pk"]["S"]

    found = sorted((e for e in found if after is None or place(e) > place(after)), key=place)
    sizes = accumulate(map(item_size, found))
    page = [entry for entry, size in zip(found, sizes, strict=True) if size <= _PAGE_BYTES]
    more = {"LastEvaluatedKey": page[-1]} if len(page) < len(found) else {}
    return {"Items": page, "Count": len(page), **more}


def _registry(stack: Stack) -> bytes:
    """The registry of bots in the bucket of a stack."""
    bucket = stack.outputs["OperationsBucketName"]
    content: bytes = stack.client("s3").get_object(Bucket=bucket, Key=REGISTRY_KEY)["Body"].read()
    return content


def _given(item: Item, action: Params) -> Given:
    """An item, and what the expressions of an action name."""
    return Given(
        item, action.get("ExpressionAttributeNames", {}), action.get("ExpressionAttributeValues", {})
    )


def _consumed(table: str, units: int) -> Params:
    """Units as DynamoDB reports them."""
    return {"TableName": table, "CapacityUnits": float(units)}
