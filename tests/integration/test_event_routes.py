"""The routes of events and their sources, over moto."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

import api.app
import api.call
import ingest.handler
from botmeter.adapters.event_messages import sources_in
from botmeter.adapters.s3.event_sources import S3SourceDirectory
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import Refused
from botmeter.domain.event_sources import SourceIdentity, key_hash
from botmeter.domain.periods import to_ms, to_rfc3339
from botmeter.domain.quarantine import Selection
from tests.fakes.context import FakeContext, payload
from tests.fakes.demo import ACCOUNT, conversation
from tests.fakes.world import OPERATOR
from tests.integration.conftest import ARCHIVE, OPERATIONS

ACME = ACCOUNT.account_id


@pytest.fixture
def functions(provisioned: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    monkeypatch.setattr(api.call, "wiring", lambda: provisioned)
    return provisioned


@pytest.fixture
def directory(aws: None) -> S3SourceDirectory:
    """What the authorizer asks."""
    return S3SourceDirectory(boto3.client("s3"), OPERATIONS)


def objects(bucket: str) -> list[str]:
    """The keys of all objects of a bucket."""
    found = boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [entry["Key"] for entry in found]


def ask(
    method: str, path: str, body: Any = None, authorizer: dict[str, Any] | None = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of an answer; to a billing admin, or to what `authorizer` says."""
    event = payload("api_get_bots.json")
    _, first, *rest = path.split("/")
    resource = f"/{first}/{{source_id}}" if rest else path
    event.update(path=path, resource=resource, httpMethod=method, body=json.dumps(body))
    event["pathParameters"] = {"source_id": rest[0]} if rest else None
    event["headers"] |= {name.replace("_", "-"): text for name, text in headers.items()}
    event["requestContext"].update(resourcePath=resource, httpMethod=method)
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    answer = api.app.app(event, FakeContext())
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"]


def send(*events: Any, account_id: str = ACME) -> tuple[int, Any, dict[str, str]]:
    """The answer to a source of an account."""
    told = {"account_id": account_id, "source_id": "src-1", "principalId": "src-1"}
    return ask("POST", "/events", list(events), told)


def event(conversation_id: str, **data: Any) -> dict[str, Any]:
    """A message of a user, now."""
    named = {"account_id": ACME, "bot_id": "bot_standard", "conversation_id": conversation_id, "role": "user"}
    return {
        "specversion": "1.0",
        "id": conversation_id,
        "source": "bots/test",
        "type": "conversation.message",
        "time": to_rfc3339(to_ms(datetime.now(UTC))),
        "data": {**named, **data},
    }


def queued(wired: Wiring) -> list[dict[str, Any]]:
    """The messages in the event queue, as Lambda hands them over; they are taken out."""
    client, url = boto3.client("sqs"), wired.settings.event_queue_url
    received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    found = []
    for message in received.get("Messages", []):
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        named = message.get("MessageAttributes", {})
        attributes = {name: {"stringValue": value["StringValue"]} for name, value in named.items()}
        found.append(
            {"messageId": message["MessageId"], "body": message["Body"], "messageAttributes": attributes}
        )
    return found


def test_each_event_is_judged_by_itself(functions: Wiring, capsys: pytest.CaptureFixture[str]) -> None:
    """Good ones are recorded whatever stands beside them; bad ones are in quarantine; all are counted."""
    status, body, _ = send(event("c-1"), {"nonsense": 1}, event("c-2", bot_id="bot_nobody"), event("c-3"), 7)
    (metrics,) = [
        json.loads(line) for line in capsys.readouterr().out.splitlines() if "EventsAccepted" in line
    ]
    timelines = functions.settle_conversations.timelines

    assert status == 200
    assert [result["status"] for result in body["results"]] == [
        "accepted",
        *["rejected"] * 2,
        "accepted",
        "rejected",
    ]
    assert [result.get("field") for result in body["results"][1:3]] == ["type", "data.bot_id"]
    assert (body["accepted"], body["rejected"], body["retry"]) == (2, 3, 0)
    assert len(timelines.load([conversation("c-1"), conversation("c-3")])) == 2
    assert sum(key.startswith("quarantine/") for key in objects(OPERATIONS)) == 3
    assert (metrics["EventsAccepted"], metrics["EventsQuarantined"]) == ([2.0], [3.0])


def test_events_of_another_account_leave_nothing(functions: Wiring) -> None:
    """Neither marks nor archive nor quarantine: a source has no business with others' events."""
    before = objects(OPERATIONS)
    status, body, _ = send(event("c-1"), event("c-2"), account_id="acct_other")

    assert (status, body["rejected"]) == (200, 2)
    assert body["results"][0] == {
        "status": "rejected",
        "field": "data.account_id",
        "rule": "must be the account of the source",
    }
    assert functions.settle_conversations.timelines.load([conversation("c-1"), conversation("c-2")]) == []
    assert (objects(OPERATIONS), objects(ARCHIVE)) == (before, [])


def test_source_s_event_is_bound_to_its_account_for_good(
    functions: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In quarantine, through the queue, and back: the operator's answers name the source."""
    monkeypatch.setattr(ingest.handler, "wiring", lambda: functions)
    manage, now = functions.manage_quarantine, datetime.now(UTC)
    send(event("c-1", bot_id="bot_nobody"))
    (kept,) = manage.page(OPERATOR, Selection(), 10, None).items
    assert manage.redrive_matching(OPERATOR, Selection(), None, now).sent == 1
    assert ingest.handler.record_messages(queued(functions), to_ms(now)) == {"batchItemFailures": []}

    (again,) = manage.page(OPERATOR, Selection(), 10, None).items
    assert (again.event_id, again.source) == (kept.event_id, SourceIdentity(ACME, "src-1"))
    foreign = {**event("c-1"), "data": {"account_id": "acct_other"}}
    with pytest.raises(Refused, match="must be the account of the source"):
        manage.redrive(OPERATOR, again.event_id, json.dumps(foreign), now)


def test_ingest_refuses_what_is_not_of_the_source_that_a_message_names(functions: Wiring) -> None:
    """Whoever sent it again: it leaves nothing."""
    functions.event_queue.send([json.dumps(event("c-1"))], {0: SourceIdentity("acct_other", "src-1")})
    messages = queued(functions)
    batch = functions.record_events(
        [m["body"] for m in messages], to_ms(datetime.now(UTC)), sources_in(messages)
    )

    assert [error.field for error in batch.refused.values()] == ["data.account_id"]
    assert objects(ARCHIVE) == []


def test_what_was_not_recorded_is_to_be_sent_again(
    functions: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one; if nothing was, the whole request: 503 with the time to wait."""
    write = functions.record_events.timelines
    unwritable = {conversation("c-1")}
    monkeypatch.setattr(write, "add_marks", lambda all_: {a.subject for a in all_} & unwritable)

    status, body, _ = send(event("c-1"), event("c-2"))
    assert (status, [result["status"] for result in body["results"]]) == (200, ["retry", "accepted"])
    assert (body["accepted"], body["retry"]) == (1, 1)

    status, body, headers = send(event("c-1"), event("c-1"))
    assert (status, body["status"], headers["Retry-After"]) == (503, 503, "2")


@pytest.mark.parametrize(
    "authorizer",
    [
        {},
        {"claims": {**payload("api_get_bots.json")["requestContext"]["authorizer"]["claims"]}},
        {"claims": {"cognito:groups": "event_source", "custom:account_id": ACME, "token_use": "id"}},
        {"account_id": ACME},
        {"account_id": "", "source_id": "src-1"},
        {"source_id": "src-1"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("functions")
def test_nobody_sends_whom_the_authorizer_of_sources_has_not_named(authorizer: dict[str, Any]) -> None:
    """A user's token, by whatever path it came here, opens nothing."""
    status, body, _ = ask("POST", "/events", [event("c-1")], authorizer)

    assert (status, body["status"]) == (403, 403)
    assert objects(ARCHIVE) == []


@pytest.mark.usefixtures("functions")
def test_source_may_do_nothing_else() -> None:
    """What names a source is no member of the account to any other route."""
    told = {"account_id": ACME, "source_id": "src-1"}

    assert ask("GET", "/bots", None, told)[0] == 403
    assert ask("GET", "/event-sources", None, told)[0] == 403


def test_key_is_told_once(functions: Wiring, directory: S3SourceDirectory) -> None:
    """The table, which remembers answers, has nothing of it; a repeated request gets another one."""
    status, first, headers = ask("POST", "/event-sources", {"name": "Runtime"}, Idempotency_Key="k-1")
    _, again, _ = ask("POST", "/event-sources", {"name": "Runtime"}, Idempotency_Key="k-1")
    (listed,) = ask("GET", "/event-sources")[1]["items"]
    table = boto3.client("dynamodb").scan(TableName=functions.settings.billing_table)["Items"]

    assert status == 201
    assert headers["Location"] == f"event-sources/{listed['source_id']}"
    assert listed == again["event_source"]
    assert directory.source_of(key_hash(first["key"])) is None
    assert directory.source_of(key_hash(again["key"])) == SourceIdentity(ACME, listed["source_id"])
    assert not any(key in repr(table) for key in (first["key"], again["key"]))


@pytest.mark.usefixtures("functions")
def test_revoked_source_stays_in_the_list(directory: S3SourceDirectory) -> None:
    """With the time from which on its key opens nothing."""
    _, added, _ = ask("POST", "/event-sources", {"name": "Runtime"}, Idempotency_Key="k-1")
    path = f"/event-sources/{added['event_source']['source_id']}"
    status, revoked, _ = ask("DELETE", path)

    assert (status, revoked["revoked_at"] is None) == (200, False)
    assert ask("GET", "/event-sources")[1]["items"] == [revoked]
    assert directory.source_of(key_hash(added["key"])) is None
    assert ask("DELETE", path)[:2] == (200, revoked)
    assert ask("DELETE", "/event-sources/src-0")[0] == 404


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize("name", ["", "x" * 101, "two\nlines"])
def test_name_is_one_line(name: str) -> None:
    """People read it in lists."""
    assert ask("POST", "/event-sources", {"name": name}, Idempotency_Key="k-1")[0] == 422
