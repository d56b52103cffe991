"""Whose bill is due, among accounts that have been billed for more or less of their periods."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from botmeter.domain.periods import BillingPeriod
from botmeter.services.bill_accounts import FindDueBills
from tests.fakes.accounts import FakeAccounts
from tests.fakes.demo import ACCOUNT
from tests.fakes.invoices import FakeInvoices, FakeParkedBills

OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()
DECEMBER = NOVEMBER.next()
GRACE = timedelta(hours=72)
# The graces of October, November and December have passed.
JANUARY = datetime(2027, 1, 20, tzinfo=UTC)


@dataclass
class Books:
    """Accounts, and for which periods they have been billed."""

    accounts: FakeAccounts = field(default_factory=FakeAccounts)
    invoices: FakeInvoices = field(default_factory=FakeInvoices)

    def billed(self, account_id: str, *periods: BillingPeriod) -> None:
        for period in periods:
            self.invoices.close_without(account_id, period, self.invoices.billing(account_id))

    def due(self, now: datetime = JANUARY) -> list[tuple[str, BillingPeriod]]:
        find = FindDueBills(self.accounts, self.invoices, FakeParkedBills(), GRACE)
        return [(request.account_id, request.period) for request in find(now)]


@pytest.mark.parametrize(
    ("billed", "due"),
    [
        ([], [OCTOBER]),
        ([OCTOBER], [NOVEMBER]),
        ([OCTOBER, NOVEMBER], [DECEMBER]),
        ([OCTOBER, NOVEMBER, DECEMBER], []),
    ],
)
def test_first_period_that_is_not_billed_is_due(
    billed: list[BillingPeriod], due: list[BillingPeriod]
) -> None:
    """Not the last that has ended: an account that is behind is billed in order."""
    books = Books()
    books.billed(ACCOUNT.account_id, *billed)

    assert books.due() == [(ACCOUNT.account_id, period) for period in due]


@pytest.mark.parametrize(("first", "due"), [(DECEMBER, [DECEMBER]), (DECEMBER.next(), [])])
def test_nothing_before_the_first_period_is_due(first: BillingPeriod, due: list[BillingPeriod]) -> None:
    """An account that has come in between has nothing to pay for what was before."""
    books = Books()
    books.accounts.put_account(replace(ACCOUNT, first_period=first))

    assert books.due() == [(ACCOUNT.account_id, period) for period in due]


def test_accounts_beyond_those_that_are_asked_at_once() -> None:
    """All that are due, each once and in their order, whatever the others next to them are."""
    books = Books()
    names = [f"acct_{number:03d}" for number in range(250)]
    books.accounts.known = {name: replace(ACCOUNT, account_id=name) for name in names}
    books.billed(names[120], OCTOBER, NOVEMBER, DECEMBER)
    books.billed(names[249], OCTOBER)

    assert books.due() == [
        *((name, OCTOBER) for name in names[:249] if name != names[120]),
        (names[249], NOVEMBER),
    ]
