"""Which invoice may still bill a period's sessions, and until when it should be there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from botmeter.domain.accounts import Account
from botmeter.domain.periods import BillingPeriod

# An invoice looks so many periods back for what is not billed yet.
_LOOKS_BACK = 5
# Billing runs are hourly.
_TIME_TO_BILL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Billing:
    """An account and its `billed` periods, as of `now`.

    `grace` is how long after a period's end its invoice waits for late events.
    """

    account: Account
    billed: Collection[BillingPeriod]
    grace: timedelta
    now: datetime

    @property
    def next_period(self) -> BillingPeriod:
        """The period of the invoice that comes next: the first that is not billed."""
        period = self.account.first_period
        while period in self.billed:
            period = period.next()
        return period

    def is_done(self, period: BillingPeriod) -> bool:
        """Whether an invoice has billed a period: its own, or the first for one before."""
        return max(period, self.account.first_period) in self.billed

    def goes_on(self, period: BillingPeriod) -> bool:
        """Whether an invoice to come will bill what of a period is not billed.

        Not if that period is too long ago, and not if the next invoice should have been there by now.
        """
        earliest = self.next_period
        is_late = earliest.end(self.account.calendar) + self.grace + _TIME_TO_BILL < self.now
        for _ in range(_LOOKS_BACK):
            earliest = earliest.previous()
        return period >= earliest and not is_late
