"""Operations on a bot and on an order: who may, and what stands in the way now.

Services keep these rules, and whoever is shown a bot, an order or an account is told them before trying.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from botmeter.domain.accounts import Bot, auto_reload_refusal
from botmeter.domain.balances import Funds
from botmeter.domain.errors import NotAllowed, Refused
from botmeter.domain.members import Member
from botmeter.domain.orders import Order, OrderStatus, PaymentMethod
from botmeter.domain.payments import funds_refusal
from botmeter.domain.plan_changes import contract_refusal, extension_refusal


class Operation(StrEnum):
    """What can be done to a bot or to an order; the names are those of the API's operations."""

    CHANGE_PLAN = "change_plan"
    CANCEL_PLAN_CHANGE = "cancel_plan_change"
    ADD_FUNDS = "add_funds"
    SET_AUTO_RELOAD = "set_auto_reload"
    END_AUTO_RELOAD = "end_auto_reload"
    REQUEST_EXTENSION = "request_extension"
    CHANGE_OWNER = "change_owner"
    PAY_ORDER = "pay_order"
    CANCEL_ORDER = "cancel_order"


@dataclass(frozen=True, slots=True)
class Possibility:
    """Whether the member's role permits an operation, and why it cannot be done now; None if it can."""

    is_permitted: bool
    reason: str | None

    @classmethod
    def of(cls, not_allowed: NotAllowed | None, obstacle: str | None) -> "Possibility":
        """What follows from the member's role and from the state of things."""
        return cls(not_allowed is None, obstacle if not_allowed is None else str(not_allowed))


def managing_refusal(member: Member, bot: Bot) -> NotAllowed | None:
    """Why `member` may not change `bot`; None if it may."""
    if member.may_manage(bot):
        return None
    return NotAllowed("the bot is managed by its owner and by billing admins")


def owner_refusal(member: Member) -> NotAllowed | None:
    """Why `member` may not give bots to other owners; None if it may."""
    return None if member.is_billing_admin else NotAllowed("the owner of a bot is changed by a billing admin")


def order_refusal(member: Member, bot: Bot) -> NotAllowed | None:
    """Why `member` may neither pay nor cancel the orders of `bot`; None if it may."""
    if member.may_manage(bot):
        return None
    return NotAllowed("an order is paid and cancelled by the owner of its bot and by billing admins")


def shared_ledger_refusal(member: Member) -> NotAllowed | None:
    """Why `member` does not see what became of the account's shared credits; None if it does."""
    return None if member.sees_account else NotAllowed("shared credits are for billing admins and viewers")


def bot_possibilities(
    member: Member, bot: Bot, funds: Funds, methods: Collection[PaymentMethod]
) -> dict[Operation, Possibility]:
    """What `member` can do to `bot`, which has `funds`, where orders may be paid by `methods`.

    That a change of plan is possible says nothing of a single plan: the plan options do.
    """
    managing = managing_refusal(member, bot)
    now = funds.instant
    is_scheduled = bot.subscription.pending(now) is not None
    obstacles = {
        Operation.CHANGE_PLAN: contract_refusal(bot.plan_at(now)),
        Operation.CANCEL_PLAN_CHANGE: None if is_scheduled else "no change of plan is scheduled",
        Operation.ADD_FUNDS: _rule(funds_refusal(bot, now)),
        Operation.SET_AUTO_RELOAD: _rule(auto_reload_refusal(bot, bot.plan_at(now), methods)),
        Operation.END_AUTO_RELOAD: None if bot.auto_reload else "auto-reload is off",
        Operation.REQUEST_EXTENSION: _rule(extension_refusal(bot, funds)),
    }
    found = {operation: Possibility.of(managing, obstacle) for operation, obstacle in obstacles.items()}
    return {**found, Operation.CHANGE_OWNER: Possibility.of(owner_refusal(member), None)}


def order_possibilities(member: Member, bot: Bot, order: Order) -> dict[Operation, Possibility]:
    """What `member` can do to `order`, which was placed for `bot`."""
    refusal = order_refusal(member, bot)
    is_open = order.status is OrderStatus.PENDING
    found = Possibility.of(refusal, None if is_open else "nothing is to be paid for this order any more")
    return {Operation.PAY_ORDER: found, Operation.CANCEL_ORDER: found}


def _rule(refusal: Refused | None) -> str | None:
    """What a refusal says, without the name of a request's field."""
    return None if refusal is None else refusal.rule
