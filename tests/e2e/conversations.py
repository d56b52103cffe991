"""Events of conversations, as bot runtimes send them."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter_cli.aws import invoke
from botmeter_cli.replay import replay
from botmeter_cli.stack_commands import settle
from botmeter_local import Stack
from tests.e2e.accounts import QUIET, ZONE, today

YESTERDAY = today() - timedelta(days=1)
NOON = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 12, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)
# Usage and alert sessions of each bot, as `busy_day` makes them and the rule counts them.
USED = {"bot_busy": (6, 2), "bot_other": (1, 0), "bot_spent": (3, 0), "bot_trial": (3, 0)}


def event(account_id: str, bot_id: str, at: datetime, kind: str = "conversation.message", **data: Any) -> str:
    """A line with an event; a message is a user's unless `data` has another role."""
    role = {"role": "user"} if kind == "conversation.message" else {}
    return json.dumps(
        {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": "bots/test",
            "type": kind,
            "time": to_rfc3339(to_ms(at)),
            "data": {"account_id": account_id, "bot_id": bot_id, **role, **data},
        }
    )


def sessions(account_id: str, bot_id: str, at: datetime, count: int, name: str = "") -> list[str]:
    """As many conversations of one message each, a session each; of another `name`, other ones."""
    names = (f"{bot_id}-{name}{number}" for number in range(count))
    return [event(account_id, bot_id, at, conversation_id=name) for name in names]


def hold(stack: Stack, lines: list[str]) -> None:
    """Let conversations come over the bus, and have them settled although they could still go on."""
    replayed = replay(stack, lines, QUIET, len(lines))
    assert (replayed["failed"], replayed["refused"], replayed["dead_letters"]) == (0, 0, 0)
    settle(stack, datetime.now(UTC) + timedelta(hours=1), QUIET)


def hand_over(stack: Stack, lines: list[str]) -> None:
    """The same by direct invocation, which is faster."""
    answer = invoke(stack, "IngestFunctionName", {"events": [json.loads(line) for line in lines]})
    assert all(result == {"status": "accepted"} for result in answer["results"])
    settle(stack, datetime.now(UTC) + timedelta(hours=1), QUIET)


def busy_day(account_id: str) -> list[str]:
    """What happened yesterday at noon, and a little of it twice."""

    def busy(minutes: int, conversation: str, kind: str = "conversation.message", **data: Any) -> str:
        at = NOON + minutes * MINUTE
        return event(account_id, "bot_busy", at, kind, conversation_id=conversation, **data)

    def alert(user: str) -> str:
        return event(account_id, "bot_busy", NOON, "alert.delivered", alert_id="a-1", user_id=user)

    long = [busy(0, "long"), busy(10, "long", role="bot"), busy(20, "long"), busy(31, "long", role="bot")]
    resumed = [busy(60, "resumed"), busy(76, "resumed")]
    agents = [
        busy(60, "agents", "conversation.agent.joined"),
        busy(61, "agents"),
        busy(70, "agents", "conversation.agent.left"),
    ]
    rest = [busy(5, "short"), busy(5, "test", test=True), alert("u-1"), alert("u-1"), alert("u-2")]
    others = [(bot_id, usage) for bot_id, (usage, _) in USED.items() if bot_id != "bot_busy"]
    small = [line for bot_id, count in others for line in sessions(account_id, bot_id, NOON, count)]
    return [*long, *long, *resumed, *agents, *rest, *small]
