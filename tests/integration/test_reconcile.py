"""Reconciling on moto: what ingest, meter and billing have made agrees; each planted difference is found."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from botmeter.adapters.dynamo.items import number, to_records
from botmeter.adapters.dynamo.keys import account_key, bot_key
from botmeter.adapters.dynamo.snapshots import from_snapshot, to_snapshot
from botmeter.bootstrap import Wiring
from botmeter.domain.accounts import Bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import Refused
from botmeter.domain.events import Subject
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter.domain.settlement import Metered, UsageRecord
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.invoices import BillingRequest
from botmeter.ports.metering import MarkAddition
from botmeter_cli.archive import Archive
from botmeter_cli.reconcile.differences import Difference, Measure
from botmeter_cli.reconcile.reading import BadArchive
from botmeter_cli.reconcile.reconciliation import Reconciliation, reconcile
from tests.fakes.demo import ACCOUNT, SINCE, STANDARD, bot, conversation, delivery
from tests.integration.conftest import ARCHIVE, BILLING, USAGE
from tests.integration.test_archive import reports
from tests.integration.test_billing_on_dynamodb import NOW as BILLED_AT
from tests.integration.test_billing_on_dynamodb import issue
from tests.integration.test_metering_on_dynamodb import MINUTE, NOW_MS, OCTOBER, alert, event, settle

TEN_OCLOCK_MS = NOW_MS - 120 * MINUTE
DAY = "2026-10-20"
EVENTS = [
    *(event(minute) for minute in (0, 10, 20)),
    event(5, "c-2"),
    event(6, "c-greeted", role="bot"),
    *(event(minute, "c-3", bot_id="bot_essential") for minute in (0, 20)),
    event(1, "c-4", bot_id="bot_enterprise"),
    alert(3),
    alert(9),
]

Fact = tuple[str, str, str, str, int, int]


@pytest.fixture
def billed(provisioned: Wiring) -> Wiring:
    """A stack on which October has been metered and invoiced, each event in an object of its own."""
    for text in EVENTS:
        provisioned.record_events([text], NOW_MS)
    settle(provisioned)
    issue(provisioned)
    return provisioned


def found(wired: Wiring, period: BillingPeriod = OCTOBER) -> Reconciliation:
    archive = Archive(boto3.client("s3"), ARCHIVE)
    return reconcile(wired, archive, ACCOUNT.account_id, period, lambda _: None)


def facts(of: Reconciliation) -> list[Fact]:
    """What is told of each difference, but for its time."""
    return [fact(one) for one in of.differences]


def fact(one: Difference) -> Fact:
    return (one.where, one.what, one.measure, one.subject, one.archived, one.billed)


def page(records: list[UsageRecord], settlement_id: str = f"{NOW_MS}-000000000000") -> None:
    """Write usage records that nobody has settled."""
    item: Any = {
        "pk": {"S": bot_key("USAGE", ACCOUNT.account_id, "bot_standard") + "#2026-10"},
        "sk": {"S": f"{DAY}#{settlement_id}"},
        "records": to_records(records),
    }
    boto3.client("dynamodb").put_item(TableName=USAGE, Item=item)


def record(subject: Subject, minute: int = 0, sessions: int = 1) -> UsageRecord:
    """A window of one instant."""
    start_ms = TEN_OCLOCK_MS + minute * MINUTE
    return UsageRecord(
        subject, 1, Metered(start_ms, start_ms, 0, (start_ms,) * sessions), "standard@1", "v1-15"
    )


def items(table: str, beginning: str) -> list[Any]:
    """The items whose partition key begins so."""
    return [
        i
        for i in boto3.client("dynamodb").scan(TableName=table)["Items"]
        if i["pk"]["S"].startswith(beginning)
    ]


def test_what_was_metered_and_billed_agrees(billed: Wiring) -> None:
    """All books, bots on every kind of plan, alerts, and a window that only the bot spoke in."""
    result = found(billed)

    assert result.agrees
    assert (result.sessions[Measure.USAGE], result.sessions[Measure.ALERT]) == (6, 1)
    assert (result.events, result.invoices, result.waiting, result.open) == (8, "INV-2026-000001", 0, [])


def test_corrections_agree(billed: Wiring) -> None:
    """A late event is a reversal and a new record, and the next invoice's, until that has billed it."""
    billed.record_events([event(31), event(40, "c-3", bot_id="bot_essential")], NOW_MS)
    settle(billed, to_ms(BILLED_AT) + 60 * MINUTE)
    waiting = found(billed)
    later = BILLED_AT + timedelta(days=30)
    issue(billed, BillingRequest(ACCOUNT.account_id, OCTOBER.next(), later))
    corrected = found(billed)

    assert (waiting.agrees, waiting.waiting) == (True, 2)
    assert (corrected.agrees, corrected.waiting) == (True, 0)
    assert corrected.invoices == "INV-2026-000001, INV-2026-000002"


def test_conversation_that_goes_on_is_open(billed: Wiring) -> None:
    """What the meter has still to look at is told apart from what it got wrong."""
    billed.record_events([event(31), event(50, "c-new")], NOW_MS)
    result = found(billed)

    assert result.agrees
    assert [(o.subject, o.archived, o.billed) for o in result.open] == [("c-1", 3, 2), ("c-new", 1, 0)]


def test_mark_that_was_lost_is_found(billed: Wiring) -> None:
    """An event that was archived and never metered: records, totals and the invoice have a session less."""
    billed.archive.keep(reports(event(31)))

    assert facts(found(billed)) == [
        ("records", "differs", "usage", "c-1", 3, 2),
        ("totals", "differs", "usage", "standard@1", 4, 3),
        ("invoice", "differs", "usage", "standard@1", 4, 3),
    ]


def test_conversation_that_was_lost_is_found(billed: Wiring) -> None:
    """With where it began."""
    billed.archive.keep(reports(event(31, "c-lost")))
    result = found(billed)

    assert facts(result)[0] == ("records", "not_billed", "usage", "c-lost", 1, 0)
    assert result.differences[0].at == "2026-10-20T10:31:00.000Z"


def test_record_that_nothing_is_behind_is_found(billed: Wiring) -> None:
    """It is not in the archive, and no balance has paid for it."""
    page([record(conversation("c-invented"))])

    assert facts(found(billed)) == [
        ("records", "not_in_archive", "usage", "c-invented", 0, 1),
        ("ledger", "not_billed", "micros", "", 200_000, 0),
    ]


def test_record_that_counts_too_much_is_found(billed: Wiring) -> None:
    """In its own page, and by what its settlement took."""
    client = boto3.client("dynamodb")
    for item in items(USAGE, "USAGE#acct_acme#bot_standard"):
        rows = item["records"]["M"]["standard@1/v1-15"]["L"]
        for row in (r["L"] for r in rows if r["L"][0]["S"] == "c-2"):
            row[5]["L"].append(number(1))
            client.put_item(TableName=USAGE, Item=item)

    assert facts(found(billed)) == [
        ("records", "differs", "usage", "c-2", 1, 2),
        ("ledger", "differs", "usage", "", 4, 3),
        ("ledger", "differs", "micros", "", 850_000, 650_000),
    ]


def test_total_that_is_off_by_one_is_found(billed: Wiring) -> None:
    """With its day and plan version."""
    boto3.client("dynamodb").update_item(
        TableName=USAGE,
        Key={"pk": {"S": "TOTAL#acct_acme#bot_standard"}, "sk": {"S": f"{DAY}#standard@1"}},
        UpdateExpression="ADD alert_12 :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    result = found(billed)

    assert facts(result) == [("totals", "differs", "alert", "standard@1", 1, 2)]
    assert result.differences[0].at == DAY


def test_ledger_entry_that_is_off_is_found(billed: Wiring) -> None:
    """By the settlement that it names."""
    (item,) = (i for i in items(BILLING, "LEDGER#") if i["reason"]["S"] == "usage")
    item["amount_micros"] = number(int(item["amount_micros"]["N"]) + 1)
    boto3.client("dynamodb").put_item(TableName=BILLING, Item=item)
    result = found(billed)

    assert facts(result) == [("ledger", "differs", "micros", "", 650_000, 649_999)]
    assert result.differences[0].reference == item["reference"]["S"]


def test_ledger_entry_that_nothing_is_behind_is_found(billed: Wiring) -> None:
    """A balance that paid for sessions that no record has."""
    (item,) = (i for i in items(BILLING, "LEDGER#") if i["reason"]["S"] == "usage")
    invented = {**item, "sk": {"S": "0000009999#00"}, "reference": {"S": f"{NOW_MS}-invented"}}
    boto3.client("dynamodb").put_item(TableName=BILLING, Item=invented)
    told = [f for f in facts(found(billed)) if f[2] == "micros"]

    assert told == [("ledger", "not_in_archive", "micros", "", 0, 650_000)]


def test_invoice_line_that_is_off_is_found(billed: Wiring) -> None:
    """With the numbers of the invoices that bill the period."""
    (item,) = (i for i in items(BILLING, account_key(ACCOUNT.account_id)) if "snapshot" in i)
    invoice = from_snapshot(item["snapshot"]["B"])
    lines = [replace(line, quantity=line.quantity + (line.kind.value == "alerts")) for line in invoice.lines]
    item["snapshot"]["B"] = to_snapshot(replace(invoice, lines=tuple(lines)))
    boto3.client("dynamodb").put_item(TableName=BILLING, Item=item)
    result = found(billed)

    assert facts(result) == [("invoice", "differs", "alert", "standard@1", 1, 2)]
    assert (result.differences[0].at, result.differences[0].reference) == ("2026-10", "INV-2026-000001")


def test_archived_event_that_is_missing_is_found(billed: Wiring) -> None:
    """Billed, but not in the archive."""
    delete(lambda told: told["data"].get("conversation_id") == "c-2")

    assert facts(found(billed))[0] == ("records", "not_in_archive", "usage", "c-2", 0, 1)


def test_test_traffic_that_was_billed_is_found(provisioned: Wiring) -> None:
    """However it came to be metered."""
    provisioned.record_events([event(0, "c-test").replace('"role"', '"test": true, "role"')], NOW_MS)
    mark = encode_mark(TEN_OCLOCK_MS, Kind.USER_MESSAGE)
    provisioned.timelines.add_marks([MarkAddition(conversation("c-test"), [mark], NOW_MS)])
    settle(provisioned)

    assert facts(found(provisioned)) == [
        ("records", "not_in_archive", "usage", "c-test", 0, 1),
        ("totals", "not_in_archive", "usage", "standard@1", 0, 1),
    ]


def test_alert_that_was_billed_twice_is_found(billed: Wiring) -> None:
    """The record of a delivery, written by two settlements."""
    page([record(delivery(), minute=3)])

    assert facts(found(billed)) == [
        ("records", "differs", "alert", "a-1/u-1", 1, 2),
        ("ledger", "not_billed", "micros", "", 50_000, 0),
    ]


def test_object_that_is_damaged_is_named(billed: Wiring) -> None:
    """What it held may be missing, so the period does not agree even where nothing differs."""
    client = boto3.client("s3")
    key = f"archive/account=acct_acme/day={DAY}/{'0' * 32}.jsonl.gz"
    client.put_object(Bucket=ARCHIVE, Key=key, Body=gzip.compress(event(0).encode()))
    result = found(billed)

    assert (result.agrees, result.differences, result.damaged) == (False, [], [key])


def test_lines_that_are_no_events_are_told(billed: Wiring) -> None:
    """Nothing is counted without them."""
    content = b'{"time": "2026-10-20T10:00:00Z", "type": "unheard.of", "data": {"bot_id": "bot_standard"}}\n'
    key = f"archive/account=acct_acme/day={DAY}/{hashlib.sha256(content).hexdigest()[:32]}.jsonl.gz"
    boto3.client("s3").put_object(Bucket=ARCHIVE, Key=key, Body=gzip.compress(content))
    with pytest.raises(BadArchive, match="unknown type"):
        found(billed)


def test_window_longer_than_what_is_read_first_is_read_whole(provisioned: Wiring) -> None:
    """A conversation without a pause from October to November: more days are read until none could join."""
    began = BILLED_AT - timedelta(days=10)
    patient = Bot(
        ACCOUNT.account_id,
        "bot_patient",
        "Patient",
        "u-owner",
        bot(STANDARD).subscription,
        idle_timeout_minutes=1440,
    )
    provisioned.provision_account(ACCOUNT, [patient], {}, SYSTEM, SINCE)
    for hours in range(0, 240, 20):
        at = (began + timedelta(hours=hours)).isoformat()
        said = event(0, "c-long", bot_id="bot_patient").replace(f"{DAY}T10:00:00Z", at)
        provisioned.record_events([said], to_ms(BILLED_AT))
    settle(provisioned, to_ms(BILLED_AT) + 2 * 1440 * MINUTE)
    october, november = found(provisioned), found(provisioned, OCTOBER.next())

    assert (october.agrees, november.agrees) == (True, True)
    assert (october.days, november.days) == (8, 8)
    assert october.sessions[Measure.USAGE] + november.sessions[Measure.USAGE] == 220 * 4


def test_alert_that_was_told_again_in_another_period_counts_once(provisioned: Wiring) -> None:
    """In the period in which it was delivered first."""
    again = alert(0).replace(f"{DAY}T", "2026-11-03T")
    provisioned.record_events([alert(0), again], to_ms(BILLED_AT))
    settle(provisioned, to_ms(BILLED_AT) + 60 * MINUTE)
    october, november = found(provisioned), found(provisioned, OCTOBER.next())

    assert (october.agrees, november.agrees) == (True, True)
    assert (october.sessions[Measure.ALERT], november.sessions[Measure.ALERT]) == (1, 0)


def test_period_that_the_account_does_not_have_is_refused(provisioned: Wiring) -> None:
    """With one that it has."""
    with pytest.raises(Refused, match=r"such as 2026-10$"):
        found(provisioned, BillingPeriod(2026, 10, 15))


def delete(chosen: Callable[[Any], bool]) -> None:
    """Remove the archive's objects whose one event is chosen."""
    client = boto3.client("s3")
    for key in (o["Key"] for o in client.list_objects_v2(Bucket=ARCHIVE)["Contents"]):
        body = client.get_object(Bucket=ARCHIVE, Key=key)["Body"].read()
        if chosen(json.loads(gzip.decompress(body))):
            client.delete_object(Bucket=ARCHIVE, Key=key)
