"""Reconciling where the archive is damaged, long windows reach beyond a period, or alerts come again."""

import gzip
import hashlib
from datetime import timedelta

import boto3
import pytest

from botmeter.bootstrap import Wiring
from botmeter.domain.accounts import Bot
from botmeter.domain.audit import SYSTEM
from botmeter.domain.errors import Refused
from botmeter.domain.periods import BillingPeriod, to_ms
from botmeter_cli.reconcile.differences import Measure
from botmeter_cli.reconcile.reading import BadArchive
from tests.fakes.demo import ACCOUNT, SINCE, STANDARD, bot
from tests.integration.conftest import ARCHIVE
from tests.integration.reconciled import (
    DAY,
    bill,
    found,
)
from tests.integration.test_billing_on_dynamodb import NOW as BILLED_AT
from tests.integration.test_metering_on_dynamodb import MINUTE, OCTOBER, alert, event, settle


@pytest.fixture
def billed(provisioned: Wiring) -> Wiring:
    """A stack on which October has been metered and invoiced."""
    return bill(provisioned)


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
