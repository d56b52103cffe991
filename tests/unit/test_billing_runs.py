"""When accounts are billed that are reckoned otherwise: a grace, a billing day, a move of their own."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from botmeter.domain.invoices import Invoice, LineKind, Party
from botmeter.domain.periods import BillingPeriod, Move
from botmeter.domain.sessions import Unit
from botmeter.domain.settlement import Bucket, TotalKey
from botmeter.ports.invoices import BillingRequest
from botmeter.services.bill_accounts import IssueInvoice, StartBillingRun
from tests.fakes.demo import ACCOUNT
from tests.fakes.invoices import FakeDocuments, FakeInvoices, FakeQueue
from tests.fakes.world import World

OCTOBER = BillingPeriod(2026, 10)
# October ends in Berlin on 31 October 23:00 UTC.
END = datetime(2026, 10, 31, 23, tzinfo=UTC)
GRACE = timedelta(hours=72)
SECOND = timedelta(seconds=1)


@dataclass
class Office:
    """Who bills the account of a world, which is changed as told."""

    changes: dict[str, Any]
    world: World = field(default_factory=World)
    invoices: FakeInvoices = field(default_factory=FakeInvoices)

    def __post_init__(self) -> None:
        self.world.accounts.put_account(replace(ACCOUNT, **self.changes))

    def run(self, now: datetime) -> list[str]:
        """Queue what is to bill; the periods of the account."""
        run = StartBillingRun(self.world.accounts, self.invoices, FakeQueue(), GRACE)
        return [r.period.label for r in run(now) if r.account_id == ACCOUNT.account_id]

    def issue(self, period: BillingPeriod, now: datetime) -> Invoice:
        """The invoice of the account for a period."""
        issue = IssueInvoice(
            accounts=self.world.accounts,
            usage=self.world.usage,
            invoices=self.invoices,
            orders=self.world.orders,
            documents=FakeDocuments(),
            render=lambda invoice: invoice.number.encode(),
            seller=Party("Seller"),
        )
        issued = issue(BillingRequest(ACCOUNT.account_id, period, now))
        assert issued is not None
        return issued.invoice


@pytest.mark.parametrize(("hours", "waits"), [(None, 72), (0, 0), (5, 5), (720, 720)])
def test_grace_may_be_the_account_s_own(hours: int | None, waits: int) -> None:
    """An account waits for late events as long as it says itself, else as long as the stack does."""
    office, due = Office({"invoice_grace_hours": hours}), END + timedelta(hours=waits)

    assert office.run(due - SECOND) == []
    assert office.run(due) == ["2026-10"]


def test_periods_of_an_account_that_moves_are_billed_in_turn() -> None:
    """November starts where October ended in the old zone, and ends in the new one."""
    office = Office({"moves": (Move(date(2026, 11, 1), "Asia/Tokyo"),)})
    november_ends = datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert office.run(END + GRACE) == ["2026-10"]
    office.invoices.close_without(ACCOUNT.account_id, OCTOBER)

    assert office.run(november_ends + GRACE - SECOND) == []
    assert office.run(november_ends + GRACE) == ["2026-11"]


def test_invoice_is_dated_in_the_zone_of_its_time() -> None:
    """The invoice of October is made when the account is in Tokyo already."""
    office = Office({"moves": (Move(date(2026, 11, 1), "Asia/Tokyo"),)})

    assert office.issue(OCTOBER, END + GRACE).time_zone == "Asia/Tokyo"


def test_anniversary_account_is_billed_for_its_own_days() -> None:
    """A period from the fifteenth holds the sessions of both months up to the fourteenth."""
    period, end = BillingPeriod(2026, 10, 15), datetime(2026, 11, 14, 23, tzinfo=UTC)
    office = Office({"first_period": period})
    for day, count in (
        (date(2026, 10, 14), 1),
        (date(2026, 10, 15), 2),
        (date(2026, 11, 14), 4),
        (date(2026, 11, 15), 8),
    ):
        key = TotalKey(day, "standard@1")
        office.world.usage.counts["bot_standard", key, Bucket(Unit.USAGE, 9)] = count

    assert office.run(end + GRACE) == ["2026-10-15"]
    lines = office.issue(period, end + GRACE).lines
    assert [(line.service_period.label, line.quantity) for line in lines if line.kind is LineKind.USAGE] == [
        ("2026-10-15", 6)
    ]
    assert {line.service_period.label for line in lines if line.kind is LineKind.FEE} == {
        "2026-10-15",
        "2026-11-15",
    }
