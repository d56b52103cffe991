"""Accounts on the deployed stack, with users of their own and small plans in a currency of their own."""

import json
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from botmeter.bootstrap import Wiring
from botmeter.domain.periods import Calendar
from botmeter.ports.invoices import BillingRequest
from botmeter_cli.api_client import sign_in
from botmeter_cli.aws import wait_until_empty
from botmeter_cli.files import AccountFile, read_file
from botmeter_cli.output import Output
from botmeter_cli.paths import SELLERS
from botmeter_cli.provisioning import provision, wiring_for
from botmeter_local import Stack
from tests.e2e.client import Reply, User, fulfilled

CURRENCY = "CHF"
ZONE = ZoneInfo("Europe/Zurich")
CALENDAR = Calendar(ZONE.key)
QUIET = Output(as_json=True)
# No test lets the deployed functions call Stripe, which is out of reach; what Stripe tells them, they hear.
STRIPE_SECRET = "botmeter-e2e-stripe"

PREPAID = {"kind": "prepaid", "usage_price_micros": 1_000_000, "alert_price_micros": 250_000}
FUNDS = {"funds_min_minor": 1_000, "funds_max_minor": 50_000}
SUBSCRIPTION = {"kind": "subscription", "usage_price_micros": 900_000, "alert_price_micros": 200_000}
PLANS: tuple[dict[str, Any], ...] = (
    {"plan_id": "trial-chf", "kind": "trial", "trial_days": 14, "included_usage_sessions": 3},
    {"plan_id": "standard-chf", **PREPAID, **FUNDS, "rank": 10},
    {
        "plan_id": "welcoming-chf",
        **PREPAID,
        **FUNDS,
        "rank": 11,
        "free_credits_micros": 5_000_000,
        "free_credits_days": 90,
    },
    {"plan_id": "plus-chf", **PREPAID, **FUNDS, "rank": 12},
    {
        "plan_id": "essential-chf",
        **SUBSCRIPTION,
        "rank": 20,
        "monthly_fee_micros": 29_000_000,
        "included_usage_sessions": 2,
        "usage_limit_sessions": 5,
    },
    {
        "plan_id": "advanced-chf",
        **SUBSCRIPTION,
        "rank": 30,
        "monthly_fee_micros": 249_000_000,
        "included_usage_sessions": 100,
    },
    {"plan_id": "enterprise-chf", "kind": "enterprise", "rank": 40},
    {"plan_id": "elsewhere-usd", **PREPAID, "rank": 10, "currency": "USD"},
)


def set_sellers(operator: User) -> None:
    """Set up the sellers that are shipped, through the API."""
    for seller in json.loads(SELLERS.read_text(encoding="utf-8"))["sellers"]:
        code = seller.pop("code")
        fulfilled(operator.put(f"/operator/sellers/{code}", seller))


def offer_plans(operator: User) -> None:
    """Add the plans, through the API; what is there already stays as it is."""
    for plan in PLANS:
        named = {"version": 1, "name": plan["plan_id"].partition("-")[0].title(), "currency": CURRENCY}
        reply = operator.post("/operator/plans", {**named, **plan})
        assert reply.status == 201, reply.text


def make_group(stack: Stack, name: str) -> None:
    """Add a group to the user pool, unless it is there."""
    cognito = stack.client("cognito-idp")
    with suppress(cognito.exceptions.GroupExistsException):
        cognito.create_group(UserPoolId=stack.outputs["UserPoolId"], GroupName=name)


def chf(amount_minor: int) -> dict[str, Any]:
    """An amount of money, as the API has it."""
    return {"amount": amount_minor, "currency": CURRENCY}


@dataclass
class Account:
    """An account with bots and users. Users are called `name@account`, and sign in once.

    `details` are members of its account file, where they differ from those of all.
    """

    stack: Stack
    account_id: str
    since: date
    users: dict[tuple[str, str], User] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services: Wiring = wiring_for(self.stack)
        self.dynamodb: Any = self.stack.client("dynamodb")
        self._provision([])

    def name(self, name: str) -> str:
        """The user id of somebody of this account."""
        return f"{name}@{self.account_id}.example"

    def user(self, name: str, group: str) -> User:
        """Somebody of this account in a group of the user pool."""
        if (name, group) not in self.users:
            token = sign_in(self.stack, self.name(name), self.account_id, group)
            self.users[name, group] = User(self.stack.api_url, token, self.name(name))
        return self.users[name, group]

    def nobody(self, name: str = "nobody") -> User:
        """Somebody of this account without a role."""
        user_id, pool = self.user(name, "viewer").user_id, self.stack.outputs["UserPoolId"]
        cognito, password = self.stack.client("cognito-idp"), f"aA1-{uuid.uuid4().hex}"
        who = {"UserPoolId": pool, "Username": user_id}
        cognito.admin_remove_user_from_group(**who, GroupName="viewer")
        cognito.admin_set_user_password(**who, Password=password, Permanent=True)
        answer = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=self.stack.outputs["UserPoolClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user_id, "PASSWORD": password},
        )
        return User(self.stack.api_url, answer["AuthenticationResult"]["IdToken"], user_id)

    @property
    def admin(self) -> User:
        return self.user("admin", "billing_admin")

    def bot(self, bot_id: str, plan: str = "standard-chf", since: date | None = None, **entry: Any) -> str:
        """A new bot on the first version of a plan, with members of an account file's bot; returns its id."""
        bot = {"bot_id": bot_id, "name": bot_id, "owner_id": self.name("owner"), "plan": f"{plan}@1"}
        self._provision([{**bot, "idle_timeout_minutes": 5, **entry}], since)
        return bot_id

    def renew(self, **details: Any) -> None:
        """Bring details of its account file up to date."""
        self.details |= details
        self._provision([])

    def _provision(self, bots: list[dict[str, Any]], since: date | None = None) -> None:
        file = {
            "account_id": self.account_id,
            "name": "Test AG",
            "address": {"lines": ["Testweg 1"], "postal_code": "8000", "city": "Zürich", "country": "CH"},
            "currency": CURRENCY,
            "time_zone": ZONE.key,
            "bots": bots,
            **self.details,
        }
        provision(self.services, read_file(AccountFile, json.dumps(file)), since or self.since)

    def facts(self) -> list[str]:
        """What billing holds of the account, and of plans: to compare before and after.

        A ledger is not read, since no entry comes without another balance.
        """
        table = self.stack.outputs["BillingTableName"]
        found: list[Any] = []
        for name in (f"ACCOUNT#{self.account_id}", f"AUDIT#{self.account_id}", "PLAN"):
            found += self.dynamodb.query(
                TableName=table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": name}},
                ConsistentRead=True,
            )["Items"]
        return sorted(repr(sorted(item.items())) for item in found)


def issue_invoice(stack: Stack, account_id: str, calendar: Calendar) -> str:
    """Have the deployed function issue the invoice of last month, with its documents; returns its number."""
    services, now = wiring_for(stack), datetime.now(UTC)
    period = calendar.period_containing(now).previous()
    services.billing_queue.enqueue([BillingRequest(account_id, period, now)])
    wait_until_empty(stack, "InvoiceQueueUrl", lambda _: None)
    return services.invoices.billing(account_id).periods[period]


def today() -> date:
    return datetime.now(ZONE).date()


def month_begin() -> date:
    return today().replace(day=1)


def at_once(*calls: Callable[[], Reply]) -> list[Reply]:
    """The replies to calls that are made at the same time, in their order."""
    start = threading.Barrier(len(calls))

    def make(call: Callable[[], Reply]) -> Reply:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))
