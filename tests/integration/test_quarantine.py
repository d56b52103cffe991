"""The quarantine in S3 and the event queue, through the real adapters."""

import json
from datetime import date, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from botmeter.adapters.s3.quarantine import S3Quarantine
from botmeter.adapters.sqs import SqsEventQueue
from botmeter.bootstrap import Wiring
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import InvalidEvent, NotFound, StoreUnavailable
from botmeter.domain.event_sources import SourceIdentity
from botmeter.domain.periods import to_ms
from botmeter.domain.quarantine import QuarantinedEvent, Selection
from botmeter.ports.metering import RejectedEvent
from tests.fakes.demo import STANDARD, bot, conversation
from tests.fakes.world import OPERATOR
from tests.integration.conftest import OPERATIONS
from tests.integration.stores import Answering
from tests.integration.test_metering_on_dynamodb import NOW, event

DAY = timedelta(days=1)
ERROR = InvalidEvent("data.bot_id", "must be a bot of data.account_id")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://s3")
GONE = f"2026-10-20-{'0' * 64}"


@pytest.fixture
def quarantine(wired: Wiring) -> S3Quarantine:
    """The quarantine, in a bucket with versions."""
    versioning: Any = {"Status": "Enabled"}
    boto3.client("s3").put_bucket_versioning(Bucket=OPERATIONS, VersioningConfiguration=versioning)
    return wired.quarantine


def hold(quarantine: S3Quarantine, *texts: str, days_ago: int = 0) -> None:
    at_ms = to_ms(NOW - days_ago * DAY)
    assert quarantine.keep([RejectedEvent(text, ERROR, at_ms) for text in texts]) == set()


def queued(wired: Wiring) -> list[str]:
    """The bodies of the messages in the event queue, which are taken out."""
    client, found = boto3.client("sqs"), []
    url = wired.settings.event_queue_url
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_listed_newest_day_first(quarantine: S3Quarantine) -> None:
    """Within a day by id; what is not named as an event does not count."""
    hold(quarantine, "a", "b", days_ago=1)
    hold(quarantine, "c", "d", "e")
    for key in ("quarantine/notes/a.txt", "quarantine/2026-10-20/a.txt", "registry/bots.json"):
        boto3.client("s3").put_object(Bucket=OPERATIONS, Key=key, Body=b"")
    ids = [*quarantine.ids(None, None)]

    assert [event_id[:10] for event_id in ids] == ["2026-10-20"] * 3 + ["2026-10-19"] * 2
    assert ids[:3] == sorted(ids[:3])
    assert [*quarantine.ids(date(2026, 10, 19), None)] == ids[3:]
    assert all([*quarantine.ids(None, ids[n])] == ids[n + 1 :] for n in range(5))


def test_more_than_a_page_of_s3_is_listed(quarantine: S3Quarantine) -> None:
    """S3 tells a thousand names at once."""
    hold(quarantine, *map(str, range(1_003)))
    ids = [*quarantine.ids(None, None)]

    assert len(ids) == len({*ids}) == 1_003
    assert len(quarantine.read(ids)) == 1_003


def test_read_as_it_was_kept(quarantine: S3Quarantine) -> None:
    """Text, reason and time; what is gone is left out, or not found."""
    hold(quarantine, '{"Grüße": "☕"}')
    (event_id,) = quarantine.ids(None, None)
    (read,) = quarantine.read([GONE, event_id])

    assert read == quarantine.event(event_id)
    assert (read.text, read.field, read.rule) == ('{"Grüße": "☕"}', ERROR.field, ERROR.rule)
    assert read.received_at_ms == to_ms(NOW)
    with pytest.raises(NotFound, match=GONE):
        quarantine.event(GONE)


def test_source_is_kept(quarantine: S3Quarantine) -> None:
    """The same text of another way in is another event."""
    source = SourceIdentity("acct_acme", "src-1")
    hold(quarantine, "{}")
    assert quarantine.keep([RejectedEvent("{}", ERROR, to_ms(NOW), source)] * 2) == set()

    found = quarantine.read([*quarantine.ids(None, None)])
    assert {event.source for event in found} == {None, source}
    assert [event.text for event in found] == ["{}", "{}"]


def test_removed_event_stays_recoverable(quarantine: S3Quarantine) -> None:
    """It is a version of the object; removing it again changes nothing."""
    hold(quarantine, "a", "b")
    first, second = quarantine.read([*quarantine.ids(None, None)])
    for _ in range(2):
        quarantine.remove([first])

    assert [*quarantine.ids(None, None)] == [second.event_id]
    versions = boto3.client("s3").list_object_versions(Bucket=OPERATIONS, Prefix="quarantine/")
    assert len(versions["Versions"]) == 2


def test_what_came_again_meanwhile_is_not_removed(quarantine: S3Quarantine) -> None:
    """The same text on the same day is the same object, with another time."""
    hold(quarantine, "a")
    (read,) = quarantine.read([*quarantine.ids(None, None)])
    quarantine.keep([RejectedEvent("a", ERROR, to_ms(NOW) + 1)])
    quarantine.remove([read])

    assert quarantine.event(read.event_id).received_at_ms == to_ms(NOW) + 1


@pytest.mark.parametrize("error", [UNREACHABLE, ClientError({"Error": {"Code": "SlowDown"}}, "any")])
def test_s3_that_does_not_answer(error: Exception) -> None:
    """Each call says so."""
    if isinstance(error, ClientError):
        error.response["ResponseMetadata"] = {"HTTPStatusCode": 503}  # type: ignore[typeddict-item]
    quarantine = S3Quarantine(Answering(error, error), OPERATIONS)  # type: ignore[arg-type]
    read = QuarantinedEvent(GONE, 0, "event", "must be JSON", "a", '"1"')

    with pytest.raises(StoreUnavailable):
        quarantine.event(GONE)
    with pytest.raises(StoreUnavailable):
        quarantine.remove([read])


# ---------------------------------------------------------------------------------- the event queue


def test_queue_takes_many_and_large_texts(wired: Wiring) -> None:
    """In batches that SQS takes: ten at most, and not too long together."""
    texts = [f"{number} " + "x" * 60_000 for number in range(11)] + [str(number) for number in range(25)]

    assert wired.event_queue.send(texts) == set()
    assert sorted(queued(wired)) == sorted(texts)


def test_queue_does_not_take_a_text_that_is_too_large(wired: Wiring) -> None:
    """Its neighbours are queued."""
    texts = ["a", "x" * 2_000_000, "b"]

    assert wired.event_queue.send(texts) == {1}
    assert sorted(queued(wired)) == ["a", "b"]


def test_queue_says_which_it_does_not_take() -> None:
    """The fault is the sender's, so that sending it again is no use."""
    failed = [{"Id": "1", "SenderFault": True, "Code": "InvalidMessageContents"}]

    assert SqsEventQueue(Answering({"Failed": failed}), "url").send(["a", "b"]) == {1}  # type: ignore[arg-type]


def test_queue_counts_attributes_to_the_length_of_a_batch(wired: Wiring) -> None:
    """Ten texts that are just short enough are too long with their sources: they go in two batches."""
    texts = [str(number) + "x" * 26_200 for number in range(10)]
    sources = dict.fromkeys(range(10), SourceIdentity("a" * 128, "s" * 128))

    assert wired.event_queue.send(texts, sources) == set()
    assert sorted(queued(wired)) == texts


@pytest.mark.parametrize(
    "answer",
    [
        {"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]},
        UNREACHABLE,
        ClientError({"Error": {"Code": "AccessDenied"}}, "SendMessageBatch"),
    ],
)
def test_queue_that_does_not_answer(answer: Any) -> None:
    """Nobody knows what was queued: all is to be sent again."""
    with pytest.raises(StoreUnavailable):
        SqsEventQueue(Answering(answer), "url").send(["a"])  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------- all together


def test_quarantined_event_is_metered_after_all(provisioned: Wiring) -> None:
    """Refused, found, sent again when its bot is there, recorded once; the trail names the operator."""
    wired, text = provisioned, event(1, bot_id="bot_late")
    wired.record_events([text], to_ms(NOW))
    (found,) = wired.manage_quarantine.page(OPERATOR, Selection(field="data.bot_id"), 10, None).items
    wired.provision_account(wired.accounts.account("acct_acme"), [bot(STANDARD, "bot_late")], {}, SYSTEM, NOW)
    wired.manage_quarantine.redrive(OPERATOR, found.event_id, None, NOW)
    (sent,) = queued(wired)

    assert sent == text == found.text
    assert [*wired.quarantine.ids(None, None)] == []
    (entry,) = wired.manage_quarantine.audit_of(OPERATOR, 10, None).items
    assert (entry.actor.actor_id, entry.after["first"]) == (OPERATOR.user_id, found.event_id)


def test_correction_is_in_the_account_s_trail(provisioned: Wiring) -> None:
    """The entry is written once, however often."""
    wired = provisioned
    wired.record_events(["garbage"], to_ms(NOW))
    (event_id,) = wired.quarantine.ids(None, None)
    wired.manage_quarantine.redrive(OPERATOR, event_id, event(1), NOW)
    (entry, *_) = wired.audit.of_account("acct_acme", 1, None).items
    wired.audit.append(entry)

    assert (entry.operation, entry.after["conversation"]) == ("event.corrected", conversation().name)
    assert json.loads(queued(wired)[0])["id"] == "c-1-1-user"
    entries = wired.audit.of_account("acct_acme", 10, None).items
    assert [e.operation for e in entries].count("event.corrected") == 1
