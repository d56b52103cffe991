"""Records of native formats: whole conversations, as their sources keep them."""

import json
from pathlib import Path
from typing import Any

from botmeter.adapters.event_reader import read
from botmeter.domain.errors import InvalidEvent
from botmeter.domain.events import Report
from tests.fakes.context import EVENTS
from tests.fakes.demo import ACCOUNT

SOURCES = EVENTS / "sources"
BOT_ID = "bot_standard"


def conversation_path(name: str) -> Path:
    """The file with a conversation of a format."""
    (path,) = (SOURCES / name).glob("conversation.*")
    return path


def records(name: str) -> list[Any]:
    """The records of that conversation."""
    text = conversation_path(name).read_text(encoding="utf-8")
    return list(json.loads(text)) if text.startswith("[") else [*map(json.loads, text.splitlines())]


def documented(name: str) -> list[Any]:
    """The records that the platform's documentation prints, as `tests/events/sources/README.md` tells."""
    text = (SOURCES / name / "documented.jsonl").read_text(encoding="utf-8")
    return [*map(json.loads, text.splitlines())]


def envelope(name: str, record: Any, **named: Any) -> dict[str, Any]:
    """A record as its source sends it."""
    return {"format": name, "account_id": ACCOUNT.account_id, "bot_id": BOT_ID, "record": record, **named}


def told(reports: list[Report]) -> list[str]:
    """What happened, who wrote and when: `user 09:31:02.000Z`, `agent.left 10:10:00.000Z`."""
    events = [json.loads(report.canonical) for report in reports]
    return [
        f"{event['data'].get('role') or event['type'].removeprefix('conversation.')} {event['time'][11:]}"
        for event in events
    ]


def outcome(name: str, record: Any, **named: Any) -> list[str]:
    """What a record reports, or the member that it is refused for: `! record.timestamp`."""
    try:
        return told(read_record(name, record, **named))
    except InvalidEvent as error:
        return [f"! {error.field}"]


def first(name: str, index: int) -> dict[str, Any]:
    """A copy of a record of a conversation, to be changed."""
    found: dict[str, Any] = records(name)[index]
    return found


def read_record(name: str, record: Any, **named: Any) -> list[Report]:
    return read(json.dumps(envelope(name, record, **named)))
