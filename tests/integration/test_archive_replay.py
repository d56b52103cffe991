"""Replaying the archive on moto: what was right stays as it is, what was lost comes back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from botmeter.adapters.dynamo.keys import timeline_key
from botmeter.adapters.sqs import SqsEventQueue
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.events import RETENTION_MS, Subject
from botmeter_cli import archive_replay
from botmeter_cli.archive_replay import Archived, Stretch, replay_archive
from botmeter_cli.output import Output
from botmeter_cli.reconcile.differences import Measure
from botmeter_cli.replay import ATTEMPTS
from tests.fakes.demo import ACCOUNT, conversation
from tests.integration.conftest import ARCHIVE, USAGE
from tests.integration.reconciled import found
from tests.integration.stores import Answering
from tests.integration.test_archive import reports
from tests.integration.test_metering_on_dynamodb import MINUTE, NOW, NOW_MS, alert, event, settle, state

EVENTS = [*(event(minute, f"c-{minute % 3}") for minute in range(0, 60, 4)), alert(3), alert(7)]
TEN_OCLOCK = NOW - timedelta(hours=2)


@dataclass
class MotoStack:
    """The stack that the fixtures are, whose ingest runs when its queue is waited for."""

    wired: Wiring

    def __post_init__(self) -> None:
        sqs = boto3.client("sqs")
        dead = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("dead", "undelivered")}
        self.outputs = {
            "EventQueueUrl": self.wired.settings.event_queue_url,
            "EventDeadLetterQueueUrl": dead["dead"],
            "UndeliveredQueueUrl": dead["undelivered"],
        }

    def client(self, service: str) -> Any:
        return boto3.client(service)  # type: ignore[call-overload]

    def ingest(self, *_: object) -> None:
        """Record what is on the queue, until it is empty."""
        sqs, url = boto3.client("sqs"), self.outputs["EventQueueUrl"]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            batch = self.wired.record_events([message["Body"] for message in messages], NOW_MS)
            assert (batch.rejected, batch.failed) == ({}, set())
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def stack(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> MotoStack:
    made = MotoStack(provisioned)
    monkeypatch.setattr(archive_replay, "wiring_for", lambda _: provisioned)
    monkeypatch.setattr(archive_replay, "wait_until_empty", made.ingest)
    return made


def replay(stack: Any, first: int = 0, end: int = 60) -> Any:
    """Replay so many minutes after ten o'clock, until before so many."""
    span = (TEN_OCLOCK + timedelta(minutes=minutes) for minutes in (first, end))
    return replay_archive(stack, Stretch.between(ACCOUNT.account_id, *span), NOW, Output(as_json=True))


def forget(*subjects: Subject) -> None:
    """Lose timelines, with all that they hold."""
    for subject in subjects:
        boto3.client("dynamodb").delete_item(TableName=USAGE, Key=timeline_key(subject))


def test_replay_of_what_is_right_changes_nothing(provisioned: Wiring, stack: MotoStack) -> None:
    """Records, totals and balance stay, although every conversation is looked at again."""
    provisioned.record_events(EVENTS, NOW_MS)
    settle(provisioned)
    before = state(provisioned)
    result = replay(stack)
    run = settle(provisioned)

    assert (result["events"], result["by_type"]) == (17, {"alert.delivered": 2, "conversation.message": 15})
    assert (result["failed"], result["too_old"]) == (0, 0)
    assert (result["dead_letters"], result["damaged_objects"]) == (0, [])
    assert (run.settled, run.records) == (4, 0)
    assert state(provisioned) == before


def test_marks_that_were_lost_before_they_were_settled_come_back(
    provisioned: Wiring, stack: MotoStack
) -> None:
    """As if they had never been lost."""
    provisioned.record_events(EVENTS, NOW_MS)
    forget(conversation("c-0"), conversation("c-1"))
    replay(stack)
    settle(provisioned)

    assert found(provisioned).agrees
    assert (
        found(provisioned).sessions[Measure.USAGE]
        == provisioned.billing.balance(ACCOUNT.account_id, "bot_standard").usage_sessions
        == 12
    )


def test_events_that_were_archived_only_come_back(provisioned: Wiring, stack: MotoStack) -> None:
    """Also where the rest of their conversation was billed already: the difference is an adjustment."""
    provisioned.record_events(EVENTS, NOW_MS)
    settle(provisioned)
    provisioned.archive.keep(reports(event(58, "c-0"), event(30, "c-new")))
    lost = [one.subject for one in found(provisioned).differences if one.where == "records"]
    replay(stack)
    settle(provisioned)

    assert lost == ["c-0", "c-new"]
    assert found(provisioned).agrees


def test_span_is_from_its_first_instant_until_before_its_end(provisioned: Wiring, stack: MotoStack) -> None:
    """By the time of the events, whichever day's objects they are in."""
    provisioned.record_events(EVENTS, NOW_MS)

    assert [replay(stack, 4, 8)["events"], replay(stack, 3, 9)["events"], replay(stack, 8, 8)["events"]] == [
        2,
        4,
        0,
    ]


def test_events_that_are_too_old_are_told_and_not_sent(
    provisioned: Wiring, stack: MotoStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ingest would refuse them."""
    provisioned.archive.keep(reports(event(0), event(30)))
    any_stack: Any = stack
    later = NOW + timedelta(milliseconds=RETENTION_MS - 100 * MINUTE)
    asked = Stretch.between(ACCOUNT.account_id, NOW - timedelta(days=1), NOW)
    result = replay_archive(any_stack, asked, later, Output(as_json=True))

    assert (result["events"], result["too_old"]) == (1, 1)
    assert "1 events are older than 90 days: they are not sent" in capsys.readouterr().err


def test_damaged_object_does_not_hold_up_the_others(provisioned: Wiring, stack: MotoStack) -> None:
    """It is named."""
    provisioned.archive.keep(reports(event(0)))
    key = "archive/account=acct_acme/day=2026-10-20/cut-off.jsonl.gz"
    boto3.client("s3").put_object(Bucket=ARCHIVE, Key=key, Body=b"\x1f\x8b\x08cut off")
    result = replay(stack)

    assert (result["events"], result["damaged_objects"]) == (1, [key])


def test_events_that_no_queue_takes_are_counted() -> None:
    """The others of their batch go through, and a queue that does not answer is asked again."""
    refused = ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessageBatch")
    client: Any = Answering(refused, {"Failed": [{"Id": "1", "SenderFault": True}]})
    batch = [Archived("conversation.message", text) for text in ("good", "too large")]

    assert archive_replay._queue(SqsEventQueue(client, "queue"), batch) == (batch[:1], batch[1:])


def test_queue_that_never_answers_ends_the_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent may be sent again."""
    monkeypatch.setattr(archive_replay, "FIRST_PAUSE_S", 0)
    refused = ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessageBatch")
    client: Any = Answering(*[refused] * ATTEMPTS)

    with pytest.raises(StoreUnavailable):
        archive_replay._queue(SqsEventQueue(client, "queue"), [Archived("conversation.message", "good")])
