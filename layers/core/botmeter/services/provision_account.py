"""Provision an account: write its plans, its bots and their opening funds, and tell ingest."""

from collections.abc import Iterable
from dataclasses import dataclass

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.errors import Conflict
from botmeter.domain.orders import Order
from botmeter.domain.plans import PlanVersion
from botmeter.ports import AccountWriter, OrderRepository, RegistryPublisher


@dataclass(frozen=True, slots=True)
class ProvisionAccount:
    """Sets an account up. May be called again: plans must be the same, funds are added once by order id."""

    writer: AccountWriter
    orders: OrderRepository
    registry: RegistryPublisher

    def __call__(
        self, plans: Iterable[PlanVersion], account: Account, bots: Iterable[Bot], funds: Iterable[Order]
    ) -> None:
        """Write everything; the bots become known to ingest last, when they can be metered.

        Raises `Conflict` if a bot's plan or an order is in another currency than the account.
        """
        plans, known, funds = list(plans), list(bots), list(funds)
        for currency in [bot.plan.currency for bot in known] + [order.currency for order in funds]:
            if currency != account.currency:
                raise Conflict(f"currency: must be {account.currency}, as the account's, not {currency}")
        for plan in plans:
            self.writer.put_plan(plan)
        self.writer.put_account(account)
        for bot in known:
            self.writer.put_bot(bot)
        for order in funds:
            self.orders.complete(order)
        self.registry.publish({(bot.account_id, bot.bot_id): bot.rule.idle_timeout_ms for bot in known})
