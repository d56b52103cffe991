"""Who may see the orders and invoices of an account."""

from collections.abc import Sequence
from datetime import datetime

from botmeter.domain.accounts import Account, Bot
from botmeter.domain.errors import NotAllowed, NotAvailable
from botmeter.domain.members import Member
from botmeter.domain.plans import PlanKind


def orders_refusal(
    member: Member, account: Account, bots: Sequence[Bot], now: datetime
) -> NotAllowed | NotAvailable | None:
    """Why `member` does not see the orders and invoices of `account`, whose bots are `bots`; None if it does.

    They are for roles that permit it, and not there for an account whose bots are all under contract `now`.
    """
    if not member.may_see_orders(account.roles):
        return NotAllowed(
            "orders and invoices are for billing admins and roles that the account lets see them"
        )
    if bots and all(bot.plan_at(now).kind is PlanKind.ENTERPRISE for bot in bots):
        return NotAvailable("orders and invoices are not available on the Enterprise plan")
    return None
