"""What there is to look at, to decide and to repair in the account of the scene."""

from datetime import UTC, datetime
from typing import Any

from botmeter.domain.errors import InvalidEvent
from botmeter.domain.money import Money
from botmeter.domain.periods import to_ms
from botmeter.ports.invoices import ParkedBill
from botmeter.ports.metering import RejectedEvent
from botmeter_local import Stack
from tests.browser.scene import ACCOUNT, PASSWORD, Scene, hour_of_noon
from tests.e2e.accounts import CURRENCY, Account, month_begin, today
from tests.e2e.billing import LAST_MONTH
from tests.e2e.client import fulfilled
from tests.e2e.role_scene import furnished, order, request

# An account whose bill is unusually high.
HIGH = "acct_high"


def furnish(stack: Stack, scene: Scene) -> dict[str, str]:
    """Bots, orders, requests, documents and faults; returns their names, as addresses have them."""
    account = scene.account
    long = "Extraordinarily-long-words are met in the names of some bots, as they are in life"
    account.bot("bot_long", owner_id=account.name("somebody.whose.name.is.as.long"), name=long[:80])
    account.bot("bot_pending", "standard-chf", month_begin())
    account.bot("bot_falling", "advanced-chf", month_begin(), name="Falling")
    fulfilled(account.admin.put("/bots/bot_falling/plan", {"plan_id": "essential-chf"}))
    account.bot("bot_asking", "trial-chf", today(), name="Asking")
    return {
        "full": furnished(account, "bot_full"),
        "order": order(account, "bot_pending"),
        "request": request(account, "bot_asking"),
        "event": event(account),
        **documents(scene),
        **hour_of_noon(),
        **bills(stack),
        "first_password": newcomer(stack, account),
    }


def documents(scene: Scene) -> dict[str, str]:
    """The account's invoice, and a credit note to it."""
    entries = scene.account.admin.pages("/orders")
    invoice = next(entry["number"] for entry in entries if entry["type"] == "invoice")
    body = {"reason": "A line too much", "lines": [1]}
    note = fulfilled(scene.operator.post(f"/operator/invoices/{invoice}/credit-notes", body), 201)
    return {"invoice": invoice, "credit_note": note["number"]}


def event(account: Account) -> str:
    """An event in quarantine; returns its id."""
    rejected = RejectedEvent("{}", InvalidEvent("type", "must be one of them"), to_ms(datetime.now(UTC)))
    account.services.quarantine.keep([rejected])
    return next(iter(account.services.quarantine.ids(None, None)))


def bills(stack: Stack) -> dict[str, str]:
    """A bill that is parked because it is high, and one that could not be made."""
    services, now = Account(stack, HIGH, month_begin()).services, datetime.now(UTC)
    amount = Money(1_200_000, CURRENCY)
    reason = f"{amount} is more than 10 times the account's usual amount"
    services.parked.park(
        ParkedBill(HIGH, LAST_MONTH, reason, needs_approval=True, parked_at=now, net=amount, total=amount)
    )
    services.parked.park(ParkedBill(ACCOUNT, LAST_MONTH, "a fault", needs_approval=False, parked_at=now))
    return {"high": HIGH, "account": ACCOUNT}


def newcomer(stack: Stack, account: Account) -> str:
    """Somebody who has to choose a password first; returns the user name."""
    cognito: Any = stack.client("cognito-idp")
    user_id = account.name("first-password")
    cognito.admin_create_user(
        UserPoolId=stack.outputs["UserPoolId"],
        Username=user_id,
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "custom:account_id", "Value": ACCOUNT}],
    )
    return user_id
