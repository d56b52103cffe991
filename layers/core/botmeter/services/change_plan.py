"""Change plan: up at once, with the order that it makes; down at the period's end; and take that back."""

from dataclasses import dataclass
from datetime import datetime

from botmeter.domain.changes import Change, Draft
from botmeter.domain.errors import PaymentRefused, Refused
from botmeter.domain.identifiers import derived_id
from botmeter.domain.members import Member
from botmeter.domain.orders import Order, OrderedFee, OrderKind, Payment, PaymentMethod
from botmeter.domain.payments import place
from botmeter.domain.plan_changes import PlanChange, change_plan, plan_change, why_not, why_stay
from botmeter.domain.plan_options import latest_versions
from botmeter.domain.plans import PlanVersion
from botmeter.ports.metering import UsageRepository
from botmeter.services.actors import actor_of
from botmeter.services.edit_bot import EditBot, Version
from botmeter.services.monthly_use import present_use
from botmeter.services.pay_orders import PayOrders


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """What a change of plan did: the bot as it is now, and the order with how to pay it, if one was made."""

    change: Change
    order: Order | None = None
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Changes the plan of a bot. `key` names the request: the same one makes the same order."""

    edit: EditBot
    usage: UsageRepository
    pay: PayOrders

    def __call__(
        self,
        member: Member,
        bot_id: str,
        plan_id: str,
        method: PaymentMethod,
        now: datetime,
        *,
        key: str,
        if_match: str | None = None,
    ) -> PlanChanged:
        """Change to the latest version of `plan_id`.

        A request that made an order changes nothing when it is repeated, whatever was done since: it begins
        the payment again. Raises `Refused` for a plan that is none or that the bot may not have, `Outdated`,
        `Conflict`.
        """
        state = self.edit.managed(member, bot_id)
        self.pay.require(method)
        plan = self._plan(plan_id, state.account.currency)
        period = state.account.calendar.period_containing(now)
        used = present_use(self.usage, state.bot, period)
        ordered_id = derived_id("ord", state.account.account_id, bot_id, "plan", member.user_id, key)
        known = self.pay.orders.find(member.account_id, ordered_id)
        if known is not None:
            if known.fee is None or known.fee.plan != plan.ref:
                raise Refused("plan_id", "must be as in the first request with this Idempotency-Key")
            return self._begin(Change(state, state), known, now)

        def operation(draft: Draft) -> None:
            reason = why_not(draft.bot, plan, draft.state.account.currency, used, now)
            reason = reason or why_stay(draft.funds, plan)
            present = draft.bot.subscription.at(now)
            keeps = plan.ref == present.plan.ref and not present.has_ended(now)
            if reason is not None and not keeps:
                raise Refused("plan_id", reason)
            change = plan_change(draft, plan)
            change_plan(draft, change)
            if change.fee is not None:
                place(draft, _order(draft, change.fee, ordered_id, method))

        change = self.edit(state, actor_of(member), now, operation, Version.of(state.bot, if_match))
        placed = (order for order in change.placed if order.order_id == ordered_id)
        return self._begin(change, next(placed, None), now)

    def cancel(self, member: Member, bot_id: str, now: datetime, *, if_match: str | None = None) -> Change:
        """Drop the change that is scheduled; nothing if there is none."""

        def operation(draft: Draft) -> None:
            present = draft.bot.subscription.at(now)
            kept = draft.bot.subscription.without_pending(now)
            change_plan(draft, PlanChange(present.plan, kept, now, None))

        state = self.edit.managed(member, bot_id)
        return self.edit(state, actor_of(member), now, operation, Version.of(state.bot, if_match))

    def _begin(self, change: Change, order: Order | None, now: datetime) -> PlanChanged:
        """Begin the payment of the order that a change has made, if it made one."""
        if order is None:
            return PlanChanged(change)
        try:
            return PlanChanged(change, *self.pay.start(order, now))
        except PaymentRefused:
            # The plan has changed: the fee that was not paid comes with the next invoice.
            return PlanChanged(change, self.pay.orders.order(order.account_id, order.order_id))

    def _plan(self, plan_id: str, currency: str) -> PlanVersion:
        """The plan of that id that is offered; raises `Refused`."""
        plans = self.edit.accounts.plans()
        for plan in latest_versions(plans, currency):
            if plan.plan_id == plan_id:
                return plan
        if any(plan.plan_id == plan_id for plan in plans):
            raise Refused("plan_id", f"must be a plan in {currency}, the currency of the account")
        raise Refused("plan_id", f"there is no plan {plan_id}")


def _order(draft: Draft, fee: OrderedFee, ordered_id: str, method: PaymentMethod) -> Order:
    """The order of an upgrade."""
    return Order(
        order_id=ordered_id,
        account_id=draft.bot.account_id,
        bot_id=draft.bot.bot_id,
        kind=OrderKind.PLAN_CHANGE,
        amount_minor=fee.amount_minor,
        currency=draft.state.account.currency,
        payment_method=method,
        ordered_at=draft.now,
        ordered_by=draft.actor.actor_id,
        fee=fee,
    )
