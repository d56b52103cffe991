"""Real conversations through the deployed template: bus, queue, functions, schedules, API, IAM."""

import json
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import urllib3

from botmeter.domain.invoices import LineKind
from botmeter.domain.money import round_half_up
from botmeter.domain.periods import Calendar, to_rfc3339
from botmeter.domain.settlement import UsageRecord
from botmeter_cli.api_client import ApiClient, sign_in
from botmeter_cli.aws import wait_until_empty
from botmeter_cli.offline import Rejects, collect
from botmeter_cli.output import Output
from botmeter_cli.provisioning import demo_account, seed, wiring_for
from botmeter_cli.replay import replay
from botmeter_cli.sample import ACCOUNT_ID, last_full_month, sample_events
from botmeter_cli.stack_commands import bill, settle
from botmeter_local import Stack
from tests.e2e.client import User
from tests.e2e.documents import amounts_of, download, not_printed

OTHER_ID = "acct_again"
OWNER = "tim.wagner@acme.example"
NOW = datetime.now(UTC)
CALENDAR = Calendar(demo_account()["time_zone"])
MONTH = last_full_month(NOW, CALENDAR)
QUIET = Output(as_json=True)
SAMPLE = [json.dumps(event) for event in sample_events(MONTH)]


def replay_and_settle(stack: Stack, lines: list[str]) -> dict[str, Any]:
    """Put events on the bus and settle once all of them are in."""
    replayed = replay(stack, lines, QUIET, len(lines))
    settle(stack, NOW + timedelta(hours=2), QUIET)
    return replayed


def metered(stack: Stack, account_id: str) -> dict[str, Any]:
    """Usage records and totals of all bots of an account, without its name."""
    usage = wiring_for(stack).usage
    found: dict[str, Any] = {}
    for bot in demo_account()["bots"]:
        records = usage.records(account_id, bot["bot_id"], MONTH)
        totals = usage.totals(account_id, bot["bot_id"], MONTH)
        found[bot["bot_id"]] = {"records": [as_json(r) for r in records], "totals": repr(totals)}
    return found


def as_json(record: UsageRecord) -> dict[str, Any]:
    metered = record.metered
    return {
        "id": record.record_id,
        "kind": record.subject.kind,
        "start": metered.start_ms,
        "end": metered.end_ms,
        "agent_ms": metered.agent_ms,
        "sessions": metered.session_starts_ms,
        "plan": record.plan,
        "rule": record.rule,
        "reverses": record.reverses,
    }


@dataclass
class Replayed:
    """What was sent and metered, before anything else was tried on the stack."""

    stack: Stack
    first: dict[str, Any]
    first_counts: dict[str, Any]


@pytest.fixture(scope="module")
def replayed(stack: Stack) -> Replayed:
    """The sample, replayed in its order to the demo account and settled."""
    since = MONTH.start(CALENDAR)
    seed(stack, since, demo_account())
    seed(stack, since, {**demo_account(), "account_id": OTHER_ID})
    counts = replay_and_settle(stack, SAMPLE)
    return Replayed(stack, metered(stack, ACCOUNT_ID), counts)


@pytest.fixture(scope="module")
def api(replayed: Replayed) -> ApiClient:
    """The API as a billing admin of the demo account sees it, after the month was billed."""
    bill(replayed.stack, max(NOW, MONTH.end(CALENDAR) + timedelta(days=4)), QUIET)
    token = sign_in(replayed.stack, "admin@acme.example", ACCOUNT_ID, "billing_admin")
    return ApiClient(replayed.stack.api_url, token)


def test_every_event_of_the_sample_arrives(replayed: Replayed) -> None:
    """Nothing is refused, nothing dead-lettered, nothing quarantined."""
    counts = replayed.first_counts
    assert (counts["events"], counts["failed"], counts["refused"], counts["dead_letters"]) == (
        len(SAMPLE),
        0,
        0,
        0,
    )
    assert not {kept["text"] for kept in quarantined(replayed.stack)} & {*SAMPLE}


def test_records_say_what_the_offline_rule_says(replayed: Replayed) -> None:
    """The deployed functions bill what `botmeter sessions` counts on the same file, window by window."""
    collection = collect(SAMPLE, Rejects())
    wiring = wiring_for(replayed.stack)
    for bot in wiring.show_bots.accounts.bots(ACCOUNT_ID):
        offline = sorted(
            (subject.name, window.start_ms, window.end_ms, window.agent_ms, window.bot_ms)
            for subject, window in collection.windows(bot.rule)
            if subject.bot_id == bot.bot_id
        )
        records = wiring.usage.records(ACCOUNT_ID, bot.bot_id, MONTH)
        deployed = sorted(
            (r.subject.name, r.metered.start_ms, r.metered.end_ms, r.metered.agent_ms, r.metered.bot_ms)
            for r in records
            if r.unit == "usage"
        )
        assert deployed == offline
        assert sum(r.unit == "alert" for r in records) == sum(
            s.bot_id == bot.bot_id for s in collection.alerts
        )


def test_another_order_with_duplicates_gives_the_same_bytes(replayed: Replayed) -> None:
    """Shuffled, with a third of the events twice, records and totals of a second account are the same."""
    events = [line.replace(ACCOUNT_ID, OTHER_ID) for line in SAMPLE]
    shuffled = events + random.Random(1).sample(events, len(events) // 3)
    random.Random(2).shuffle(shuffled)
    replay_and_settle(replayed.stack, shuffled)

    second = metered(replayed.stack, OTHER_ID)
    assert json.dumps(second, sort_keys=True) == json.dumps(replayed.first, sort_keys=True)


def test_replaying_again_changes_nothing(replayed: Replayed) -> None:
    """All events once more to the account that has them: no record, no total, no debit more."""
    billing = wiring_for(replayed.stack).billing
    balance = billing.balance(ACCOUNT_ID, "bot_orders")
    replay_and_settle(replayed.stack, SAMPLE[::-1])

    assert metered(replayed.stack, ACCOUNT_ID) == replayed.first
    assert billing.balance(ACCOUNT_ID, "bot_orders") == balance


def test_month_becomes_an_invoice_and_its_pdf(api: ApiClient) -> None:
    """One invoice with a line for each charge and German VAT; its PDF, downloaded by link, says the same."""
    (entry,) = [e for e in api.get("/orders")["items"] if e["type"] == "invoice"]
    invoice = api.get(f"/invoices/{entry['number']}")
    pdf = download(User(api.base_url, api.token), f"/invoices/{entry['number']}")
    net = sum(line["amount"]["amount"] for line in invoice["lines"])
    (tax,) = invoice["taxes"]

    assert (entry["period"], entry["status"]) == (MONTH.label, "issued")
    assert {line["kind"] for line in invoice["lines"]} == set(LineKind) - {LineKind.PRORATION}
    assert (tax["category"], tax["rate_bp"], tax["net"]["amount"]) == ("S", 1_900, net)
    assert invoice["tax"] == tax["tax"]
    assert tax["tax"]["amount"] == round_half_up(net * 19, 100)
    assert invoice["total"]["amount"] == net + tax["tax"]["amount"]
    assert invoice["seller"]["name"] == "Botmeter GmbH"
    assert invoice["customer"]["address"]["city"] == "Berlin"
    assert entry["number"] in pdf.text
    assert not_printed(pdf, amounts_of(invoice), invoice["customer"]["locale"]) == set()


def test_second_billing_run_changes_nothing(api: ApiClient, replayed: Replayed) -> None:
    """Billing again draws no number."""
    before = api.get("/orders")
    bill(replayed.stack, max(NOW, MONTH.end(CALENDAR) + timedelta(days=5)), QUIET)

    assert api.get("/orders") == before


def test_bots_show_plan_use_and_balance(api: ApiClient, replayed: Replayed) -> None:
    """Each bot has the sessions that were metered."""
    for bot in api.get(f"/bots?period={MONTH.label}")["items"]:
        records = [r for r in replayed.first[bot["bot_id"]]["records"] if r["kind"] == "CONV"]
        assert bot["usage"]["usage_sessions"] == sum(len(r["sessions"]) for r in records)


def test_no_token_no_answer(api: ApiClient) -> None:
    """API Gateway turns away who has no token, or a made-up one."""
    for headers in ({}, {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}):
        answer = urllib3.request("GET", f"{api.base_url}/bots", headers=headers, retries=False)
        assert answer.status == 401


@pytest.mark.parametrize(
    ("account_id", "group", "path", "status"),
    [
        (OTHER_ID, "billing_admin", "/invoices/{number}", 404),
        (OTHER_ID, "billing_admin", "/invoices/{number}/download", 404),
        ("acct_nobody", "billing_admin", "/bots/bot_orders", 404),
        (ACCOUNT_ID, "viewer", "/orders", 403),
        (ACCOUNT_ID, "viewer", "/bots/bot_orders", 200),
        (ACCOUNT_ID, "bot_owner", "/bots/bot_orders", 403),
        (ACCOUNT_ID, "bot_owner", "/invoices/{number}", 403),
        (ACCOUNT_ID, "owner", "/bots/bot_orders", 200),
        (ACCOUNT_ID, "owner", "/bots/bot_people", 403),
    ],
)
def test_accounts_and_roles(
    api: ApiClient, replayed: Replayed, account_id: str, group: str, path: str, status: int
) -> None:
    """On the deployed stack nobody sees another account's data, or more than the role permits."""
    (number,) = [e["number"] for e in api.get("/orders")["items"] if e["type"] == "invoice"]
    user = OWNER if group == "owner" else f"{group}@{account_id}.example"
    token = sign_in(replayed.stack, user, account_id, "bot_owner" if group == "owner" else group)
    answer = urllib3.request(
        "GET", api.base_url + path.format(number=number), headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status == status


def test_unusable_messages_are_quarantined(replayed: Replayed) -> None:
    """What is not JSON, or of an unknown bot, is kept with its reason; the event beside it is metered."""
    stack = replayed.stack
    good = {**json.loads(SAMPLE[0]), "time": to_rfc3339(round(time.time() * 1000))}
    strange = {**good, "data": {**good["data"], "bot_id": "bot_nobody"}}
    sqs = stack.client("sqs")
    for body in ("{not JSON", json.dumps(strange), json.dumps(good)):
        sqs.send_message(QueueUrl=stack.outputs["EventQueueUrl"], MessageBody=body)
    wait_until_empty(stack, "EventQueueUrl", lambda _: None)
    settle(stack, NOW + timedelta(hours=2), QUIET)

    beside = wiring_for(stack).usage.records(ACCOUNT_ID, good["data"]["bot_id"], MONTH.next())
    assert [record.subject.name for record in beside] == [good["data"]["conversation_id"]]
    assert {(k["field"], k["text"]) for k in quarantined(stack)} >= {
        ("event", "{not JSON"),
        ("data.bot_id", json.dumps(strange)),
    }


def quarantined(stack: Stack) -> list[dict[str, Any]]:
    """What quarantine holds."""
    s3, bucket = stack.client("s3"), stack.outputs["OperationsBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="quarantine/").get("Contents", [])
    return [json.loads(s3.get_object(Bucket=bucket, Key=o["Key"])["Body"].read()) for o in listed]


def test_direct_invocation_answers_item_by_item(replayed: Replayed) -> None:
    """The ingest function takes a batch without the queue."""
    events = [json.loads(SAMPLE[0]), {"specversion": "1.0"}]
    answer = replayed.stack.client("lambda").invoke(
        FunctionName=replayed.stack.outputs["IngestFunctionName"],
        Payload=json.dumps({"events": events}).encode(),
    )
    results = json.loads(answer["Payload"].read())["results"]

    assert [result["status"] for result in results] == ["accepted", "rejected"]


def test_schedule_runs_the_meter(replayed: Replayed) -> None:
    """Without anybody's command the meter is called every minute."""
    logs = replayed.stack.client("logs")
    group = f"/{replayed.stack.name}/Meter"
    deadline = time.monotonic() + 90
    runs = 0
    while runs == 0 and time.monotonic() < deadline:
        found = logs.filter_log_events(logGroupName=group, filterPattern='"settled"')["events"]
        messages = [json.loads(e["message"]) for e in found if e["message"].startswith("{")]
        runs = sum(m.get("message") == "settled" and m.get("settled") == 0 for m in messages)
        time.sleep(1)

    assert runs > 0
