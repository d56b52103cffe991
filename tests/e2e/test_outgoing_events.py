"""What other systems hear of billing: a queue of the tests listens on the deployed stack's outgoing bus."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botmeter_cli.stack_commands import lifecycle
from botmeter_local import Stack
from tests.e2e.accounts import CALENDAR, QUIET, Account, chf, month_begin, today
from tests.e2e.client import User, fulfilled
from tests.e2e.conversations import hand_over, sessions

ACCOUNT_ID = "acct_events"
PATIENCE_S = 20
NEXT_MONTH = CALENDAR.start_of_day((month_begin() + timedelta(days=31)).replace(day=1))
# Free credits of the tests' plans last 30 days.
FREE_CREDITS_OVER = datetime.now(UTC) + timedelta(days=91)


@dataclass
class Listener:
    """A queue behind a rule. Every event is kept by its id: the bus may deliver one twice."""

    sqs: Any
    url: str
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)

    def listen(self, expected: int = 0) -> None:
        """Take what has come, until there are `expected` events and no more."""
        deadline = time.monotonic() + PATIENCE_S
        while self._take() or (len(self.heard) < expected and time.monotonic() < deadline):
            pass

    def _take(self) -> bool:
        """Take a handful; tell whether there was anything."""
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        messages = answer.get("Messages", [])
        for message in messages:
            sent = json.loads(message["Body"])
            assert self.heard.setdefault(sent["detail"]["id"], sent)["detail"] == sent["detail"]
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return bool(messages)

    def events(self, *bots: str) -> list[tuple[str, str]]:
        """Bot and type of what was heard, sorted; of some bots if asked."""
        details = [sent["detail"] for sent in self.heard.values()]
        found = [(d["data"]["bot_id"], d["type"].removeprefix("billing.")) for d in details]
        return sorted(pair for pair in found if not bots or pair[0] in bots)


@pytest.fixture(scope="module")
def listener(stack: Stack) -> Iterator[Listener]:
    """A rule for the account's events, into a queue of its own."""
    sqs, events = stack.client("sqs"), stack.client("events")
    bus, name = stack.outputs["OutgoingBusName"], f"{stack.name}-listener"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["botmeter"], "detail": {"data": {"account_id": [ACCOUNT_ID]}}}
    rule = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))["RuleArn"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    yield Listener(sqs, url)
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name=name, EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture(scope="module")
def account(stack: Stack, operator: User, listener: Listener) -> Account:
    """An account in which all happened that is announced."""
    account = Account(stack, ACCOUNT_ID, today() - timedelta(days=31))
    account.bot("bot_calm", opening_funds_minor=1_000)
    account.bot("bot_down", "advanced-chf")
    account.bot("bot_ending", "trial-chf", today() - timedelta(days=8))
    account.bot("bot_extended", "trial-chf", today())
    account.bot("bot_low", opening_funds_minor=1_000)
    account.bot("bot_out", opening_funds_minor=1_000)
    account.bot("bot_owned", "enterprise-chf")
    account.bot("bot_paid")
    account.bot("bot_up", "essential-chf")
    extend(account, operator, "bot_extended", "decline", {"reason": "Not yet"})
    extend(account, operator, "bot_extended", "approve", {"days": 5})
    pay(account, operator, "bot_paid", "decline", {"reason": "Never arrived"})
    pay(account, operator, "bot_paid", "confirm")
    account.admin.put("/bots/bot_owned/owner", {"owner_id": account.admin.user_id})
    fulfilled(account.admin.put("/bots/bot_up/plan", {"plan_id": "advanced-chf"}))
    fulfilled(account.admin.put("/bots/bot_down/plan", {"plan_id": "essential-chf"}))
    used = {"bot_calm": 7, "bot_low": 8, "bot_out": 12}
    now = datetime.now(UTC)
    hand_over(stack, [line for bot, n in used.items() for line in sessions(ACCOUNT_ID, bot, now, n)])
    return account


def extend(account: Account, operator: User, bot_id: str, verb: str, body: dict[str, Any]) -> None:
    """A request for more days, and what the operator says."""
    asked = account.admin.post(f"/bots/{bot_id}/extension-requests", {"days": 9, "reason": "More"})
    request_id = fulfilled(asked, 201)["request_id"]
    path = f"/operator/accounts/{ACCOUNT_ID}/bots/{bot_id}/extension-requests/{request_id}/{verb}"
    fulfilled(operator.post(path, body))


def pay(account: Account, operator: User, bot_id: str, verb: str, body: dict[str, Any] | None = None) -> None:
    """An order of funds, and whether the operator has seen the money."""
    funds = {"amount": chf(2_000), "payment_method": "bank_transfer"}
    order_id = fulfilled(account.admin.post(f"/bots/{bot_id}/funds", funds), 201)["order"]["order_id"]
    fulfilled(operator.post(f"/operator/accounts/{ACCOUNT_ID}/orders/{order_id}/{verb}", body))


ANNOUNCED = [
    ("bot_ending", "plan.expiring"),
    ("bot_extended", "extension.approved"),
    ("bot_extended", "extension.declined"),
    ("bot_extended", "extension.requested"),
    ("bot_extended", "extension.requested"),
    ("bot_low", "balance.low"),
    ("bot_out", "balance.exhausted"),
    ("bot_out", "balance.low"),
    ("bot_out", "balance.low"),
    ("bot_owned", "owner.changed"),
    ("bot_paid", "payment.failed"),
    ("bot_paid", "payment.pending"),
    ("bot_paid", "payment.pending"),
    ("bot_paid", "payment.succeeded"),
    ("bot_up", "payment.pending"),
    ("bot_up", "plan.changed"),
]


def test_everything_is_announced_once(stack: Stack, account: Account, listener: Listener) -> None:
    """An event for each thing that happened, and for each threshold that was crossed; then silence."""
    lifecycle(stack, None, QUIET)
    listener.listen(len(ANNOUNCED))
    assert listener.events() == ANNOUNCED

    again = lifecycle(stack, None, QUIET)
    listener.listen()
    assert (again["events"], again["failed"]) == (0, 0)
    assert listener.events() == ANNOUNCED


def test_events_are_cloud_events(account: Account, listener: Listener) -> None:
    """Structured CloudEvents 1.0 whose type the bus knows too, of the account and the bot."""
    assert listener.heard
    for event_id, sent in listener.heard.items():
        event = sent["detail"]
        assert (sent["source"], sent["detail-type"]) == ("botmeter", event["type"])
        assert (event["specversion"], event["datacontenttype"]) == ("1.0", "application/json")
        assert (event["id"], event["source"]) == (event_id, f"botmeter/{ACCOUNT_ID}")
        assert datetime.fromisoformat(event["time"]).tzinfo is not None
        assert event["data"]["account_id"] == ACCOUNT_ID


def test_events_say_what_happened(account: Account, listener: Listener) -> None:
    """Thresholds, plan, owners, amount and days are in the data."""
    heard = [sent["detail"] for sent in listener.heard.values()]
    data = [(event["type"].removeprefix("billing."), event["data"]) for event in heard]
    thresholds = Counter((d["bot_id"], d["threshold"]) for kind, d in data if kind.startswith("balance."))
    assert thresholds == Counter([("bot_low", "20"), ("bot_out", "20"), ("bot_out", "10"), ("bot_out", "0")])
    (changed,) = (d for kind, d in data if kind == "plan.changed")
    assert changed["plan"] == "advanced-chf@1"
    (owned,) = (d for kind, d in data if kind == "owner.changed")
    former = {"owner_id": account.admin.user_id, "former_owner_id": account.name("owner")}
    assert former.items() <= owned.items()
    (paid,) = (d for kind, d in data if kind == "payment.succeeded")
    assert {"amount": "20.00 CHF", "status": "paid"}.items() <= paid.items()
    assert paid["receipt_number"]
    (approved,) = (d for kind, d in data if kind == "extension.approved")
    assert approved["days"] == "5"


def test_scheduled_downgrade_takes_effect(stack: Stack, account: Account, listener: Listener) -> None:
    """When the month has ended the bot is on the smaller plan, and that is announced, once."""
    after = NEXT_MONTH + timedelta(hours=1)
    for _ in range(2):
        lifecycle(stack, after, QUIET)
    listener.listen(len(ANNOUNCED) + 1)

    assert listener.events("bot_down") == [("bot_down", "plan.changed")]
    (event,) = (s["detail"] for s in listener.heard.values() if s["detail"]["data"]["bot_id"] == "bot_down")
    assert event["data"]["plan"] == "essential-chf@1"
    assert NEXT_MONTH <= datetime.fromisoformat(event["time"]) <= after


def test_free_credits_expire(stack: Stack, account: Account, listener: Listener) -> None:
    """When their days are over they leave the ledger, and the bot that lived on them may not answer."""
    account.bot("bot_gifted", "welcoming-chf", today())
    assert account.admin.get("/bots/bot_gifted/entitlement")["allowed"]
    for _ in range(2):
        lifecycle(stack, FREE_CREDITS_OVER, QUIET)
    listener.listen(len(listener.heard) + 3)

    entries = [(e["reason"], e["amount_micros"], e["balance_micros"]) for e in account.admin.pages("/ledger")]
    assert entries == [("expiry", -5_000_000, 0), ("free_credits", 5_000_000, 5_000_000)]
    assert [kind for _, kind in listener.events("bot_gifted")] == [
        "balance.exhausted",
        "balance.low",
        "balance.low",
    ]
    balance = account.services.billing.balance(ACCOUNT_ID, "bot_gifted")
    entitlement = balance.standing.entitlement_at(FREE_CREDITS_OVER)
    assert (entitlement.allowed, entitlement.reason) == (False, "credits_exhausted")
