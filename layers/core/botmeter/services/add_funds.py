"""Add funds to a bot, by hand or by itself when little is left."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from botmeter.domain.accounts import AutoReload, check_auto_reload
from botmeter.domain.changes import Change, Draft
from botmeter.domain.errors import Refused
from botmeter.domain.identifiers import derived_id
from botmeter.domain.members import Member
from botmeter.domain.money import Money
from botmeter.domain.orders import Order, OrderKind, Payment, PaymentMethod, check_funds
from botmeter.domain.payments import funds_refusal, place
from botmeter.services.actors import actor_of
from botmeter.services.edit_bot import EditBot, Operation
from botmeter.services.pay_orders import PayOrders


@dataclass(frozen=True, slots=True)
class AddFunds:
    """Orders funds for a prepaid bot. The credit comes with the payment."""

    edit: EditBot
    pay: PayOrders

    def __call__(
        self, member: Member, bot_id: str, amount: Money, method: PaymentMethod, now: datetime, *, key: str
    ) -> tuple[Order, Payment | None]:
        """Order `amount`; returns the order and how to pay it. The same `key` makes the same order.

        Raises `Refused` for an amount outside the plan's limits, another currency, a plan without funds,
        and while another payment of the bot is open; `PaymentRefused` if the provider declines.
        """
        state = self.edit.managed(member, bot_id)
        self.pay.require(method)
        ordered_id = derived_id("ord", member.account_id, bot_id, "funds", member.user_id, key)
        if self.pay.orders.find(member.account_id, ordered_id) is None:
            order = Order(
                order_id=ordered_id,
                account_id=member.account_id,
                bot_id=bot_id,
                kind=OrderKind.FUNDS,
                amount_minor=amount.amount_minor,
                currency=amount.currency,
                payment_method=method,
                ordered_at=now,
                ordered_by=member.user_id,
            )
            self.edit(state, actor_of(member), now, _placing(order))
        placed = self.pay.orders.order(member.account_id, ordered_id)
        if (placed.money, placed.payment_method) != (amount, method):
            raise Refused("amount", "must be as in the first request with this Idempotency-Key")
        return self.pay.start(placed, now)


@dataclass(frozen=True, slots=True)
class SetAutoReload:
    """Lets a bot's funds be added by card when little is left. `methods` are those that pay for orders."""

    edit: EditBot
    methods: Collection[PaymentMethod]

    def __call__(
        self,
        member: Member,
        bot_id: str,
        wanted: AutoReload | None,
        now: datetime,
        currency: str | None = None,
    ) -> Change:
        """Set or (None) end the reload; raises `Refused` where it cannot be.

        `currency` is that of the amounts, where the caller named one.
        """

        def operation(draft: Draft) -> None:
            if wanted == draft.bot.auto_reload:
                return
            if wanted is not None:
                plan = draft.bot.plan_at(now)
                if currency not in {None, plan.currency}:
                    raise Refused("amount/currency", f"must be {plan.currency}, the currency of the account")
                check_auto_reload(draft.bot, plan, wanted, self.methods)
            draft.note("auto_reload.changed", _facts(draft.bot.auto_reload), _facts(wanted))
            draft.bot = replace(draft.bot, auto_reload=wanted)

        state = self.edit.managed(member, bot_id)
        return self.edit(state, actor_of(member), now, operation)


def _placing(order: Order) -> Operation:
    """The operation that places an order of funds, unless the same request has done so meanwhile."""

    def operation(draft: Draft) -> None:
        if order.order_id in draft.bot.open_orders:
            return
        if (refusal := funds_refusal(draft.bot, draft.now)) is not None:
            raise refusal
        check_funds(draft.bot.plan_at(draft.now), order.money)
        place(draft, order)

    return operation


def _facts(wanted: AutoReload | None) -> dict[str, str]:
    """A reload for the audit trail, amounts in minor units."""
    if wanted is None:
        return {}
    return {"threshold": str(wanted.threshold_minor), "amount": str(wanted.amount_minor)}
