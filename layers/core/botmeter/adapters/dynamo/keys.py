"""Keys of the usage table. No identifier contains `#` or `/`, so keys cannot run into one another."""

from zlib import crc32

from botmeter.domain.events import Subject, SubjectKind

TIMELINE = "TIMELINE"
DUE_INDEX = "due"
DUE_SHARDS = tuple(f"due-{number:02d}" for number in range(8))

Key = dict[str, dict[str, str]]


def bot_key(prefix: str, account_id: str, bot_id: str) -> str:
    """A partition key of something that a bot has."""
    return f"{prefix}#{account_id}#{bot_id}"


def due_shard(account_id: str, bot_id: str) -> str:
    """The shard of the due index for a bot: all of its conversations, so that one worker settles a bot."""
    return DUE_SHARDS[crc32(f"{account_id}#{bot_id}".encode()) % len(DUE_SHARDS)]


def timeline_key(subject: Subject) -> Key:
    """The key of a subject's timeline."""
    pk = f"{subject.kind}#{subject.account_id}#{subject.bot_id}#{subject.name}"
    return {"pk": {"S": pk}, "sk": {"S": TIMELINE}}


def subject_of(pk: str) -> Subject:
    """The subject of a timeline's partition key."""
    kind, account_id, bot_id, name = pk.split("#", 3)
    return Subject(account_id, bot_id, SubjectKind(kind), name)
