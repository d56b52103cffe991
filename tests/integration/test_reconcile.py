"""Reconciling on moto: what ingest, meter and billing have made agrees; each planted difference is found."""

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from botmeter.adapters.dynamo.items import number
from botmeter.bootstrap import Wiring
from botmeter.domain.invoices import InvoiceLine, LineKind
from botmeter.domain.periods import to_ms
from botmeter.domain.timeline import Kind, encode_mark
from botmeter.ports.invoices import BillingRequest
from botmeter.ports.metering import MarkAddition
from botmeter_cli.reconcile.differences import Measure
from tests.fakes.demo import ACCOUNT, conversation, delivery
from tests.integration.conftest import BILLING, USAGE
from tests.integration.reconciled import (
    DAY,
    TEN_OCLOCK_MS,
    Fact,
    bill,
    delete,
    edit_invoice,
    edit_lines,
    facts,
    found,
    items,
    page,
    record,
)
from tests.integration.test_archive import reports
from tests.integration.test_billing_on_dynamodb import NOW as BILLED_AT
from tests.integration.test_billing_on_dynamodb import issue
from tests.integration.test_metering_on_dynamodb import MINUTE, NOW_MS, OCTOBER, event, settle


@pytest.fixture
def billed(provisioned: Wiring) -> Wiring:
    """A stack on which October has been metered and invoiced."""
    return bill(provisioned)


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
        ("days", "differs", "usage", "standard@1", 4, 3),
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


def test_total_that_was_lost_is_found(billed: Wiring) -> None:
    """All sessions of a day, on which the records agree."""
    key = {"pk": {"S": "TOTAL#acct_acme#bot_standard"}, "sk": {"S": f"{DAY}#standard@1"}}
    boto3.client("dynamodb").delete_item(TableName=USAGE, Key=key)

    assert facts(found(billed)) == [
        ("totals", "not_billed", "alert", "standard@1", 1, 0),
        ("totals", "not_billed", "usage", "standard@1", 3, 0),
    ]


def test_day_that_usage_pages_show_wrong_is_found(billed: Wiring) -> None:
    """In the item of a bot and month, beside which the totals are right."""
    boto3.client("dynamodb").update_item(
        TableName=USAGE,
        Key={"pk": {"S": "DAYS#acct_acme"}, "sk": {"S": "2026-10#bot_standard#standard@1"}},
        UpdateExpression="ADD usage_21 :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    result = found(billed)

    assert facts(result) == [("days", "not_in_archive", "usage", "standard@1", 0, 1)]
    assert result.differences[0].at == "2026-10-21"


def test_ledger_entry_that_is_off_is_found(billed: Wiring) -> None:
    """By the settlement that it names."""
    (item,) = (i for i in items(BILLING, "LEDGER#") if i["reason"]["S"] == "usage")
    item["amount_micros"] = number(int(item["amount_micros"]["N"]) + 1)
    boto3.client("dynamodb").put_item(TableName=BILLING, Item=item)
    result = found(billed)

    assert facts(result) == [
        ("ledger", "differs", "micros", "", 650_000, 649_999),
        ("balance", "differs", "micros", "", -649_999, -650_000),
    ]
    assert {one.reference for one in result.differences} == {item["reference"]["S"]}


def test_ledger_entry_that_nothing_is_behind_is_found(billed: Wiring) -> None:
    """A balance that paid for sessions that no record has."""
    (item,) = (i for i in items(BILLING, "LEDGER#") if i["reason"]["S"] == "usage")
    invented = {**item, "sk": {"S": "0000009999#00"}, "reference": {"S": f"{NOW_MS}-invented"}}
    boto3.client("dynamodb").put_item(TableName=BILLING, Item=invented)
    told = [f for f in facts(found(billed)) if f[2] == "micros"]

    assert told == [
        ("ledger", "not_in_archive", "micros", "", 0, 650_000),
        ("balance", "differs", "micros", "", -1_300_000, -650_000),
    ]


def test_invoice_line_that_is_off_is_found(billed: Wiring) -> None:
    """With the numbers of the invoices that bill the period."""
    edit_lines(lambda line: replace(line, quantity=line.quantity + (line.kind is LineKind.ALERTS)))
    result = found(billed)

    assert facts(result) == [
        ("invoice", "differs", "alert", "standard@1", 1, 2),
        ("invoice", "differs", "amount", "standard@1", 10, 5),
    ]
    assert (result.differences[0].at, result.differences[0].reference) == ("2026-10", "INV-2026-000001")
    assert result.differences[1].reference == "INV-2026-000001, line 5"


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("", ("invoice", "not_billed", "alert", "standard@1", 1, 0)),
        ("advanced@1", ("invoice", "not_in_archive", "alert", "advanced@1", 0, 1)),
    ],
)
def test_invoice_line_that_is_missing_or_invented_is_found(billed: Wiring, plan: str, expected: Fact) -> None:
    """Without the line of the alert; or with one more, of a plan that nobody was on."""

    def edited(lines: tuple[InvoiceLine, ...]) -> tuple[InvoiceLine, ...]:
        (line,) = (one for one in lines if one.kind is LineKind.ALERTS)
        invented = replace(line, plan=plan, unit_price_micros=30_000, amount_minor=3)
        return (*lines, invented) if plan else tuple(one for one in lines if one is not line)

    edit_invoice(edited)

    assert facts(found(billed)) == [expected]


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
        ("days", "not_in_archive", "usage", "standard@1", 0, 1),
    ]


def test_alert_that_was_billed_twice_is_found(billed: Wiring) -> None:
    """The record of a delivery, written by two settlements."""
    page([record(delivery(), minute=3)])

    assert facts(found(billed)) == [
        ("records", "differs", "alert", "a-1/u-1", 1, 2),
        ("ledger", "not_billed", "micros", "", 50_000, 0),
    ]
