"""What Lambda passes beside the event."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[1] / "events"


@dataclass
class FakeContext:
    """A Lambda context with time left."""

    function_name: str = "botmeter"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:botmeter"
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    remaining_ms: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def payload(name: str) -> dict[str, Any]:
    """A real payload of `tests/events`."""
    content: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return content
