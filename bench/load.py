"""Conversations of ten messages as they arrive, minute by minute."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from botmeter.domain.periods import to_rfc3339
from botmeter_cli.provisioning import demo_account, seed
from botmeter_local import Stack

BOTS = 10
PER_CONVERSATION = 10
ACCOUNT = "acct_bench"
_PLANS = ("essential-eur@1", "standard-eur@1")
MINUTE_MS = 60_000
_BETWEEN_MS = 5_000
# Free credits end after 90 days: the bots have none left, and do not change while they are measured.
_CUSTOMER_FOR = timedelta(days=100)
_FUNDS_MINOR = 100_000_000_00


class Way(StrEnum):
    """How events come in."""

    HTTPS = "HTTPS"
    QUEUE = "queue"
    BUS = "EventBridge"


@dataclass(frozen=True)
class Load:
    """What arrives in a minute: `conversations`, of the bots (and of so many `accounts`) in turn.

    The events of a conversation come in so many `parts`, each in another batch; `batch` events are in one.
    """

    way: Way
    batch: int
    conversations: int = 1_000
    parts: int = 1
    accounts: int = 1

    @property
    def events(self) -> int:
        """How many events a minute has."""
        return self.conversations * PER_CONVERSATION

    def batches(self, minute: int, since_ms: int) -> Iterator[list[str]]:
        """The texts of each batch of a minute; the same minute gives the same texts."""
        chance = random.Random(f"{minute} {self}")
        names = [str(UUID(bytes=chance.randbytes(16), version=4)) for _ in range(self.conversations)]
        size = PER_CONVERSATION // self.parts
        texts = [
            self._event(names, number, event, since_ms + minute * MINUTE_MS, chance.randbytes(16).hex())
            for part in range(self.parts)
            for number in range(self.conversations)
            for event in range(part * size, (part + 1) * size)
        ]
        for first in range(0, len(texts), self.batch):
            yield texts[first : first + self.batch]

    def _event(self, names: list[str], number: int, event: int, minute_ms: int, event_id: str) -> str:
        """A message: the user and the bot write in turn."""
        at_ms = minute_ms + number * MINUTE_MS // self.conversations + event * _BETWEEN_MS
        account = ACCOUNT if self.accounts == 1 else account_name(number % self.accounts)
        data = (
            f'"account_id": "{account}", "bot_id": "{_bot_name(number % BOTS)}", "channel": "web", '
            f'"conversation_id": "{names[number]}", "user_id": "u-{names[number][:8]}", '
            f'"role": "{"bot" if event % 2 else "user"}", "test": false'
        )
        return (
            f'{{"specversion": "1.0", "id": "{event_id}", "source": "bots/bench/eu-1", '
            f'"type": "conversation.message", "time": "{to_rfc3339(at_ms)}", "data": {{{data}}}}}'
        )


def prepare(stack: Stack) -> None:
    """Set up the account whose bots the load is of: half of them are prepaid."""
    bots = [_bot(number) for number in range(BOTS)]
    file = demo_account() | {"account_id": ACCOUNT, "bots": bots}
    seed(stack, datetime.now(UTC) - _CUSTOMER_FOR, file)


def account_name(number: int) -> str:
    """One of many accounts."""
    return f"acct_{number:04d}"


def bots_of(accounts: int) -> dict[str, int]:
    """Idle timeouts (ms) of the bots of so many accounts, by `account/bot`."""
    return {f"{account_name(a)}/{_bot_name(b)}": 900_000 for a in range(accounts) for b in range(BOTS)}


def _bot_name(number: int) -> str:
    return f"bot_{number}"


def _bot(number: int) -> dict[str, Any]:
    """A bot of the account file."""
    plan = _PLANS[number % len(_PLANS)]
    funds = {"opening_funds_minor": _FUNDS_MINOR} if plan.startswith("standard") else {}
    return {"bot_id": _bot_name(number), "name": "Support", "owner_id": "u-1", "plan": plan, **funds}
