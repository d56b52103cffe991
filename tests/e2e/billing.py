"""Accounts that are billed on the deployed stack, by a seller whose numbers begin with the tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from botmeter.domain.periods import BillingPeriod
from botmeter.ports.invoices import BillingRequest
from botmeter_cli import stack_commands
from botmeter_cli.aws import wait_until_empty
from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, QUIET, Account
from tests.e2e.client import User, fulfilled
from tests.e2e.conversations import hand_over, sessions

THIS_MONTH = CALENDAR.period_containing(datetime.now(UTC))
LAST_MONTH = THIS_MONTH.previous()
LOCALE = "de-DE"
# A customer in the seller's country, who is billed as soon as a month is over.
GERMAN: dict[str, Any] = {
    "name": "Ωmega Жуков GmbH",
    "address": {"lines": ["Hauptstraße 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
    "vat_id": "DE123456788",
    "locale": LOCALE,
    "order_reference": "PO-4711",
    "invoice_grace_hours": 0,
}


def seller(prefix: str, **details: Any) -> dict[str, Any]:
    """The body of a seller in Germany whose numbers begin with `prefix`."""
    return {
        "name": "Botmeter Test GmbH",
        "address": {"lines": ["Testweg 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
        "vat_id": "DE111111117",
        "time_zone": "Europe/Berlin",
        "invoice_prefix": prefix,
        "credit_note_prefix": f"{prefix}-CN",
        **details,
    }


def put_seller(operator: User, code: str, body: dict[str, Any]) -> None:
    """Set a seller up, or anew."""
    fulfilled(operator.put(f"/operator/sellers/{code}", body))


def customer(stack: Stack, account_id: str, code: str, **details: Any) -> Account:
    """A German customer since last month of the seller `code`."""
    return Account(stack, account_id, LAST_MONTH.first_day, details={**GERMAN, "seller": code, **details})


def use(account: Account, bot_id: str, on_day: int, count: int, name: str = "") -> None:
    """Sessions at noon of a day of last month."""
    hand_over(account.stack, sessions(account.account_id, bot_id, noon(on_day), count, name))


def noon(day: int) -> datetime:
    """Noon of a day (1, 2, …) of last month."""
    return LAST_MONTH.start(CALENDAR) + timedelta(days=day - 1, hours=12)


def request(account: Account, period: BillingPeriod = LAST_MONTH, copies: int = 1) -> None:
    """Have an account, and no other, billed for a period, by as many messages."""
    now = datetime.now(UTC)
    account.services.billing_queue.enqueue([BillingRequest(account.account_id, period, now)] * copies)
    drain(account.stack)


def bill(stack: Stack, period: BillingPeriod) -> None:
    """A billing run as soon as a period is over, and all that it leads to."""
    over = period.end(CALENDAR) + timedelta(hours=1)
    stack_commands.bill(stack, max(over, datetime.now(UTC)), QUIET)


def drain(stack: Stack) -> None:
    """Wait until the invoice function has done what was asked of it."""
    wait_until_empty(stack, "InvoiceQueueUrl", lambda _: None)


def invoices(account: Account) -> list[dict[str, Any]]:
    """The invoices of an account with everything that is printed on them, the oldest first."""
    names = [entry["number"] for entry in account.admin.pages("/orders") if entry["type"] == "invoice"]
    return [account.admin.get(f"/invoices/{name}") for name in reversed(names)]


def billed(account: Account, bot_id: str = "bot_billed", plan: str = "essential-chf") -> dict[str, Any]:
    """The invoice of last month for a new bot of an account that used little."""
    account.bot(bot_id, plan)
    use(account, bot_id, 2, 3)
    request(account)
    (invoice,) = invoices(account)
    return invoice
