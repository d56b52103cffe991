"""Provision an account: write its plans, its bots and their opening funds, and tell ingest."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.audit import Actor, AuditEntry, differences
from botmeter.domain.balances import Balance
from botmeter.domain.changes import BotState, Draft
from botmeter.domain.credits import Grant, GrantKind
from botmeter.domain.errors import NotFound, Refused
from botmeter.domain.identifiers import derived_id
from botmeter.domain.orders import Order, OrderKind, PaymentMethod
from botmeter.ports.accounts import AccountRepository, AccountWriter, RegistryPublisher
from botmeter.ports.billing import BillingStore


@dataclass(frozen=True, slots=True)
class ProvisionAccount:
    """Sets an account up. May be called again: plans must be the same, bots that exist stay as they are."""

    writer: AccountWriter
    accounts: AccountRepository
    billing: BillingStore
    registry: RegistryPublisher

    def __call__(
        self,
        account: Account,
        bots: Iterable[Bot],
        funds_minor: Mapping[str, int],
        actor: Actor,
        now: datetime,
        *,
        written_at: datetime | None = None,
    ) -> None:
        """Write account and bots; those of `funds_minor` (by bot id) start with funds, already paid for.

        Bots begin at `now`; a change of the account is noted as of `written_at`, where that is another time.

        Bots become known to ingest last, when they can be metered. Raises `Refused` if the plan of a bot, new
        or there already, is in another currency than the account, or if its seller is not known; `Conflict`
        if somebody else does the same: then call again.
        """
        self._require_seller(account.seller)
        known = list(bots)
        present = self.accounts.bots(account.account_id)
        for bot in (*known, *present):
            currency = bot.plan_at(now).currency
            if currency != account.currency:
                raise Refused("currency", f"must be {account.currency}, as the account's, not {currency}")
        self.writer.put_account(account, self._entry(account, actor, written_at or now))
        there = {bot.bot_id for bot in present}
        for bot in (bot for bot in known if bot.bot_id not in there):
            self._add(account, bot, funds_minor.get(bot.bot_id, 0), actor, now)
        self.registry.publish({(bot.account_id, bot.bot_id): bot.rule.idle_timeout_ms for bot in known})

    def _entry(self, account: Account, actor: Actor, now: datetime) -> AuditEntry | None:
        """What the audit trail says of a change of an account; a new one has the entries of its bots."""
        try:
            before = self.accounts.account(account.account_id)
        except NotFound:
            return None
        old, new = differences(_details(before), _details(account))
        return AuditEntry(
            entry_id=f"account:{before.revision}",
            at=now,
            actor=actor,
            operation="account.changed",
            account_id=account.account_id,
            before=old,
            after=new,
        )

    def _require_seller(self, code: str) -> None:
        """Raise `Refused` unless there is a seller of that code."""
        try:
            self.accounts.seller(code)
        except NotFound as error:
            raise Refused("seller", str(error)) from error

    def _add(self, account: Account, bot: Bot, funds_minor: int, actor: Actor, now: datetime) -> None:
        """Add a bot with its balance."""
        shared = self.billing.shared_credits(account.account_id)
        draft = Draft(BotState(account, bot, Balance(), shared), now, actor)
        draft.note("bot.added", {}, {"plan": bot.plan_at(now).ref, "owner_id": bot.owner_id})
        if funds_minor:
            _open_with(draft, funds_minor)
        self.billing.save(draft.done())


def _details(account: Account) -> dict[str, Any]:
    """What of an account may change."""
    return {
        **asdict(account.customer),
        "seller": account.seller,
        "roles": account.roles,
        "invoice_grace_hours": account.invoice_grace_hours,
    }


def _open_with(draft: Draft, funds_minor: int) -> None:
    """Opening funds, as an order that was paid."""
    bot = draft.bot
    order = Order(
        order_id=derived_id("ord", "opening", bot.account_id, bot.bot_id),
        account_id=bot.account_id,
        bot_id=bot.bot_id,
        kind=OrderKind.FUNDS,
        amount_minor=funds_minor,
        currency=draft.state.account.currency,
        payment_method=PaymentMethod.BANK_TRANSFER,
        ordered_at=draft.now,
        ordered_by=draft.actor.actor_id,
    ).paid(draft.now)
    draft.placed.append(replace(order, reference=order.order_id))
    amount = order.amount_micros
    draft.credit(Grant(order.order_id, GrantKind.PAID, amount, amount, draft.now))
