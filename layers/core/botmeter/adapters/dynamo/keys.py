"""Keys of the tables. No identifier contains `#` or `/`, so keys cannot run into one another."""

from datetime import date
from zlib import crc32

from botmeter.domain.events import RETENTION_MS, Subject, SubjectKind

LOGIN = "LOGIN"
# The marks that one item does not hold go on in those of `TIMELINE#1`, `TIMELINE#2`, ...
TIMELINE = "TIMELINE"
SHARED = "SHARED"
DUE_INDEX = "due"
DAY_INDEX = "day"
# Shards of the usage table's due index.
DUE_SHARDS = tuple(f"due-{number:02d}" for number in range(8))
# Shards of the billing table's: one for each kind of thing that time makes due.
BALANCE_DUE = "BALANCE"
DOCUMENT_DUE = "DOCUMENT"
EXTENSION_DUE = "EXTENSION"
ORDER_DUE = "ORDER"
OUTBOX_DUE = "OUTBOX"
PARKED_DUE = "PARKED"
SHARED_DUE = "SHARED"

# Marks are kept well past the time for which late events are taken, then the table forgets them. Further
# parts live on for longer than a settlement may take: what stands in the first is never without its marks.
TIMELINE_KEPT_S = 2 * RETENTION_MS // 1000
PARTS_OUTLIVE_THE_FIRST_S = RETENTION_MS // 1000
PARTS_KEPT_S = TIMELINE_KEPT_S + PARTS_OUTLIVE_THE_FIRST_S

Key = dict[str, dict[str, str]]


def key(pk: str, sk: str) -> Key:
    """A key in DynamoDB's wire form."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def bot_key(prefix: str, account_id: str, bot_id: str) -> str:
    """A partition key of something that a bot has."""
    return f"{prefix}#{account_id}#{bot_id}"


def days_key(account_id: str) -> str:
    """The partition key of what the bots of an account used on the days of each month."""
    return f"DAYS#{account_id}"


def month_of(day: date) -> str:
    """The calendar month of a day: `2026-10`."""
    return day.isoformat()[:7]


def month_sk(month: str, bot_id: str, plan: str) -> str:
    """There, the sort key of a bot's days in a month (`2026-10`) on a plan version."""
    return f"{month}#{bot_id}#{plan}"


def account_day(account_id: str, day: date) -> str:
    """The key of a day in the index of totals."""
    return f"{account_id}#{day.isoformat()}"


def account_key(account_id: str) -> str:
    """The partition key of an account's bots, balances, orders and invoices."""
    return f"ACCOUNT#{account_id}"


def name_in(part: str) -> str:
    """What stands behind the prefix of a key's part: `bot_a` of `BOT#bot_a`."""
    return part.partition("#")[2]


def due_shard(account_id: str, bot_id: str) -> str:
    """The shard of the due index for a bot: all of its conversations, so that one worker settles a bot."""
    return DUE_SHARDS[crc32(f"{account_id}#{bot_id}".encode()) % len(DUE_SHARDS)]


def timeline_key(subject: Subject, part: int = 0) -> Key:
    """The key of a subject's timeline, or of a further part of it."""
    sk = f"{TIMELINE}#{part}" if part else TIMELINE
    return key(f"{subject.kind}#{subject.account_id}#{subject.bot_id}#{subject.name}", sk)


def part_of(sk: str) -> int:
    """Which part of a timeline a sort key names."""
    return int(name_in(sk) or 0)


def subject_of(pk: str) -> Subject:
    """The subject of a timeline's partition key."""
    kind, account_id, bot_id, name = pk.split("#", 3)
    return Subject(account_id, bot_id, SubjectKind(kind), name)
