"""Whether periods have been billed, asked of DynamoDB for many accounts at a time."""

from botmeter.bootstrap import Wiring
from botmeter.domain.periods import BillingPeriod
from tests.fakes.demo import ACCOUNT

OCTOBER = BillingPeriod(2026, 10)
NOVEMBER = OCTOBER.next()


def test_accounts_that_have_been_billed_for_their_period(wired: Wiring) -> None:
    """Of more accounts than DynamoDB answers at once, those that were billed for the period in question."""
    names = [f"acct_{number:03d}" for number in range(130)]
    for name in names[::2]:
        wired.invoices.close_without(name, OCTOBER, wired.invoices.billing(name))

    asked = dict.fromkeys(names, OCTOBER) | {names[0]: NOVEMBER, ACCOUNT.account_id: OCTOBER}
    assert wired.invoices.already_billed(asked) == set(names[2::2])
    assert wired.invoices.already_billed({}) == set()
