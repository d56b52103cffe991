"""Texts that are read, with which fuzzing begins: each kind of event, and records of each native format."""

import json
from collections.abc import Iterator
from typing import Any

from botmeter.adapters.sources import FORMATS
from tests.fakes.context import payload
from tests.fakes.native import documented, envelope, records

_EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "01J",
    "source": "bots/acme",
    "time": "2026-10-05T09:30:12.480+02:00",
    "data": {"account_id": "acct_acme", "bot_id": "bot_standard", "conversation_id": "c-1", "user_id": "u-1"},
}
_KINDS: dict[str, dict[str, Any]] = {
    "conversation.message": {"role": "agent", "channel": "web"},
    "conversation.agent.joined": {"test": False},
    "conversation.agent.left": {"test": True},
    "conversation.ended": {},
    "alert.delivered": {"alert_id": "a-1"},
}


def canonical() -> list[dict[str, Any]]:
    """An event of each kind."""
    return [{**_EVENT, "type": kind, "data": {**_EVENT["data"], **more}} for kind, more in _KINDS.items()]


def seeds() -> Iterator[str]:
    """All of them, one by one."""
    yield from (record["body"] for record in payload("sqs_batch.json")["Records"])
    yield from map(json.dumps, payload("direct_invocation.json")["events"])
    yield from map(json.dumps, canonical())
    for name in FORMATS:
        for record in [*records(name), *documented(name)]:
            yield json.dumps(envelope(name, record))
