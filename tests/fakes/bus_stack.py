"""A stack with an event bus alone, for commands that put events on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class BusStack:
    """The bus takes what `takes` says, and the queues behind it are empty."""

    takes: Callable[[str], bool] = lambda _: True
    entries: list[dict[str, str]] = field(default_factory=list)
    endpoint_url: str = "http://127.0.0.1"

    @property
    def outputs(self) -> dict[str, str]:
        names = ("EventBusName", "EventQueueUrl", "EventDeadLetterQueueUrl", "UndeliveredQueueUrl")
        return {name: name for name in names}

    def client(self, _service: str) -> Any:
        return self

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {}}

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 (boto3's name)
        taken = [self.takes(entry["Detail"]) for entry in Entries]
        self.entries += [entry for entry, took in zip(Entries, taken, strict=True) if took]
        return {"Entries": [{} if took else {"ErrorCode": "InternalFailure"} for took in taken]}
