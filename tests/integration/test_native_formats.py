"""Native records on every way into ingest, and out of quarantine again, over moto."""

import gzip
import json
import time
from typing import Any

import boto3
import pytest

import ingest.handler
from botmeter.adapters.sources import FORMATS
from botmeter.adapters.sources.canonical import identifier
from botmeter.bootstrap import Wiring
from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.periods import to_utc
from botmeter.domain.quarantine import Selection
from tests.fakes.context import FakeContext, payload
from tests.fakes.demo import ACCOUNT
from tests.fakes.native import BOT_ID, envelope, records
from tests.fakes.world import OPERATOR
from tests.integration.conftest import ARCHIVE

NOW_S = 1_791_500_000
# The conversation of each format's file, and how many marks its records leave.
CONVERSATIONS = {
    "bot-framework": ("91hcXEd0ZYCBPoRwBDPHZ6-o|livechat", 14),
    "rasa": ("f5d8e1c0a2b34c0fa8a5a5b1f6d1c001", 14),
    "lex-v2": ("455980081820937", 8),
    "dialogflow-cx": ("dfMessenger-39471842", 11),
    "kore-ai": ("64b65f87277b464507f778c0", 14),
}


@pytest.fixture
def functions(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """Ingest, three days after the conversations."""
    monkeypatch.setattr(ingest.handler, "wiring", lambda: provisioned)
    monkeypatch.setattr(time, "time_ns", lambda: NOW_S * 10**9)
    return provisioned


def marks(functions: Wiring, name: str) -> int:
    """How many marks the conversation of a format has."""
    conversation = identifier(CONVERSATIONS[name][0])
    subject = Subject(ACCOUNT.account_id, BOT_ID, SubjectKind.CONVERSATION, conversation)
    return sum(len(found.marks) for found in functions.settle_conversations.timelines.load([subject]))


def directly(*events: Any) -> list[dict[str, str]]:
    answer = ingest.handler.handler({"events": [*events]}, FakeContext())
    results: list[dict[str, str]] = answer["results"]
    return results


def queue_batch(*bodies: str) -> dict[str, Any]:
    """A batch of the queue with these messages."""
    (message, *_) = payload("sqs_batch.json")["Records"]
    return {"Records": [{**message, "messageId": str(n), "body": body} for n, body in enumerate(bodies)]}


@pytest.mark.parametrize("name", FORMATS)
def test_direct_invocation_takes_records(functions: Wiring, name: str) -> None:
    """Each item is accepted, also one that reports nothing; a second time nothing changes."""
    envelopes = [envelope(name, record) for record in records(name)]
    results = [directly(*envelopes), directly(*envelopes)]

    assert results == [[{"status": "accepted"}] * len(envelopes)] * 2
    assert marks(functions, name) == CONVERSATIONS[name][1]


@pytest.mark.parametrize("name", FORMATS)
def test_queue_takes_records(functions: Wiring, name: str) -> None:
    """A message of the queue is an envelope, as the bus and its sources put it there."""
    bodies = [json.dumps(envelope(name, record)) for record in records(name)]

    assert ingest.handler.handler(queue_batch(*bodies), FakeContext()) == {"batchItemFailures": []}
    assert marks(functions, name) == CONVERSATIONS[name][1]


def test_what_is_archived_is_canonical(functions: Wiring) -> None:
    """Who counts again from the archive needs no format, and finds nothing that was said."""
    directly(*(envelope("lex-v2", record) for record in records("lex-v2")))
    s3 = boto3.client("s3")
    (key,) = (found["Key"] for found in s3.list_objects_v2(Bucket=ARCHIVE)["Contents"])
    lines = gzip.decompress(s3.get_object(Bucket=ARCHIVE, Key=key)["Body"].read()).decode().splitlines()

    assert key.startswith("archive/account=acct_acme/day=2026-10-05/")
    assert len(lines) == CONVERSATIONS["lex-v2"][1]
    assert {json.loads(line)["specversion"] for line in lines} == {"1.0"}


def test_bad_record_is_answered_and_quarantined(functions: Wiring) -> None:
    """The source hears which member of its record is wrong; the record beside it is taken."""
    good = envelope("lex-v2", records("lex-v2")[0])
    bad = envelope("lex-v2", {**records("lex-v2")[0], "timestamp": "yesterday"})
    (accepted, rejected) = directly(good, bad)
    (held,) = functions.manage_quarantine.page(OPERATOR, Selection(), 10, None).items

    assert accepted == {"status": "accepted"}
    assert (rejected["status"], rejected["field"]) == ("rejected", "record.timestamp")
    assert (held.field, json.loads(held.text)) == ("record.timestamp", bad)


def test_redriven_record_is_metered(functions: Wiring) -> None:
    """An envelope of an unknown bot is corrected, sent to the queue again, and recorded from there."""
    now, good = to_utc(NOW_S * 1000), envelope("rasa", records("rasa")[4])
    directly({**good, "bot_id": "bot_typo"})
    manage = functions.manage_quarantine
    (held,) = manage.page(OPERATOR, Selection(), 10, None).items
    done = manage.redrive(OPERATOR, held.event_id, held.text.replace("bot_typo", BOT_ID), now)
    (message,) = boto3.client("sqs").receive_message(QueueUrl=functions.settings.event_queue_url)["Messages"]
    ingest.handler.handler(queue_batch(message["Body"]), FakeContext())

    assert done.corrected
    assert marks(functions, "rasa") == 1
