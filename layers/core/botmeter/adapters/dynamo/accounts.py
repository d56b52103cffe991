"""Accounts, bots, plans and balances in the billing table."""

from functools import cache
from typing import Any

from pynamodb.exceptions import DoesNotExist, PutError

from botmeter.adapters.dynamo.keys import bot_key
from botmeter.adapters.dynamo.models import AccountItem, BalanceItem, BotItem, PlanItem
from botmeter.adapters.dynamo.transactions import billing_errors
from botmeter.domain.accounts import Account, Balance, Bot
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.periods import BillingPeriod
from botmeter.domain.plans import PlanKind, PlanVersion


class DynamoAccounts:
    """Reads and writes accounts; remembers plan versions, which never change."""

    def __init__(self) -> None:
        self.plan = cache(self._read_plan)

    @billing_errors()
    def accounts(self) -> list[Account]:
        """All accounts, by id."""
        return [_to_account(item) for item in AccountItem.query("ACCOUNTS")]

    @billing_errors()
    def account(self, account_id: str) -> Account:
        """One account; raises `NotFound`."""
        try:
            return _to_account(AccountItem.get("ACCOUNTS", account_id))
        except DoesNotExist as error:
            raise NotFound(f"there is no account {account_id}") from error

    @billing_errors()
    def bots(self, account_id: str) -> list[Bot]:
        """The bots of an account, by id."""
        items = BotItem.query(f"ACCOUNT#{account_id}", BotItem.sk.startswith("BOT#"))
        return [self._to_bot(account_id, item) for item in items]

    @billing_errors()
    def bot(self, account_id: str, bot_id: str) -> Bot:
        """One bot; raises `NotFound`."""
        try:
            return self._to_bot(account_id, BotItem.get(f"ACCOUNT#{account_id}", f"BOT#{bot_id}"))
        except DoesNotExist as error:
            raise NotFound(f"there is no bot {bot_id}") from error

    @billing_errors()
    def balance(self, account_id: str, bot_id: str) -> Balance:
        """The balance of a bot; zero if it never had one."""
        try:
            item = BalanceItem.get(bot_key("BOT", account_id, bot_id), "BALANCE")
        except DoesNotExist:
            return Balance()
        return Balance(
            remaining_micros=int(item.remaining_micros),
            credited_micros=int(item.credited_micros),
            usage_sessions=int(item.usage_sessions),
            alert_sessions=int(item.alert_sessions),
        )

    @billing_errors()
    def put_plan(self, plan: PlanVersion) -> None:
        """Add a plan version; raises `Conflict` if the version exists and says something else."""
        item = PlanItem("PLAN", plan.ref, **_plan_attributes(plan))
        try:
            item.save(PlanItem.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            if self._read_plan(plan.ref) != plan:
                raise Conflict(f"plan version {plan.ref} exists and is different") from error

    @billing_errors()
    def put_account(self, account: Account) -> None:
        """Add or replace an account."""
        AccountItem(
            "ACCOUNTS",
            account.account_id,
            name=account.name,
            currency=account.currency,
            time_zone=account.time_zone,
            first_period=account.first_period.label,
            address=list(account.address),
        ).save()

    @billing_errors()
    def put_bot(self, bot: Bot) -> None:
        """Add or replace a bot."""
        BotItem(
            f"ACCOUNT#{bot.account_id}",
            f"BOT#{bot.bot_id}",
            bot_id=bot.bot_id,
            name=bot.name,
            owner_id=bot.owner_id,
            plan=bot.plan.ref,
            plan_since=bot.plan_since,
            idle_timeout_minutes=bot.idle_timeout_minutes,
        ).save()

    @billing_errors()
    def _read_plan(self, ref: str) -> PlanVersion:
        """A plan version by its reference; raises `NotFound`."""
        try:
            item = PlanItem.get("PLAN", ref)
        except DoesNotExist as error:
            raise NotFound(f"there is no plan version {ref}") from error
        return _to_plan(item)

    def _to_bot(self, account_id: str, item: BotItem) -> Bot:
        return Bot(
            account_id=account_id,
            bot_id=item.bot_id,
            name=item.name,
            owner_id=item.owner_id,
            plan=self.plan(item.plan),
            plan_since=item.plan_since,
            idle_timeout_minutes=int(item.idle_timeout_minutes),
        )


def _to_account(item: AccountItem) -> Account:
    return Account(
        account_id=item.sk,
        name=item.name,
        currency=item.currency,
        time_zone=item.time_zone,
        first_period=BillingPeriod.parse(item.first_period),
        address=tuple(item.address),
    )


_PLAN_NUMBERS = (
    "version",
    "usage_price_micros",
    "alert_price_micros",
    "monthly_fee_micros",
    "included_usage_sessions",
    "included_alert_sessions",
    "trial_days",
)


def _plan_attributes(plan: PlanVersion) -> dict[str, Any]:
    texts = {"plan_id": plan.plan_id, "name": plan.name, "kind": plan.kind.value, "currency": plan.currency}
    return {**texts, **{name: getattr(plan, name) for name in _PLAN_NUMBERS}}


def _to_plan(item: PlanItem) -> PlanVersion:
    numbers = {name: int(getattr(item, name)) for name in _PLAN_NUMBERS}
    return PlanVersion(
        plan_id=item.plan_id, name=item.name, kind=PlanKind(item.kind), currency=item.currency, **numbers
    )
