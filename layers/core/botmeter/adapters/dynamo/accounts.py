"""Accounts, their bots, plans and sellers in the billing table."""

from datetime import date
from functools import cache
from typing import Any

from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition

from botmeter.adapters.dynamo.audit import to_audit_item
from botmeter.adapters.dynamo.bots import to_bot
from botmeter.adapters.dynamo.keys import account_key
from botmeter.adapters.dynamo.models import AccountItem, BotItem, PlanItem
from botmeter.adapters.dynamo.party_maps import from_customer_map, to_customer_map
from botmeter.adapters.dynamo.sellers import DynamoSellers
from botmeter.adapters.dynamo.transactions import billing_errors, transaction
from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import AuditEntry
from botmeter.domain.errors import Conflict, NotFound
from botmeter.domain.periods import BillingPeriod, Move
from botmeter.domain.permissions import Permission
from botmeter.domain.plans import PLAN_NUMBERS, PlanKind, PlanVersion


class DynamoAccounts(DynamoSellers):
    """Accounts, plans and sellers; bots are written with what follows: `DynamoBilling`.

    Plan versions never change, so they are remembered. What is read is current.
    """

    def __init__(self) -> None:
        self.plan = cache(self._read_plan)

    @billing_errors()
    def accounts(self) -> list[Account]:
        """All accounts, by id."""
        return [_to_account(item) for item in AccountItem.query("ACCOUNTS")]

    @billing_errors()
    def account(self, account_id: str) -> Account:
        """One account; raises `NotFound`."""
        account = self._find(account_id)
        if account is None:
            raise NotFound(f"there is no account {account_id}")
        return account

    @billing_errors()
    def bots(self, account_id: str) -> list[Bot]:
        """The bots of an account, by id."""
        items = BotItem.query(account_key(account_id), BotItem.sk.startswith("BOT#"), consistent_read=True)
        return [to_bot(item, self.plan) for item in items]

    @billing_errors()
    def bot(self, account_id: str, bot_id: str) -> Bot:
        """One bot; raises `NotFound`."""
        try:
            item = BotItem.get(account_key(account_id), f"BOT#{bot_id}", consistent_read=True)
        except DoesNotExist as error:
            raise NotFound(f"there is no bot {bot_id}") from error
        return to_bot(item, self.plan)

    @billing_errors()
    def plans(self) -> list[PlanVersion]:
        """All plan versions, by plan and version."""
        plans = [_to_plan(item) for item in PlanItem.query("PLAN", consistent_read=True)]
        return sorted(plans, key=lambda plan: (plan.plan_id, plan.version))

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
    def put_account(self, account: Account, entry: AuditEntry | None = None) -> None:
        """Add an account, or replace it as it was read, with an entry in its audit trail if there is one.

        One that is stored as it is to be is not written. Raises `Conflict` if somebody else has changed it.
        """
        if account == self._find(account.account_id):
            return
        try:
            with transaction() as writes:
                writes.save(_to_account_item(account), condition=_as_read(account))
                if entry is not None:
                    writes.save(to_audit_item(entry))
        except Conflict as error:
            raise Conflict("the account was changed by somebody else at the same time; try again") from error

    @billing_errors()
    def _find(self, account_id: str) -> Account | None:
        """One account, or None."""
        try:
            return _to_account(AccountItem.get("ACCOUNTS", account_id, consistent_read=True))
        except DoesNotExist:
            return None

    @billing_errors()
    def _read_plan(self, ref: str) -> PlanVersion:
        """A plan version by its reference; raises `NotFound`."""
        try:
            item = PlanItem.get("PLAN", ref, consistent_read=True)
        except DoesNotExist as error:
            raise NotFound(f"there is no plan version {ref}") from error
        return _to_plan(item)


def _as_read(account: Account) -> Condition:
    """Nobody has written the account since it was read, or it is new; the first items had no revision."""
    as_read: Condition = AccountItem.revision == account.revision
    return as_read if account.revision else AccountItem.revision.does_not_exist()


def _to_account_item(account: Account) -> AccountItem:
    return AccountItem(
        "ACCOUNTS",
        account.account_id,
        customer=to_customer_map(account.customer),
        currency=account.currency,
        time_zone=account.time_zone,
        first_period=account.first_period.label,
        moves=[[move.first_day.isoformat(), move.time_zone] for move in account.moves],
        invoice_grace_hours=account.invoice_grace_hours,
        seller=account.seller,
        roles=account.roles,
        revision=account.revision + 1,
    )


def _to_account(item: AccountItem) -> Account:
    return Account(
        account_id=item.sk,
        customer=from_customer_map(item.customer),
        currency=item.currency,
        time_zone=item.time_zone,
        first_period=BillingPeriod.parse(item.first_period),
        moves=tuple(Move(date.fromisoformat(day), time_zone) for day, time_zone in item.moves),
        invoice_grace_hours=item.invoice_grace_hours,
        seller=item.seller,
        roles={name: frozenset(map(Permission, allowed)) for name, allowed in item.roles.items()},
        revision=item.revision,
    )


def _plan_attributes(plan: PlanVersion) -> dict[str, Any]:
    texts = {"plan_id": plan.plan_id, "name": plan.name, "kind": plan.kind.value, "currency": plan.currency}
    return {**texts, **{name: getattr(plan, name) for name in PLAN_NUMBERS}}


def _to_plan(item: PlanItem) -> PlanVersion:
    numbers = {name: getattr(item, name) for name in PLAN_NUMBERS}
    return PlanVersion(
        plan_id=item.plan_id, name=item.name, kind=PlanKind(item.kind), currency=item.currency, **numbers
    )
