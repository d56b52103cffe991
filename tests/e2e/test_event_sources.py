"""Event sources on the deployed stack: keys and tokens that may send, what becomes of events, who may not."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from botmeter.domain.events import Subject, SubjectKind
from botmeter.domain.nesting import NESTING_RULE
from botmeter_cli.aws import wait_until_empty
from botmeter_cli.stack_commands import settle
from botmeter_local import Stack
from tests.e2e.accounts import QUIET, Account, month_begin
from tests.e2e.client import JSON, Reply, User, fulfilled, refused
from tests.e2e.conversations import MINUTE, NOON, event

ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
BOT, METERED = "bot_sources", "bot_metered"
ACCEPTED = {"status": "accepted"}
QUARANTINE = "/operator/quarantine"


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User) -> Account:
    """An account with bots."""
    found = Account(stack, "acct_sources", month_begin())
    for bot_id in (BOT, METERED):
        found.bot(bot_id, since=NOON.date())
    return found


@pytest.fixture(scope="module")
def other(stack: Stack, operator: User) -> Account:
    """Another one, with a bot of its own."""
    found = Account(stack, "acct_sources_2", month_begin())
    found.bot(BOT, since=NOON.date())
    return found


def add(account: Account, name: str = "Runtime") -> tuple[str, User]:
    """The id of a new event source, and who calls with its key."""
    added = fulfilled(account.admin.post("/event-sources", {"name": name}), 201)
    return added["event_source"]["source_id"], User(account.stack.api_url, added["key"])


@pytest.fixture(scope="module")
def source(account: Account) -> User:
    """A source with a key."""
    return add(account)[1]


@pytest.fixture(scope="module")
def runtime(account: Account) -> User:
    """A user of the pool who is a source."""
    return account.user("runtime", "event_source")


def message(account: Account, conversation_id: str = "", bot_id: str = BOT) -> dict[str, Any]:
    """A user's message; the conversation is a new one unless it has a name."""
    named = conversation_id or uuid.uuid4().hex
    found: dict[str, Any] = json.loads(event(account.account_id, bot_id, NOON, conversation_id=named))
    return found


def send(sender: User, events: Any, media_type: str = JSON) -> Reply:
    """The reply to events, or to whatever else."""
    return sender.send("POST", "/events", events, Content_Type=media_type)


def marks(account: Account, conversation_id: str) -> int:
    """How many marks a conversation has."""
    subject = Subject(account.account_id, BOT, SubjectKind.CONVERSATION, conversation_id)
    return sum(len(timeline.marks) for timeline in account.services.timelines.load([subject]))


def kept(account: Account, text: str) -> list[str]:
    """The names of archived and quarantined objects that have to do with `text`."""
    s3, outputs, found = account.stack.client("s3"), account.stack.outputs, []
    for bucket in (outputs["ArchiveBucketName"], outputs["OperationsBucketName"]):
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            found += [entry["Key"]] if text in entry["Key"] or text.encode() in body else []
    return found


@pytest.mark.parametrize("who", ["source", "runtime"])
@pytest.mark.parametrize("media_type", [ONE, JSON, f"{ONE}; charset=utf-8"])
def test_one_event_is_recorded(
    account: Account, request: pytest.FixtureRequest, who: str, media_type: str
) -> None:
    """Structured mode, with a key or with a token."""
    sent = message(account)
    answer = fulfilled(send(request.getfixturevalue(who), sent, media_type))

    assert answer == {"results": [ACCEPTED], "accepted": 1, "rejected": 0, "retry": 0}
    assert marks(account, sent["data"]["conversation_id"]) == 1


@pytest.mark.parametrize("who", ["source", "runtime"])
@pytest.mark.parametrize("media_type", [MANY, JSON])
def test_events_of_a_batch_are_judged_one_by_one(
    account: Account, request: pytest.FixtureRequest, who: str, media_type: str
) -> None:
    """In their order: good ones are recorded, bad ones say what is wrong with them."""
    good, last = message(account), message(account)
    bad = [{"specversion": "1.0"}, message(account, bot_id="bot_nobody"), "text", {**good, "time": "now"}]
    answer = fulfilled(send(request.getfixturevalue(who), [good, *bad, last], media_type))

    assert [result["status"] for result in answer["results"]] == ["accepted", *["rejected"] * 4, "accepted"]
    assert [result.get("field") for result in answer["results"][1:-1]] == [
        "type",
        "data.bot_id",
        "event",
        "time",
    ]
    assert (answer["accepted"], answer["rejected"], answer["retry"]) == (2, 4, 0)
    assert [marks(account, sent["data"]["conversation_id"]) for sent in (good, last)] == [1, 1]


def test_what_was_sent_is_metered_once(account: Account, source: User) -> None:
    """The same events, sent again and again, are the same sessions."""
    events = [message(account, f"m-{number}", METERED) for number in range(3)]
    for _ in range(3):
        assert fulfilled(send(source, events))["accepted"] == 3
    settle(account.stack, datetime.now(UTC) + 60 * MINUTE, QUIET)

    records = list(account.admin.pages(f"/bots/{METERED}/sessions?period={NOON:%Y-%m}"))
    assert sum(record["sessions"] for record in records) == 3


def test_rejected_events_are_in_quarantine_as_they_were_sent(
    account: Account, source: User, operator: User
) -> None:
    """Character by character, with space and all; sent again and still bad, they are that source's still."""
    text = '{ "specversion":"1.0",  "id": "quarantined-\\u00e9" }'
    assert fulfilled(send(source, f"[{text}, {text} ]".encode()))["rejected"] == 2

    (found,) = [event for event in operator.pages(QUARANTINE) if "quarantined-" in event["excerpt"]]
    assert (found["excerpt"], found["source_account_id"]) == (text, account.account_id)
    fulfilled(operator.post(f"{QUARANTINE}/{found['event_id']}/redrive", {}))
    wait_until_empty(account.stack, "EventQueueUrl", lambda _: None)
    again = operator.get(f"{QUARANTINE}/{found['event_id']}")
    assert again["received_at"] > found["received_at"]
    assert again["source_id"] == found["source_id"]


@pytest.mark.parametrize("who", ["source", "runtime"])
def test_events_of_another_account_leave_nothing(
    other: Account, account: Account, request: pytest.FixtureRequest, who: str
) -> None:
    """No marks, nothing in the archive, nothing in quarantine; those beside them are recorded."""
    name = f"foreign-{who}"
    foreign, own = message(other, name), message(account)
    deep = {**foreign, "data": json.loads("[" * 500 + "]" * 500)}
    answer = fulfilled(send(request.getfixturevalue(who), [foreign, deep, own]))

    rule = "must be the account of the source"
    assert answer["results"] == [
        {"status": "rejected", "field": "data.account_id", "rule": rule},
        {"status": "rejected", "field": "event", "rule": NESTING_RULE},
        ACCEPTED,
    ]
    assert marks(other, name) == 0
    assert kept(account, name) == kept(account, f"account={other.account_id}/") == []


def test_500_events_are_taken_and_501_are_not(account: Account, source: User) -> None:
    """One more is refused as a whole, and so are none."""
    events = [message(account) for _ in range(500)]

    assert fulfilled(send(source, events))["accepted"] == 500
    assert refused(send(source, [*events, message(account)]), 422, "#").endswith("not 501")
    assert refused(send(source, []), 422, "#").endswith("not 0")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"[{", JSON, 400),
        (b"\xff", JSON, 400),
        (b"{}", MANY, 422),
        (b"[{}]", ONE, 422),
        (b"7", JSON, 422),
        (b"{}", "text/plain", 415),
    ],
)
def test_bodies_that_are_none_are_refused(source: User, body: bytes, media_type: str, status: int) -> None:
    """By a problem document."""
    refused(send(source, body, media_type), status, "#" if status == 422 else None)


def test_nobody_else_sends(account: Account, stack: Stack) -> None:
    """No user of any other role, nobody without a key, nobody with a made-up one."""
    sent = message(account)
    users = [
        account.admin,
        account.user("viewer", "viewer"),
        account.user("owner", "bot_owner"),
        account.user("operator", "operator"),
        User(stack.api_url),
        User(stack.api_url, f"bmk_{'n0T-aKeY_' * 5}"),
        User(stack.api_url, "bmk_"),
        User(stack.api_url, "a.b.c"),
    ]

    # The emulator does not make 401 of a policy that denies, as the template asks for.
    assert [send(user, sent).status in {401, 403} for user in users] == [True] * len(users)
    assert marks(account, sent["data"]["conversation_id"]) == 0


def test_other_paths_do_not_lead_there(account: Account) -> None:
    """A path that the gateway takes for another one has the users' authorizer, whose word does not count."""
    sent = message(account)
    paths = ["/events/", "//events", "/%65vents", "/events%2F", "/Events"]

    assert all(account.admin.send("POST", path, sent).status in {401, 403, 404} for path in paths)
    assert marks(account, sent["data"]["conversation_id"]) == 0


def test_revoked_key_is_refused(account: Account) -> None:
    """At once where the gateway has not been asked before; what it remembers counts for five minutes."""
    source_id, source = add(account, "Revoked")
    unused_id, unused = add(account, "Never used")
    assert send(source, message(account)).status == 200
    for name in (source_id, unused_id):
        assert fulfilled(account.admin.delete(f"/event-sources/{name}"))["revoked_at"]

    # The gateway remembers by the very text of the header.
    another_text = {"Authorization": f"bearer {source.token}"}
    assert User(source.base_url).send("POST", "/events", message(account), **another_text).status in {
        401,
        403,
    }
    assert send(unused, message(account)).status in {401, 403}


def test_lost_answer_is_asked_for_again(account: Account) -> None:
    """The same request gives the same source another key, which works; the first one does not."""
    key = uuid.uuid4().hex
    first, second = (account.admin.post("/event-sources", {"name": "Lost"}, key=key) for _ in range(2))
    lost, found = fulfilled(first, 201), fulfilled(second, 201)

    assert lost["event_source"]["source_id"] == found["event_source"]["source_id"]
    assert send(User(account.stack.api_url, found["key"]), message(account)).status == 200
    assert send(User(account.stack.api_url, lost["key"]), message(account)).status in {401, 403}
    refused(account.admin.post("/event-sources", {"name": "Else"}, key=key), 409)


def test_sources_are_the_account_s_own(account: Account, other: Account) -> None:
    """Another account neither lists nor revokes them; the audit trail says who added and revoked them."""
    source_id, _ = add(account, "Mine")

    refused(other.admin.delete(f"/event-sources/{source_id}"), 404)
    assert source_id not in {source["source_id"] for source in other.admin.pages("/event-sources")}
    fulfilled(account.admin.delete(f"/event-sources/{source_id}"))
    trail = [entry for entry in account.admin.pages("/audit") if source_id in entry["entry_id"]]
    assert [entry["operation"] for entry in trail] == ["event_source.revoked", "event_source.added"]
    assert {entry["actor_id"] for entry in trail} == {account.name("admin")}
