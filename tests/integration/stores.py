"""The adapters of the tables on moto, and things that have every field, to store in them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from botmeter.adapters.dynamo.accounts import DynamoAccounts
from botmeter.adapters.dynamo.agenda import DynamoAgenda
from botmeter.adapters.dynamo.audit import DynamoAudit
from botmeter.adapters.dynamo.billing import DynamoBilling
from botmeter.adapters.dynamo.models import bind
from botmeter.adapters.dynamo.orders import DynamoOrders
from botmeter.adapters.dynamo.outbox import DynamoOutbox
from botmeter.adapters.dynamo.settlements import DynamoSettlements
from botmeter.adapters.dynamo.timelines import DynamoTimelines
from botmeter.adapters.dynamo.usage import DynamoUsage
from botmeter.domain.accounts import AutoReload, Bot
from botmeter.domain.audit import Actor, AuditEntry
from botmeter.domain.balances import Balance, Entitlement, EntitlementReason, SharedCredits, Standing
from botmeter.domain.changes import BotState, Change
from botmeter.domain.credits import EntryReason, Grant, GrantKind, LedgerEntry, Wallet
from botmeter.domain.extensions import ExtensionRequest
from botmeter.domain.orders import Order, OrderedFee, OrderKind, PaymentMethod
from botmeter.domain.outgoing import OutgoingEvent, OutgoingType
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.subscriptions import Phase, Subscription
from tests.fakes.demo import ACCOUNT, ESSENTIAL, PLANS, SINCE, STANDARD, TRIAL, bot
from tests.integration.conftest import BILLING, REGION, USAGE

NOW = datetime(2026, 11, 4, 12, 30, 0, 123_457, tzinfo=UTC)
BOT_ID = "bot_standard"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stores:
    accounts: DynamoAccounts
    billing: DynamoBilling
    orders: DynamoOrders
    agenda: DynamoAgenda
    outbox: DynamoOutbox
    audit: DynamoAudit
    timelines: DynamoTimelines
    settlements: DynamoSettlements
    usage: DynamoUsage


def stores() -> Stores:
    """The adapters over moto's tables, which know the account and its plans."""
    client = boto3.client("dynamodb")
    bind(BILLING, REGION)
    accounts = DynamoAccounts()
    accounts.put_account(ACCOUNT)
    for plan in PLANS.values():
        accounts.put_plan(plan)
    billing = DynamoBilling(client, BILLING, accounts)
    return Stores(
        accounts,
        billing,
        DynamoOrders(),
        DynamoAgenda(client, BILLING, accounts),
        DynamoOutbox(client, BILLING),
        DynamoAudit(client, BILLING),
        DynamoTimelines(client, USAGE),
        DynamoSettlements(client, USAGE, billing),
        DynamoUsage(client, USAGE),
    )


def everything() -> list[Any]:
    """All that both tables hold."""
    client = boto3.client("dynamodb")
    items = [item for table in (USAGE, BILLING) for item in client.scan(TableName=table)["Items"]]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def cancelled(*codes: str) -> ClientError:
    """What DynamoDB answers to a transaction of which each action has one of `codes`."""
    reasons: Any = [{"Code": code} for code in codes]
    answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(answer, "TransactWriteItems")


class Answering:
    """A client that gives prepared answers, whatever is called: an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append((operation, arguments))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def new(on: Bot | None = None) -> BotState:
    """The state of a bot before it is written for the first time."""
    return BotState(ACCOUNT, on or bot(STANDARD), Balance(), SharedCredits())


def change(
    before: BotState,
    *,
    bot: Bot | None = None,
    balance: Balance | None = None,
    shared: SharedCredits | None = None,
    **also: Any,
) -> Change:
    """A change of what is given, each with its next revision."""
    after = replace(
        before,
        bot=replace(bot, revision=before.bot.revision + 1) if bot else before.bot,
        balance=replace(balance, revision=before.balance.revision + 1) if balance else before.balance,
        shared=replace(shared, revision=before.shared.revision + 1) if shared else before.shared,
    )
    return Change(before, after, **also)


def stored(on: Stores, bot: Bot | None = None) -> BotState:
    """The state of a bot that has been written: bot, balance and shared credits."""
    before = new(bot)
    first = change(before, bot=before.bot, balance=full_balance(), shared=full_shared())
    on.billing.save(first)
    return first.after


def grants(count: int) -> tuple[Grant, ...]:
    """Grants, the first of them free and expiring."""
    free = Grant("free:welcoming@1", GrantKind.FREE, 500_000_000, 1, NOW, NOW + 90 * DAY)
    names = [f"ord_{number:020d}" for number in range(1, count)]
    paid = [Grant(name, GrantKind.PAID, 20_000_000_000, 19_999_999_999, NOW) for name in names]
    return (free, *paid)


def full_balance() -> Balance:
    standing = Standing(
        frozenset({"plan:standard@1", "low:20", "low:fixed"}),
        (
            Entitlement(NOW, EntitlementReason.CREDITS),
            Entitlement(NOW + 90 * DAY, EntitlementReason.CREDITS_EXHAUSTED),
        ),
        NOW + 90 * DAY,
    )
    return Balance(Wallet(grants(3), 17), 1_234_567, 89, 20_000_000_000, standing)


def full_shared() -> SharedCredits:
    return SharedCredits(Wallet(grants(1), 0), free_credits_granted=True, due_at=NOW + 30 * DAY)


def request(status_of: Bot | None = None) -> ExtensionRequest:
    """A request that waits."""
    bot_id = status_of.bot_id if status_of else BOT_ID
    return ExtensionRequest("ext-1", ACCOUNT.account_id, bot_id, 30, "Wir prüfen noch.", NOW, "u-owner")


def full_bot() -> Bot:
    phases = (
        Phase(TRIAL, SINCE, SINCE + 14 * DAY),
        Phase(STANDARD, NOW - DAY),
        Phase(ESSENTIAL, NOW + DAY, NOW + 365 * DAY),
    )
    return replace(
        bot(STANDARD),
        subscription=Subscription(phases),
        idle_timeout_minutes=30,
        viewer_ids=frozenset({"u-1", "u-2"}),
        auto_reload=AutoReload(0, 500_00),
        card_reference="pi_1",
        open_orders=("ord_1", "ord_2"),
        failed_order="ord_0",
        extension=request().approved(14, "gern", "u-operator", NOW),
    )


def order(order_id: str = "ord_1", method: PaymentMethod = PaymentMethod.CARD) -> Order:
    """An order of funds that awaits its payment."""
    return Order(order_id, ACCOUNT.account_id, BOT_ID, OrderKind.FUNDS, 500_00, "EUR", method, NOW, "u-owner")


def full_order() -> Order:
    fee = OrderedFee("advanced@1", BillingPeriod(2026, 11), 500_00)
    pending = replace(order("ord_full"), kind=OrderKind.PLAN_CHANGE, reference="pi_9", fee=fee)
    return replace(pending, is_reload=True).failed("card declined", NOW + DAY)


def entry(amount_micros: int = -200_000, **more: Any) -> LedgerEntry:
    return LedgerEntry(NOW, EntryReason.USAGE, amount_micros, 7, "settlement-1", **more)


def audited(number: int = 0, at: datetime = NOW) -> AuditEntry:
    return AuditEntry(
        f"{BOT_ID}:1:1:{number}",
        at,
        Actor("u-admin", "billing_admin"),
        "plan.changed",
        ACCOUNT.account_id,
        BOT_ID,
        {"plan": "standard@1"},
        {"plan": "advanced@1", "pending": ""},
    )


def told(event_id: str = "bot_standard:1:low:20", at: datetime = NOW, **data: str) -> OutgoingEvent:
    return OutgoingEvent(event_id, OutgoingType.BALANCE_LOW, ACCOUNT.account_id, BOT_ID, at, data)


def largest() -> dict[str, Any]:
    """More of everything that is appended than any operation could bring about at once."""
    kinds = list(OutgoingType)
    return {
        "ledger": [entry(number) for number in range(1, 14)],
        "shared_ledger": [entry(number) for number in range(1, 5)],
        "placed": [order("ord_new")],
        "closed": [order(f"ord_{number}").paid(NOW) for number in (1, 2)],
        "audit": [audited(number) for number in range(8)],
        "events": [replace(told(str(n)), type=kind) for kind in kinds for n in range(4)],
    }
