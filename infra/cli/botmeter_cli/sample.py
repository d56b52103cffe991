"""The demo's sample: real conversations as canonical events of any month. See infra/demo/README.md."""

import csv
import gzip
import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from botmeter.domain.periods import BillingPeriod, Calendar
from botmeter_cli.paths import DEMO_SAMPLE

ACCOUNT_ID: Final = "acct_acme"
SOURCE: Final = "bots/acme/irc"
CHANNEL: Final = "irc"


def last_full_month(now: datetime, calendar: Calendar) -> BillingPeriod:
    """The month before the one in which `now` lies."""
    return calendar.period_containing(now).previous()


def sample_events(month: BillingPeriod) -> Iterator[dict[str, Any]]:
    """The sample's events in `month`, in order of time. The same month gives the same events."""
    with gzip.open(DEMO_SAMPLE, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            yield _event(row, month)


def _event(row: dict[str, str], month: BillingPeriod) -> dict[str, Any]:
    """The canonical event of one row."""
    time = f"{month.label}-{int(row['day']):02d}T{row['time']}Z"
    return {
        "specversion": "1.0",
        "id": _event_id(row, time),
        "source": SOURCE,
        "type": row["event"],
        "time": time,
        "data": _data(row),
    }


def _data(row: dict[str, str]) -> dict[str, Any]:
    """What happened, without the names that do not apply to it."""
    named = {
        "account_id": ACCOUNT_ID,
        "bot_id": row["bot"],
        "conversation_id": row["conversation"],
        "alert_id": row["alert"],
        "user_id": row["user"],
        "role": row["role"],
        "channel": CHANNEL,
    }
    return {name: value for name, value in named.items() if value} | {"test": False}


def _event_id(row: dict[str, str], time: str) -> str:
    """An id that only this event in this month has."""
    words = (time, row["event"], row["bot"], row["conversation"], row["alert"], row["role"])
    return hashlib.blake2b("|".join(words).encode(), digest_size=16).hexdigest()
