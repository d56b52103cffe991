"""Bills that wait for the operator."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from botmeter.adapters.dynamo.parked import DynamoParkedBills
from botmeter.bootstrap import Wiring
from botmeter.domain.errors import StoreUnavailable
from botmeter.domain.money import Money
from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import ParkedBill, ParkedBills
from tests.integration.conftest import BILLING
from tests.integration.stores import DAY, NOW

HIGH = ParkedBill(
    account_id="acct_acme",
    period=BillingPeriod(2026, 10),
    reason="four times the usual",
    needs_approval=True,
    parked_at=NOW,
    net=Money(1_234_500, "EUR"),
    total=Money(1_469_055, "EUR"),
)
FAULTY = ParkedBill(
    "acct_other", BillingPeriod(2026, 9), "no tax rate for XX", needs_approval=False, parked_at=NOW - DAY
)
REPLACEMENT = replace(HIGH, replaces="INV-2026-000007", parked_at=NOW + timedelta(microseconds=1))


@pytest.fixture
def parked(wired: Wiring) -> ParkedBills:
    return wired.parked


def test_parked_bills_come_oldest_first(parked: ParkedBills) -> None:
    """Each as it was parked, with everything that is known of it."""
    for bill in (HIGH, FAULTY):
        parked.park(bill)

    assert list(parked.parked()) == [FAULTY, HIGH]


def test_bill_is_found_by_its_account(parked: ParkedBills) -> None:
    """An account has one bill that is parked, or none."""
    parked.park(REPLACEMENT)

    assert parked.of_account("acct_acme") == REPLACEMENT
    assert parked.of_account("acct_other") is None


def test_bill_takes_the_place_of_what_was_parked_before(parked: ParkedBills) -> None:
    """Of one account, the last counts."""
    for bill in (HIGH, REPLACEMENT):
        parked.park(bill)

    assert list(parked.parked()) == [REPLACEMENT]


def test_released_bill_is_parked_no_more(parked: ParkedBills) -> None:
    """Others stay; releasing it again, or what never was parked, changes nothing."""
    for bill in (HIGH, FAULTY):
        parked.park(bill)
    for bill in (HIGH, HIGH, replace(HIGH, account_id="acct_third")):
        parked.release(bill)

    assert list(parked.parked()) == [FAULTY]
    assert parked.of_account("acct_acme") is None
    assert parked.of_account("acct_third") is None


@pytest.mark.parametrize(
    "another", [REPLACEMENT, replace(HIGH, period=BillingPeriod(2026, 11))], ids=["later", "other period"]
)
def test_release_leaves_another_bill_alone(parked: ParkedBills, another: ParkedBill) -> None:
    """What was parked meanwhile waits on: nobody has decided on it."""
    for bill in (HIGH, another):
        parked.park(bill)
    parked.release(HIGH)

    assert parked.of_account("acct_acme") == another
    assert list(parked.parked()) == [another]


def test_bill_may_be_parked_again(parked: ParkedBills) -> None:
    """A fault that was not repaired comes back."""
    parked.park(FAULTY)
    parked.release(FAULTY)
    parked.park(FAULTY)

    assert list(parked.parked()) == [FAULTY]


def test_index_that_is_behind_misleads_nobody(parked: ParkedBills) -> None:
    """What it still names is left out if it is parked no more."""
    keys = [{"pk": {"S": f"ACCOUNT#{name}"}, "sk": {"S": "PARKED"}} for name in ("acct_acme", "acct_gone")]
    parked.park(HIGH)
    parked.release(HIGH)

    class Behind:
        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, **arguments: Any) -> Any:
            assert arguments["IndexName"] == "due"
            return [{"Items": keys}]

    assert list(DynamoParkedBills(Behind(), BILLING).parked()) == []  # type: ignore[arg-type]


def test_store_that_does_not_answer_is_told(parked: ParkedBills) -> None:
    """Every call may be made again."""
    boto3.client("dynamodb").delete_table(TableName=BILLING)
    calls: list[Callable[[], object]] = [
        lambda: parked.park(HIGH),
        lambda: parked.release(HIGH),
        lambda: parked.of_account("acct_acme"),
        lambda: list(parked.parked()),
    ]

    for call in calls:
        with pytest.raises(StoreUnavailable):
            call()
