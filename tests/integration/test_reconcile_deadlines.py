"""Reconciling on moto what is late: what nothing settles, and what no invoice bills."""

from datetime import timedelta

import boto3
import pytest

from botmeter.adapters.dynamo.keys import timeline_key
from botmeter.bootstrap import Wiring
from botmeter.domain.periods import to_ms
from tests.fakes.demo import ACCOUNT, conversation, delivery
from tests.integration.conftest import USAGE
from tests.integration.reconciled import ASKED_AT, bill, facts, found
from tests.integration.test_billing_on_dynamodb import NOW as BILLED_AT
from tests.integration.test_billing_on_dynamodb import issue
from tests.integration.test_metering_on_dynamodb import MINUTE, NOW, NOW_MS, alert, event, settle

DAY = timedelta(days=1)
SEPTEMBER = ACCOUNT.first_period.previous()
OVERDUE = [
    ("overdue", "not_billed", "alert", "a-late/u-1", 1, 0),
    ("overdue", "not_billed", "usage", "c-late", 1, 0),
]


@pytest.fixture
def late(provisioned: Wiring) -> Wiring:
    """A stack on which a conversation and an alert have come since all was settled."""
    bill(provisioned)
    provisioned.record_events([event(31, "c-late"), alert(31, "a-late")], NOW_MS)
    return provisioned


def test_what_should_have_been_settled_is_a_difference(late: Wiring) -> None:
    """From a day after its idle timeout on: before, it is open."""
    due_at = NOW - timedelta(minutes=89) + DAY + timedelta(seconds=1)
    before, after = found(late, now=due_at), found(late, now=due_at + timedelta(minutes=15))

    assert (before.agrees, [one.subject for one in before.open]) == (False, ["c-late"])
    assert facts(before) == OVERDUE[:1]
    assert (after.agrees, facts(after), after.open) == (False, OVERDUE, [])
    assert after.differences[1].at == "2026-10-20T10:31:00.000Z"


def test_what_the_meter_puts_off_again_and_again_is_a_difference(late: Wiring) -> None:
    """As it does with what fits no transaction: it is due within the hour, always."""
    now = NOW + 2 * DAY
    for timeline in late.timelines.load([conversation("c-late"), delivery("a-late/u-1")]):
        late.timelines.move_due(timeline, to_ms(now) + 60 * MINUTE)

    assert facts(found(late, now=now)) == OVERDUE


def test_what_the_index_of_what_is_due_has_lost_is_a_difference(late: Wiring) -> None:
    """It says itself that it is due, and no meter comes."""
    for subject in (conversation("c-late"), delivery("a-late/u-1")):
        boto3.client("dynamodb").update_item(
            TableName=USAGE, Key=timeline_key(subject), UpdateExpression="REMOVE due_shard"
        )
    settle(late)

    assert facts(found(late)) == []
    assert facts(found(late, now=NOW + 2 * DAY)) == OVERDUE


def test_period_that_should_have_been_invoiced_is_a_difference(provisioned: Wiring) -> None:
    """A day after its grace has passed: before, its sessions wait for the invoice."""
    provisioned.record_events([event(0)], NOW_MS)
    settle(provisioned)
    waiting, late = found(provisioned, now=BILLED_AT), found(provisioned, now=BILLED_AT + DAY)

    assert (facts(waiting), waiting.waiting) == ([], 1)
    assert (facts(late), late.waiting) == ([("invoice", "not_billed", "usage", "standard@1", 1, 0)], 0)


def test_correction_that_no_invoice_has_made_in_time_is_a_difference(late: Wiring) -> None:
    """The next invoice should have been there."""
    settle(late, to_ms(BILLED_AT) + 60 * MINUTE)
    waiting, missed = found(late, now=ASKED_AT), found(late, now=BILLED_AT + 31 * DAY)

    assert (facts(waiting), waiting.waiting) == ([], 2)
    assert (facts(missed), missed.waiting) == (
        [
            ("invoice", "differs", "alert", "standard@1", 2, 1),
            ("invoice", "differs", "usage", "standard@1", 4, 3),
        ],
        0,
    )


def test_what_was_used_before_the_first_period_is_on_the_first_invoice(provisioned: Wiring) -> None:
    """Until then it waits; a month has no invoice of its own that is older than the account."""
    provisioned.record_events([event(0).replace("2026-10-20", "2026-09-20")], NOW_MS)
    settle(provisioned)
    waiting = found(provisioned, SEPTEMBER, now=BILLED_AT)
    lines = issue(provisioned).invoice.lines
    billed = found(provisioned, SEPTEMBER, now=BILLED_AT + 31 * DAY)

    assert (facts(waiting), waiting.waiting) == ([], 1)
    assert [line.quantity for line in lines if line.service_period == SEPTEMBER] == [1]
    assert (facts(billed), billed.waiting) == ([], 0)
