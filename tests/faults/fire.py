"""Faults at the calls of AWS: what botocore would raise, or does, when things go wrong."""

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from tests.faults.script import Fault

Call = Callable[[], Any]
_ENDPOINT = "https://aws.example"
_AGAIN = {"UpdateItem", "PutObject"}
_IN_TRANSACTIONS = {"TransactWriteItems", "TransactGetItems", "UpdateItem"}
# Where it matters that somebody else writes in between.
_CONTESTED = {
    Fault.RIVAL_BEFORE: {"TransactGetItems", "TransactWriteItems"},
    Fault.RIVAL_AFTER: {"BatchGetItem", "TransactWriteItems", "UpdateItem", "PutObject"},
}


class Died(BaseException):
    """The process is gone: nothing in it can catch this."""


class Fire:
    """Lets calls meet faults, in the order in which they are planned, as long as it burns.

    `let_rival_work` is what another process does meanwhile.
    """

    def __init__(self, planned: Iterable[tuple[int, Fault]], let_rival_work: Callable[[], None]) -> None:
        self._planned = sorted(planned)
        self._let_rival_work = let_rival_work
        self._waiting: list[Fault] = []
        self._earlier: dict[str, Any] = {}
        self._calls = 0
        self._rival_at_work = False
        self.burns = True
        self.met: Counter[Fault] = Counter()

    def call(self, operation: str, parameters: Any, perform: Call) -> Any:
        """A call, with what goes wrong."""
        if not self.burns:
            return perform()
        fault = self._next_fault(operation, parameters)
        if fault is None:
            return self._remembered(operation, parameters, perform())
        self.met[fault] += 1
        return self._meet(fault, operation, parameters, perform)

    def expect(self, fault: Fault) -> None:
        """Let a fault be the next."""
        self._waiting.insert(0, fault)

    def _next_fault(self, operation: str, parameters: Any) -> Fault | None:
        """The fault that has waited longest of those that can happen to this call."""
        while self._planned and self._planned[0][0] <= self._calls:
            self._waiting.append(self._planned.pop(0)[1])
        self._calls += 1
        for fault in self._waiting:
            if self._can_happen(fault, operation, parameters):
                self._waiting.remove(fault)
                return fault
        return None

    def _can_happen(self, fault: Fault, operation: str, parameters: Any) -> bool:
        if fault in _CONTESTED:
            return operation in _CONTESTED[fault] and not self._rival_at_work
        if fault is Fault.REPEATED:
            return operation in _AGAIN
        if fault is Fault.CONFLICT:
            return operation in _IN_TRANSACTIONS
        if fault is Fault.UNPROCESSED:
            return operation == "BatchGetItem"
        if fault is Fault.STALE:
            return _index_key(operation, parameters) in self._earlier
        return True

    def _meet(self, fault: Fault, operation: str, parameters: Any, perform: Call) -> Any:
        if fault in {Fault.THROTTLED, Fault.UNREACHABLE, Fault.CONFLICT, Fault.DIED_BEFORE}:
            raise _error(fault, operation, parameters)
        if fault is Fault.RIVAL_BEFORE:
            self._rival()
        if fault is Fault.STALE:
            return copy.deepcopy(self._earlier[_index_key(operation, parameters)])
        answer = self._remembered(operation, parameters, perform())
        if fault is Fault.RIVAL_AFTER:
            self._rival()
        if fault in {Fault.LOST_ANSWER, Fault.DIED_AFTER}:
            raise _error(fault, operation, parameters)
        if fault is Fault.REPEATED:
            return perform()
        return _without_some(answer, parameters) if fault is Fault.UNPROCESSED else answer

    def _remembered(self, operation: str, parameters: Any, answer: Any) -> Any:
        """An answer; those of an index are what it may say again a little later."""
        key = _index_key(operation, parameters)
        if key:
            self._earlier[key] = copy.deepcopy(answer)
        return answer

    def _rival(self) -> None:
        """Another process works; what it meets does not concern this one."""
        self._rival_at_work = True
        try:
            self._let_rival_work()
        finally:
            self._rival_at_work = False


def _index_key(operation: str, parameters: Any) -> str:
    """What a query of an index asks; empty for anything else."""
    if operation != "Query" or "IndexName" not in parameters or "ExclusiveStartKey" in parameters:
        return ""
    return str(parameters["ExpressionAttributeValues"][":shard"])


def _error(fault: Fault, operation: str, parameters: Any) -> BaseException:
    """What is raised for a fault."""
    if fault is Fault.THROTTLED:
        of_s3 = operation in {"PutObject", "GetObject"}
        return _client_error("SlowDown" if of_s3 else "ThrottlingException", operation, 503 if of_s3 else 400)
    if fault is Fault.UNREACHABLE:
        return EndpointConnectionError(endpoint_url=_ENDPOINT)
    if fault is Fault.LOST_ANSWER:
        kind = ReadTimeoutError if operation == "UpdateItem" else ConnectionClosedError
        return kind(endpoint_url=_ENDPOINT)
    if fault is Fault.CONFLICT:
        return _conflict(operation, parameters)
    return Died(fault)


def _conflict(operation: str, parameters: Any) -> ClientError:
    """Another transaction has one of the items."""
    if operation == "UpdateItem":
        return _client_error("TransactionConflictException", operation)
    codes = ["None"] * len(parameters["TransactItems"])
    codes[len(codes) // 2] = "TransactionConflict"
    error = _client_error("TransactionCanceledException", operation)
    error.response["CancellationReasons"] = [{"Code": code} for code in codes]
    return error


def _client_error(code: str, operation: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


def _without_some(answer: Any, parameters: Any) -> Any:
    """The answer of a batch of which the first half was not read."""
    ((table, asked),) = parameters["RequestItems"].items()
    found = answer["Responses"][table]
    late = found[: max(1, len(found) // 2)]
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in late]
    answer["Responses"][table] = found[len(late) :]
    if keys:
        answer["UnprocessedKeys"] = {table: {**asked, "Keys": keys}}
    return answer
