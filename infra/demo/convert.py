"""Makes `sample.csv.gz`, the events of the demo, from days of real conversations. See README.md.

    python infra/demo/convert.py irc-conversations.csv.gz

The source has the columns bot, conversation, user, role and ts. What the sample adds is derived from
hashes of the conversations' names: the same source always gives the same sample.
"""

import argparse
import csv
import gzip
import hashlib
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

TARGET = Path(__file__).resolve().parent / "sample.csv.gz"
FIRST_DAY = "2007-06-01"
DAYS = 10

# Of a hundred conversations, how many each bot of the demo account gets.
SHARES = {"bot_support": 45, "bot_orders": 28, "bot_onboarding": 12, "bot_people": 15}

PERCENT = 100
HANDED_OVER_PERCENT = 50
HANDED_BACK_PERCENT = 50
ENDED_PERCENT = 33
ALERTED_PERCENT = 10
HANDED_OVER_FROM_MESSAGES = 8
HANDED_OVER_FROM_LENGTH = timedelta(minutes=5)

MILLISECOND = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One event of the sample; `at` is the time since the sample's first midnight (UTC)."""

    at: timedelta
    event: str
    bot: str
    conversation: str
    user: str
    role: str = ""
    alert: str = ""


COLUMNS = ("day", "time", *(field.name for field in fields(Row) if field.name != "at"))


def number(*words: str) -> int:
    """A number that `words` always give, as good as random."""
    return int.from_bytes(hashlib.blake2b("|".join(words).encode(), digest_size=6).digest(), "big")


def chosen(percent: int, *words: str) -> bool:
    """Whether `words` are among `percent` of a hundred."""
    return number(*words) % PERCENT < percent


def pause(longest: timedelta, *words: str) -> timedelta:
    """A span of whole milliseconds, shorter than `longest`."""
    return number(*words) % max(1, longest // MILLISECOND) * MILLISECOND


# ----------------------------------------------------------------------------------------- source


def read_conversations(source: Path, first_day: str, days: int) -> list[list[Row]]:
    """Conversations that start on one of the first `days` days of the source from `first_day` on.

    Each is whole, with its messages in the order of the file. The days become day 0, 1, 2, …
    """
    grouped: dict[str, list[dict[str, str]]] = {}
    with gzip.open(source, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            grouped.setdefault(row["conversation"], []).append(row)
    started = {name: min(row["ts"] for row in rows)[:10] for name, rows in grouped.items()}
    taken = sorted({day for day in started.values() if day >= first_day})[:days]
    return [
        [message(row, day, taken.index(day)) for row in grouped[name]]
        for name, day in started.items()
        if day in taken
    ]


def message(row: dict[str, str], started: str, day: int) -> Row:
    """A message of a conversation that started on the date `started`, which becomes `day`."""
    at = datetime.fromisoformat(row["ts"]) - datetime.fromisoformat(f"{started}T00:00:00Z") + day * DAY
    name = row["conversation"]
    return Row(at, "conversation.message", deal(name), name, row["user"], row["role"])


def deal(conversation: str) -> str:
    """The bot that gets `conversation`."""
    ticket = number(conversation, "bot") % PERCENT
    shares = itertools.accumulate(SHARES.values())
    return next(bot for bot, share in zip(SHARES, shares, strict=True) if ticket < share)


def spread(messages: Sequence[Row]) -> Iterator[Row]:
    """The messages of a conversation by time; those of one minute spread over it, in their order."""
    for minute, group in itertools.groupby(sorted(messages, key=lambda row: row.at), key=lambda row: row.at):
        rows = list(group)
        step = MINUTE / len(rows)
        for index, row in enumerate(rows):
            offset = index * step + pause(step, row.conversation, str(minute), str(index))
            yield replace(row, at=minute + offset // MILLISECOND * MILLISECOND)


# ---------------------------------------------------------------------------------------- derived


def hand_over(messages: list[Row]) -> list[Row]:
    """Let an agent take over some of the longer conversations; half of the agents leave again."""
    name, count = messages[0].conversation, len(messages)
    is_long = (
        count >= HANDED_OVER_FROM_MESSAGES and messages[-1].at - messages[0].at >= HANDED_OVER_FROM_LENGTH
    )
    if not is_long or not chosen(HANDED_OVER_PERCENT, name, "agent"):
        return messages
    joined = count // 4 + number(name, "joined") % (count // 4)
    if not chosen(HANDED_BACK_PERCENT, name, "leaves"):
        return [*messages[:joined], joins(messages, joined), *map(by_agent, messages[joined:])]
    left = joined + (count - joined) * 2 // 3
    held = map(by_agent, messages[joined:left])
    return [*messages[:joined], joins(messages, joined), *held, leaves(messages, left), *messages[left:]]


def joins(messages: Sequence[Row], index: int) -> Row:
    """An agent joins just before `messages[index]`."""
    return just_before(messages, index, "conversation.agent.joined")


def leaves(messages: Sequence[Row], index: int) -> Row:
    """The agent leaves just before `messages[index]`."""
    return just_before(messages, index, "conversation.agent.left")


def just_before(messages: Sequence[Row], index: int, event: str) -> Row:
    """`event` within 20 seconds after the message before, and not later than `messages[index]`."""
    before, after = messages[index - 1], messages[index]
    at = before.at + pause(timedelta(seconds=20), before.conversation, event)
    return replace(before, at=min(at, after.at), event=event, role="")


def by_agent(row: Row) -> Row:
    """What the bot said, said by the agent."""
    return replace(row, role="agent") if row.role == "bot" else row


def end(events: list[Row]) -> list[Row]:
    """End a third of the conversations, within a minute of the last event."""
    last = events[-1]
    if not chosen(ENDED_PERCENT, last.conversation, "ended"):
        return events
    at = last.at + pause(MINUTE, last.conversation, "ended at")
    return [*events, replace(last, at=at, event="conversation.ended", role="")]


def alert(events: Sequence[Row]) -> list[Row]:
    """One alert to the user of every tenth conversation, within two hours of its last event."""
    last = events[-1]
    if not chosen(ALERTED_PERCENT, last.conversation, "alert"):
        return []
    at = last.at + pause(timedelta(hours=2), last.conversation, "alert at")
    alert_id = f"alert-{number(last.conversation, 'alert id'):012x}"
    return [Row(at, "alert.delivered", last.bot, "", last.user, alert=alert_id)]


# ----------------------------------------------------------------------------------------- sample


def convert(conversations: Iterable[Sequence[Row]]) -> list[Row]:
    """The events of the sample, in order of time."""
    rows: list[Row] = []
    for conversation in conversations:
        events = end(hand_over(list(spread(conversation))))
        rows += events + alert(events)
    return sorted(rows, key=lambda row: (row.at, row.conversation, row.event, row.alert))


def to_csv(rows: Iterable[Row]) -> str:
    """Rows as CSV, with the time as a day of the month, counted from 1, and a time of day."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        day, time = divmod(row.at, DAY)
        clock = (MIDNIGHT + time).time().isoformat(timespec="milliseconds")
        writer.writerow((day + 1, clock, row.event, row.bot, row.conversation, row.user, row.role, row.alert))
    return text.getvalue()


def main() -> None:
    """Write the sample beside this file."""
    parser = argparse.ArgumentParser(description="Make the demo's sample from real conversations.")
    parser.add_argument("source", type=Path, help="irc-conversations.csv.gz")
    parser.add_argument("--first-day", default=FIRST_DAY, help="date in the source at which to begin")
    parser.add_argument("--days", type=int, default=DAYS, help="how many of the source's days to take")
    options = parser.parse_args()
    rows = convert(read_conversations(options.source, options.first_day, options.days))
    TARGET.write_bytes(gzip.compress(to_csv(rows).encode(), mtime=0))


if __name__ == "__main__":
    main()
