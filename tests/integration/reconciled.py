"""A stack on moto that has billed a month, what reconciling finds on it, and how to plant differences."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import boto3

from botmeter.adapters.dynamo.items import number, to_records
from botmeter.adapters.dynamo.keys import account_key, bot_key
from botmeter.adapters.dynamo.snapshots import from_snapshot, to_snapshot
from botmeter.bootstrap import Wiring
from botmeter.domain.events import Subject
from botmeter.domain.invoices import InvoiceLine
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.settlement import Metered, UsageRecord
from botmeter_cli.archive import Archive
from botmeter_cli.reconcile.differences import Difference
from botmeter_cli.reconcile.reconciliation import Reconciliation, reconcile
from tests.fakes.demo import ACCOUNT, STANDARD
from tests.integration.conftest import ARCHIVE, BILLING, USAGE
from tests.integration.test_billing_on_dynamodb import issue
from tests.integration.test_metering_on_dynamodb import MINUTE, NOW, NOW_MS, OCTOBER, alert, event, settle

# Soon after all was settled: nothing is overdue, and no invoice is late.
ASKED_AT = NOW + timedelta(hours=2)
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


def bill(wired: Wiring) -> Wiring:
    """Meter and invoice October, with each event in an object of its own."""
    for text in EVENTS:
        wired.record_events([text], NOW_MS)
    settle(wired)
    issue(wired)
    return wired


def found(wired: Wiring, period: BillingPeriod = OCTOBER, now: datetime = ASKED_AT) -> Reconciliation:
    archive = Archive(wired.archive)
    return reconcile(wired, archive, ACCOUNT.account_id, period, now=now, tell=lambda _: None)


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
        "prices": {"M": {STANDARD.ref: {"L": [{"S": "EUR"}, number(200_000), number(50_000)]}}},
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


def delete(chosen: Callable[[Any], bool]) -> None:
    """Remove the archive's objects whose one event is chosen."""
    client = boto3.client("s3")
    for key in (o["Key"] for o in client.list_objects_v2(Bucket=ARCHIVE)["Contents"]):
        body = client.get_object(Bucket=ARCHIVE, Key=key)["Body"].read()
        if chosen(json.loads(gzip.decompress(body))):
            client.delete_object(Bucket=ARCHIVE, Key=key)


def edit_invoice(
    edit: Callable[[tuple[InvoiceLine, ...]], tuple[InvoiceLine, ...]], period: str = "2026-10"
) -> None:
    """Change the lines of a period's invoice, which never happens."""
    stored = (i for i in items(BILLING, account_key(ACCOUNT.account_id)) if "snapshot" in i)
    for item in stored:
        invoice = from_snapshot(item["snapshot"]["B"])
        if invoice.period.label == period:
            item["snapshot"]["B"] = to_snapshot(replace(invoice, lines=edit(invoice.lines)))
            boto3.client("dynamodb").put_item(TableName=BILLING, Item=item)


def edit_lines(edit: Callable[[InvoiceLine], InvoiceLine], period: str = "2026-10") -> None:
    """The same, line by line."""
    edit_invoice(lambda lines: tuple(map(edit, lines)), period)
